import BatchCore
import DurableFiles
import SystemPackage

/// The records of `PREFIX-NNNNNN.log` and the index over them. Owned by one actor.
struct KeyLog {
    private let path: FilePath
    private let isWritable: Bool
    private var reader: LineFile?
    private var log: AppendLog?
    private var index = FingerprintIndex()
    /// Records that are durable.
    private(set) var records = 0
    /// `records` and those that wait for their commit.
    private var stagedRecords = 0

    private static let recordsPerRead = 1 << 14

    /// Reads the whole log. A record that is torn, or not whole yet because another process writes it just now, ends
    /// it: nothing is read behind the end that the file had. A torn tail is cut where the log is writable, passed over
    /// where it is not.
    init(_ prefix: String, in directory: FilePath, writable: Bool) throws(LedgerError) {
        path = directory.appending("\(prefix)-000001.log")
        isWritable = writable
        do throws(FileError) {
            guard try FileFacts(at: path) != nil else { return }
            reader = try LineFile(path)
        } catch {
            throw .file(error)
        }
        try load()
    }

    var bytesOnDisk: Int { records * KeyRecord.size }
    var indexBytes: Int { index.bytes }

    /// - Returns: the last record of the key, read from disk and compared in full; nil if that one takes it back.
    func find(_ key: RequestKey) throws(LedgerError) -> KeyRecord? {
        for number in index.candidates(for: key).sorted(by: >) {
            guard let record = try record(number) else {
                throw .damaged(path: path.string, line: number + 1, reason: "the checksum of the record does not fit")
            }
            if record.key == key { return record.isForgotten ? nil : record }
        }
        return nil
    }

    /// Puts records in line; they can be found once the caller has committed the log and handed them to `index`.
    /// - Returns: the log to commit, and the number of the first record.
    mutating func stage(_ new: [KeyRecord]) throws(LedgerError) -> (log: AppendLog, first: Int) {
        precondition(isWritable, "a log that was opened for reading")
        let log = try opened()
        var bytes: [UInt8] = []
        for record in new { record.append(to: &bytes) }
        _ = log.appendLazily(bytes)
        defer { stagedRecords += new.count }
        return (log, stagedRecords)
    }

    mutating func index(_ committed: [KeyRecord], from first: Int) {
        // Whatever was staged before these is durable as well.
        records = max(records, first + committed.count)
        for (offset, record) in committed.enumerated() { index.insert(record.key, record: first + offset) }
    }

    private mutating func opened() throws(LedgerError) -> AppendLog {
        if let log { return log }
        do throws(FileError) {
            let log = try AppendLog(opening: path, create: true, truncatingTo: reader == nil ? nil : bytesOnDisk)
            self.log = log
            reader = try LineFile(path)
            return log
        } catch {
            throw .file(error)
        }
    }

    /// - Returns: nil if the record is not as written, or is not there.
    func record(_ number: Int) throws(LedgerError) -> KeyRecord? {
        do throws(FileError) {
            guard let bytes = try reader?.read(at: number * KeyRecord.size, length: KeyRecord.size) else { return nil }
            return KeyRecord(bytes[...])
        } catch {
            throw .file(error)
        }
    }

    private mutating func load() throws(LedgerError) {
        defer { stagedRecords = records }
        var firstBad: Int?
        var number = 0
        while true {
            let bytes = try chunk(from: number)
            for start in stride(from: 0, to: bytes.count, by: KeyRecord.size) {
                if let record = KeyRecord(bytes[start..<min(start + KeyRecord.size, bytes.count)]) {
                    if let firstBad {
                        throw .damaged(path: path.string, line: firstBad + 1, reason: "a record is not as written")
                    }
                    index.insert(record.key, record: number)
                    records = number + 1
                } else if firstBad == nil {
                    firstBad = number
                }
                number += 1
            }
            if bytes.count < Self.recordsPerRead * KeyRecord.size { return }
        }
    }

    private func chunk(from number: Int) throws(LedgerError) -> [UInt8] {
        do throws(FileError) {
            return try reader?.read(
                at: number * KeyRecord.size, length: Self.recordsPerRead * KeyRecord.size) ?? []
        } catch {
            throw .file(error)
        }
    }
}
