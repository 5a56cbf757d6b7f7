import BatchCore
import DurableFiles
import SystemPackage

/// What the lines read so far ask for, and as whom: whether an earlier line asked for the same is answered exactly, by
/// the whole request key, in fewer than 16 bytes of memory a line. The keys themselves are in a scratch file.
struct SeenLines: ~Copyable {
    /// A line as the scratch file has it.
    struct Seen {
        let key: RequestKey
        let customIDHash: UInt64
        let offset: Int
        let line: Int

        fileprivate static let words = 7
        fileprivate static let bytes = words * 8
    }

    private var keys: FingerprintTable
    private var customIDs: FingerprintTable
    private var records: ScratchFile
    private(set) var count = 0
    /// Kept so that nobody thinks the looks are for nothing.
    private var lookedAt: UInt16 = 0
    /// How many lines there may be in the end, as far as can be told by now: how much the tables grow by.
    var expected = 0

    private static let firstCapacity = 1 << 12
    /// Records that are read at once to make the tables anew.
    private static let block = 1024

    init(scratchIn directory: FilePath) {
        keys = FingerprintTable(capacity: Self.firstCapacity)
        customIDs = FingerprintTable(capacity: Self.firstCapacity)
        records = ScratchFile(in: directory)
    }

    /// Makes the next calls quicker: memory answers all of these lines at once, and else each of them alone.
    mutating func lookAhead(_ lines: [Reading.Entry]) {
        for place in lines.indices {  // not a copy of each line
            let (key, customID) = (lines[place].request.key.digest.words.0, lines[place].request.customIDHash)
            lookedAt &+= keys.first(keys.search(key)) &+ customIDs.first(customIDs.search(customID))
        }
    }

    /// The first line with that key; nil: none has it.
    mutating func first(withKey key: RequestKey) throws(FileError) -> Seen? {
        var search = keys.search(key.digest.words.0)
        while let number = keys.next(&search) {
            let seen = try seen(number)
            if seen.key == key { return seen }
        }
        return nil
    }

    /// The first line whose custom_id has that hash.
    mutating func first(withCustomIDHash hash: UInt64) throws(FileError) -> Seen? {
        var search = customIDs.search(hash)
        while let number = customIDs.next(&search) {
            let seen = try seen(number)
            if seen.customIDHash == hash { return seen }
        }
        return nil
    }

    /// - Parameters:
    ///   - isFirstOfKey: later lines with its key are duplicates of it.
    ///   - isFirstOfCustomID: the same for its custom_id.
    mutating func add(_ seen: Seen, isFirstOfKey: Bool, isFirstOfCustomID: Bool) throws(FileError) {
        let key = seen.key.digest.words
        let flags: UInt64 = (isFirstOfKey ? 1 : 0) | (isFirstOfCustomID ? 2 : 0)
        let record: InlineArray<7, UInt64> = [
            key.0, key.1, key.2, key.3, seen.customIDHash, UInt64(seen.offset), UInt64(seen.line) << 2 | flags,
        ]
        if !keys.hasRoom || !customIDs.hasRoom { try grow() }
        try records.append(record.span)
        index(count, record.span)
        count += 1
    }

    private mutating func index(_ number: Int, _ record: Span<UInt64>) {
        if record[6] & 1 != 0 { keys.insert(record[0], number) }
        if record[6] & 2 != 0 { customIDs.insert(record[4], number) }
    }

    /// Makes both tables anew from the scratch file, so that they need to know no more of a hash than they do.
    private mutating func grow() throws(FileError) {
        let capacity = min(max(count + count / 4, expected), count * 8)
        keys = FingerprintTable(capacity: 0)  // the old ones go before the new ones come
        customIDs = FingerprintTable(capacity: 0)
        keys = FingerprintTable(capacity: capacity)
        customIDs = FingerprintTable(capacity: capacity)
        for first in stride(from: 0, to: count, by: Self.block) {
            var words = [UInt64](repeating: 0, count: min(Self.block, count - first) * Seen.words)
            var span = words.mutableSpan
            try records.read(at: first * Seen.bytes, into: &span)
            for place in 0..<words.count / Seen.words {
                index(first + place, words.span.extracting(place * Seen.words..<(place + 1) * Seen.words))
            }
        }
    }

    private func record(_ number: Int) throws(FileError) -> InlineArray<7, UInt64> {
        var record = InlineArray<7, UInt64>(repeating: 0)
        var span = record.mutableSpan
        try records.read(at: number * Seen.bytes, into: &span)
        return record
    }

    private func seen(_ number: Int) throws(FileError) -> Seen {
        let record = try record(number)
        return Seen(
            key: RequestKey(SHA256Digest(words: (record[0], record[1], record[2], record[3]))),
            customIDHash: record[4], offset: Int(record[5]), line: Int(record[6] >> 2))
    }
}
