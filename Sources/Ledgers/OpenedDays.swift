package import BatchCore
import DurableFiles
import Synchronization
package import SystemPackage

/// Which days have a daily budget file, on record outside of `budget/`: a file that is gone, or was changed while the
/// daemon ran, is told from a day that has not begun. Spending on such a day stops until an operator adopts it.
package final class OpenedDays: Sendable {
    package enum State: Equatable, Sendable {
        /// Something was reserved on it, or is about to be.
        case opened
        /// Somebody else changed its file while it was in use.
        case doubtful(String)

        fileprivate var word: String { self == .opened ? "opened" : "doubtful" }
    }

    private struct Known: Sendable {
        /// As the lines say that are on disk or in line for it.
        var latest: [CivilDate: State]
        var durable: [CivilDate: State]
    }

    private let known: Mutex<Known>
    private let log: AppendLog

    /// - Throws: `.damaged` for a line in the middle that is none; a torn last one is cut.
    package init(_ path: FilePath) throws(LedgerError) {
        let content = try Self.read(path)
        known = Mutex(Known(latest: content.states, durable: content.states))
        do throws(FileError) {
            log = try AppendLog(opening: path, create: true, truncatingTo: content.wholeBytes)
        } catch {
            throw .file(error)
        }
    }

    /// The states without opening the file for writing; none where it does not exist.
    package static func states(in path: FilePath) throws(LedgerError) -> [CivilDate: State] { try read(path).states }

    package var states: [CivilDate: State] { known.withLock { $0.latest } }

    /// Is it still the file of its name? Where it is not, what is missing is more than one day.
    var isInPlace: Bool {
        do throws(FileError) { return try log.interference() == nil } catch { return false }
    }

    /// Durable when it returns. A day in doubt stays in doubt, whoever opens it after that, until it is adopted.
    package func note(_ state: State, of day: CivilDate) async throws(LedgerError) {
        try await write(state, of: day) { known in
            if case .doubtful = known, state == .opened { return false }
            return true
        }
    }

    /// The books of the day are as they should be once more. Durable when it returns.
    package func adopt(_ day: CivilDate) async throws(LedgerError) {
        try await write(.opened, of: day) { _ in true }
    }

    private func write(
        _ state: State, of day: CivilDate, where mayFollow: (State?) -> Bool
    ) async throws(LedgerError) {
        let isWaitedFor = known.withLock { known in
            let latest = known.latest[day]
            if latest == state { return known.durable[day] != state }
            guard mayFollow(latest) else { return false }
            known.latest[day] = state
            // Under the lock: the last line of a day is what it is.
            _ = log.appendLazily(Self.line(state, of: day))
            return true
        }
        // Of two who come together neither may go on before it is on disk.
        guard isWaitedFor else { return }
        do throws(FileError) { try await log.commit() } catch { throw .file(error) }
        known.withLock { $0.durable[day] = state }
    }

    package func close() async throws(LedgerError) {
        do throws(FileError) { try await log.close() } catch { throw .file(error) }
    }

    private static func line(_ state: State, of day: CivilDate) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("day", day.description)
            writer.member("state", state.word)
            if case .doubtful(let reason) = state { writer.member("reason", reason) }
        }
        return SealedLine.seal(writer.bytes) + [UInt8(ascii: "\n")]
    }

    private static func read(
        _ path: FilePath
    ) throws(LedgerError) -> (states: [CivilDate: State], wholeBytes: Int) {
        var states: [CivilDate: State] = [:]
        let tail: TornTail
        do throws(FileError) {
            tail = try TornTail.wholeBytes(of: path) { line in
                guard let (day, state) = parse(line.indices.map { line[$0] }) else { return false }
                states[day] = state
                return true
            }
        } catch {
            throw .file(error)
        }
        let wholeBytes = try tail.wholeBytes { line in
            LedgerError.damaged(path: path.string, line: line, reason: "it is no record of a day")
        }
        return (states, wholeBytes)
    }

    private static func parse(_ line: [UInt8]) -> (CivilDate, State)? {
        let value: JSONValue
        do { value = try JSONValue(parsing: line) } catch { return nil }
        guard SealedLine.isWhole(line), let day = value["day"]?.string.flatMap({ CivilDate($0) }) else { return nil }
        switch value["state"]?.string {
        case "opened": return (day, .opened)
        case "doubtful": return (day, .doubtful(value["reason"]?.string ?? ""))
        default: return nil
        }
    }
}
