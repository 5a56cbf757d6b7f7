package import BatchCore
import DurableFiles
import Synchronization
package import SystemPackage

/// What the books of a spool had come to, on record outside of the spool: one that is put back from a backup is told
/// from one that has not spent. One process writes it, who holds the lock of the spool.
///
/// What it says was durable in the books before, so that no crash makes it a false accusation. And the books never run
/// away from it: a reservation that takes the day further than `Sighting.ahead` beyond what is written here waits until
/// more is. So a small file is written for each 256th of the cap or each second, not for each request.
package final class Witness: Sendable {
    /// How the budget file of a day was seen.
    package struct Sighting: Equatable, Sendable {
        package let day: CivilDate
        /// All that was durable; the file only grows.
        package let bytes: Int
        /// Spent, unknown and reserved.
        package let committed: Amount
        /// How much more may be reserved before it is written again; nil in a dimension: nothing limits it there.
        package var ahead: Cap

        /// - Parameter cap: of that day.
        package init(day: CivilDate, bytes: Int, committed: Amount, cap: Cap) {
            self.day = day
            self.bytes = bytes
            self.committed = committed
            ahead = Cap(
                usd: cap.usd?.scaledUp(by: 1, over: Self.blocks), tokens: cap.tokens.map { $0 / Self.blocks + 1 })
        }

        fileprivate init(day: CivilDate, bytes: Int, committed: Amount, ahead: Cap) {
            self.day = day
            self.bytes = bytes
            self.committed = committed
            self.ahead = ahead
        }

        private static let blocks = 256

        /// The most that can have been committed by whoever saw this last.
        package var most: Amount { committed + Amount(usd: ahead.usd ?? .zero, tokens: ahead.tokens ?? 0) }

        /// Nothing was reserved since.
        package var ended: Sighting {
            Sighting(day: day, bytes: bytes, committed: committed, ahead: Cap(usd: .zero, tokens: 0))
        }

        fileprivate func covers(_ later: Sighting) -> Bool {
            day == later.day && (later.committed - committed).fits(ahead)
        }
    }

    private let file: WitnessFile
    private let group: GroupCommit

    /// - Parameters:
    ///   - directory: of all witnesses; made where it is missing, but not its parent.
    ///   - id: of the spool, which names the file.
    ///   - spool: where it is at the moment.
    /// - Throws: `.damaged` where the file is not as it was written.
    package init(in directory: FilePath, id: String, spool: FilePath) throws(LedgerError) {
        do throws(FileError) {
            if try DurableFile.makeDirectory(directory) { try DurableFile.syncDirectory(directory.parent) }
            // A name that a killed process left in memory alone would be acted on, and gone after a loss of power.
            try DurableFile.syncDirectory(directory)
        } catch {
            throw .file(error)
        }
        let file = try WitnessFile(directory.appending("\(id).json"), spool: spool.string)
        self.file = file
        group = GroupCommit(poisoning: false) { () throws(FileError) in try file.write() }
    }

    package var path: FilePath { file.path }

    /// What is on disk; nil: nothing was seen yet.
    package var sighting: Sighting? { file.state.withLock { $0.written } }

    /// How many records of keys the hash log had; 0: nothing was seen yet.
    package var keyRecords: Int { file.state.withLock { $0.keyRecords } }

    /// To be called before anything goes out that was reserved by then. Waits for the disk only where what is written
    /// does not cover it.
    /// - Parameter sighting: durable in the books.
    package func follow(_ sighting: Sighting) async throws(LedgerError) {
        let isCovered = file.state.withLock { state in
            // Of two that commit together the second may have been taken first, and is not written yet.
            if !state.take(sighting), let latest = state.latest, latest.day > sighting.day { return true }
            return state.written?.covers(sighting) ?? false
        }
        if !isCovered { try await write() }
    }

    /// Writes what has changed since it was written last.
    package func catchUp(_ sighting: Sighting?) async throws(LedgerError) {
        let isChanged = file.state.withLock { state in
            if let sighting { _ = state.take(sighting) }
            return state.isChanged
        }
        if isChanged { try await write() }
    }

    /// Takes a file as it is by now, also if it is shorter than it was. Durable when it returns.
    package func adopt(_ sighting: Sighting) async throws(LedgerError) {
        let isOfLater = file.state.withLock { state in
            guard (state.latest?.day ?? sighting.day) <= sighting.day else { return false }
            state.latest = sighting
            return true
        }
        if isOfLater { try await write() }
    }

    /// Is written with the next sighting: by a crash before that it says less, never more.
    /// - Parameter records: durable in the hash log.
    package func note(keyRecords records: Int) {
        file.state.withLock { state in
            state.isChanged = state.isChanged || state.keyRecords != records
            state.keyRecords = records
        }
    }

    private func write() async throws(LedgerError) {
        do throws(FileError) { try await group.commit() } catch { throw .file(error) }
    }
}

extension Witness {
    /// The name of the witness that knows a spool at this place; nil: none does, or nobody may look.
    package static func path(ofSpoolAt spool: FilePath, in directory: FilePath) -> FilePath? {
        do throws(FileError) {
            guard try FileFacts(at: directory) != nil else { return nil }
            return try DurableFile.list(directory).map { directory.appending(nameBytes: $0) }.first { path in
                guard path.extension == "json", let value = WitnessFile.value(of: try? DurableFile.read(path)) else {
                    return false
                }
                return value["spool"]?.string == spool.string
            }
        } catch {
            return nil
        }
    }
}

/// The file below a `Witness`, written by one caller at a time.
private final class WitnessFile: Sendable {
    struct State {
        var latest: Witness.Sighting?
        var written: Witness.Sighting?
        var keyRecords = 0
        var isChanged = false

        /// - Returns: false: it is known, or of the day before. More than a day behind the clock was wrong then, and
        ///   what is spent is spent now.
        mutating func take(_ sighting: Witness.Sighting) -> Bool {
            if let latest, (latest.day, latest.bytes) > (sighting.day, sighting.bytes),
                latest.day.daysSinceEpoch <= sighting.day.daysSinceEpoch + 1
            {
                return false
            }
            isChanged = isChanged || latest != sighting
            latest = sighting
            return true
        }
    }

    let path: FilePath
    let spool: String
    let state: Mutex<State>

    init(_ path: FilePath, spool: String) throws(LedgerError) {
        self.path = path
        self.spool = spool
        var state = State()
        let bytes: [UInt8]?
        do throws(FileError) { bytes = try DurableFile.read(path) } catch { throw .file(error) }
        if let bytes {
            guard let value = Self.value(of: bytes) else {
                throw .damaged(path: path.string, line: 1, reason: "it is no record of a spool")
            }
            state.keyRecords = value["key_records"]?.int ?? 0
            state.written = Witness.Sighting(value)
            state.latest = state.written
            state.isChanged = value["spool"]?.string != spool
        }
        self.state = Mutex(state)
    }

    static func value(of bytes: [UInt8]?) -> JSONValue? {
        guard let line = bytes?.dropLast(), SealedLine.isWhole(Array(line)) else { return nil }
        do {
            let value = try JSONValue(parsing: Array(line))
            return value["v"]?.int == 1 ? value : nil
        } catch { return nil }
    }

    func write() throws(FileError) {
        let (seen, keyRecords) = state.withLock { state in
            state.isChanged = false
            return (state.latest, state.keyRecords)
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("v", 1)
            writer.member("spool", spool)
            seen?.write(to: &writer)
            writer.member("key_records", keyRecords)
        }
        do throws(FileError) {
            try DurableFile.publish(SealedLine.seal(writer.bytes) + [UInt8(ascii: "\n")], to: path)
        } catch {
            state.withLock { $0.isChanged = true }
            throw error
        }
        state.withLock { $0.written = seen }
    }
}

extension Witness.Sighting {
    fileprivate init?(_ value: JSONValue) {
        func money(_ name: String) -> Money? { value[name]?.string.flatMap { Money(recorded: $0) } }
        guard let day = value["day"]?.string.flatMap({ CivilDate($0) }), let bytes = value["bytes"]?.int,
            let usd = money("usd"), let tokens = value["tokens"]?.int
        else { return nil }
        self.init(
            day: day, bytes: bytes, committed: Amount(usd: usd, tokens: tokens),
            ahead: Cap(usd: money("ahead_usd"), tokens: value["ahead_tokens"]?.int))
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("day", day.description)
        writer.member("bytes", bytes)
        writer.member("usd", committed.usd.decimal)
        writer.member("tokens", committed.tokens)
        if let usd = ahead.usd { writer.member("ahead_usd", usd.decimal) }
        if let tokens = ahead.tokens { writer.member("ahead_tokens", tokens) }
    }
}
