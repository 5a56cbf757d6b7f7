package import BatchCore
package import DurableFiles
package import SystemPackage

/// The records of `PREFIX-NNNNNN.log`, one row over all segments, and the index over them. Owned by one actor; what
/// takes long is done beside it (`KeyLogUpkeep`).
package struct KeyLog {
    package let prefix: String
    let layout: KeyLogLayout
    let isWritable: Bool
    var segments: KeySegments
    var index = FingerprintIndex()
    /// Records that are durable.
    package internal(set) var records = 0
    /// `records` and those that wait for their commit.
    var stagedRecords = 0
    /// Records below this are in the checkpoint.
    package internal(set) var coveredRecords = 0
    /// What a start passed over, in words: nothing is lost by it, but it took longer.
    package internal(set) var remarks: [String] = []

    private var log: AppendLog?
    /// The next segment, for the time when the last one is full.
    private var following: AppendLog?
    /// The numbers of what was staged and is not in the index yet, in order.
    private var unindexed: [Range<Int>] = []

    /// Reads the checkpoint and the records behind it, or all of them. A torn tail of the last segment is cut by the
    /// first `stage`, and passed over where the log is not writable: there another process may be writing it just now.
    /// - Throws: `.damaged` for a record that is not as written and has others behind it.
    package init(
        _ prefix: String, in directory: FilePath, writable: Bool, layout: KeyLogLayout = KeyLogLayout()
    ) throws(LedgerError) {
        self.prefix = prefix
        self.layout = layout
        isWritable = writable
        // Before the sizes are taken: another process goes on writing, and it may not know more than the log.
        let checkpoint = Self.openCheckpoint(prefix, in: directory, &remarks)
        segments = try KeySegments(prefix, in: directory)
        if writable { removeLeftovers() }
        if let checkpoint { try restore(checkpoint) }
        try readTail()
        // What a killed process wrote is in memory alone, and from here on it is known.
        if writable, !segments.all.isEmpty { try Self.sync(segments.lastPath) }
    }

    private static func sync(_ path: FilePath) throws(LedgerError) {
        do throws(FileError) { try DurableFile.syncFile(path) } catch { throw .file(error) }
    }

    var path: FilePath { segments.directory.appending("\(prefix).index") }
    package var directory: FilePath { segments.directory }
    /// Keys of which something is known.
    package var keys: Int { index.count }
    package var bytesOnDisk: Int { records * KeyRecord.size }
    package var indexBytes: Int { index.bytes }
    package var segmentCount: Int { segments.all.count }

    /// - Returns: the newest record of the key, read from disk and compared in full; nil where there is none, or where
    ///   it was forgotten.
    package func find(_ key: RequestKey) throws(LedgerError) -> KeyRecord? {
        try index.find(layout.hash(key)) { [segments] number throws(LedgerError) in
            guard let record = try segments.record(number) else { throw segments.damage(number) }
            return record.key == key ? record : nil
        }
    }

    /// The number of the record that may be each key's, in the order of `keys`: its key is to be compared in full, and
    /// where it is another one, `find` has to look further. nil: there is none.
    func candidates(_ keys: ArraySlice<RequestKey>) -> [Int?] { index.candidates(keys.map(layout.hash)) }

    /// Puts records in line; they can be found once the caller has committed the log and handed them to `index`.
    /// - Returns: the log to commit, and the number of the first record.
    package mutating func stage(_ new: [KeyRecord]) throws(LedgerError) -> (log: AppendLog, first: Int) {
        precondition(isWritable, "a log that was opened for reading")
        let log = try opened()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(new.count * KeyRecord.size)
        for record in new { record.append(to: &bytes) }
        _ = log.appendLazily(bytes)
        defer { stagedRecords += new.count }
        unindexed.append(stagedRecords..<stagedRecords + new.count)
        return (log, stagedRecords)
    }

    /// Enters records that were committed, all that were staged together or, one part after the other, some of them.
    /// - Parameter first: the number of the first of them, as `stage` returned it. Of two records of a key, the one
    ///   that was staged later comes later.
    /// - Throws: where a record that may be one of the same key cannot be read.
    package mutating func index(
        _ committed: some Collection<KeyRecord>, from first: Int
    ) throws(LedgerError) {
        let end = first + committed.count
        // Whatever was staged before these is durable as well.
        records = max(records, end)
        index.warm(committed.lazy.map { [layout] in layout.hash($0.key) })
        for (offset, record) in committed.enumerated() {
            try enter(record.key, isForgotten: record.isForgotten, number: first + offset)
        }
        guard let place = unindexed.firstIndex(where: { $0.lowerBound == first }) else { return }
        if unindexed[place].upperBound > end {
            unindexed[place] = end..<unindexed[place].upperBound
        } else {
            unindexed.remove(at: place)
        }
    }

    /// Below this every record is in the index: those of a caller who is not back from his commit may be missing above.
    var indexedRecords: Int { unindexed.first?.lowerBound ?? records }

    func enter(_ key: RequestKey, isForgotten: Bool, number: Int) throws(LedgerError) {
        // The segments alone: a copy of everything would cost more than the work.
        let isSame = { [segments] (other: Int) throws(LedgerError) -> Bool in
            guard let record = try segments.record(other) else { throw segments.damage(other) }
            return record.key == key
        }
        if isForgotten {
            try index.remove(layout.hash(key), record: number, isSame: isSame)
        } else {
            try index.insert(layout.hash(key), record: number, isSame: isSame)
        }
    }

    /// - Parameter number: of all records, from 0.
    /// - Returns: nil if the record is not as written, or is not there.
    package func record(_ number: Int) throws(LedgerError) -> KeyRecord? { try segments.record(number) }

    /// What to say of a record that is not as written.
    package func damage(_ number: Int) -> LedgerError { segments.damage(number) }

    /// The segment to prepare: nil while there is room in the last.
    package var segmentToPrepare: FilePath? {
        guard let log, following == nil, log.sizeBytes >= layout.segmentBytes else { return nil }
        return segments.followingPath
    }

    /// Takes the segment that was prepared.
    package mutating func prepared(_ following: AppendLog) { self.following = following }

    private mutating func opened() throws(LedgerError) -> AppendLog {
        guard let log else { return try openLast() }
        // A segment ends only when all of it is durable: a torn tail can be in the last one alone.
        guard let following, log.sizeBytes >= layout.segmentBytes, log.durableBytes == log.sizeBytes else { return log }
        try segments.begin(segments.followingPath, first: stagedRecords)
        self.log = following
        self.following = nil
        return following
    }

    private mutating func openLast() throws(LedgerError) -> AppendLog {
        let path = segments.lastPath
        do throws(FileError) {
            let whole = segments.all.last.map { (records - $0.first) * KeyRecord.size }
            let log = try AppendLog(opening: path, create: true, truncatingTo: whole)
            self.log = log
        } catch {
            throw .file(error)
        }
        if segments.all.isEmpty { try segments.begin(path, first: 0) }
        return log!
    }
}
