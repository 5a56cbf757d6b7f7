/// Records that a start has read, on their way into the index. They enter it table by table, those of a table in the
/// order of their numbers, and all the slots of a table are asked for at once: entered one after the other, each would
/// wait by itself for some other part of a gigabyte of memory.
struct IndexReplay {
    /// Sixteen bytes of memory for each while they are put in order.
    static let recordsAtOnce = 1 << 20
    /// Below the 36 bits of a hash that the index uses: the place of the record in the batch, and whether it forgets.
    private static let placeBits: UInt64 = 28

    private var batch: [UInt64] = []
    /// The number of the record at place 0.
    private var first = 0

    var isFull: Bool { batch.count == Self.recordsAtOnce }

    /// - Parameter number: one more than that of the record before, where there is one in the batch.
    @inline(__always)
    mutating func add(_ hash: UInt64, number: Int, isForgotten: Bool) {
        if batch.isEmpty {
            first = number
            batch.reserveCapacity(Self.recordsAtOnce)
        }
        batch.append(
            (hash >> Self.placeBits) << Self.placeBits | UInt64(number - first) << 1 | (isForgotten ? 1 : 0))
    }

    /// Enters what was added. Each table is afterwards as if the records had been entered one by one.
    /// - Parameter isSame: are the records of these two numbers of one key?
    mutating func enter(
        into index: FingerprintIndex, isSame: (Int, Int) throws(LedgerError) -> Bool
    ) throws(LedgerError) {
        if batch.isEmpty { return }
        let ends = inOrderOfTables()
        var start = 0
        for end in ends where end > start {
            index.warm(batch[start..<end])
            for entry in batch[start..<end] {
                let number = first + Int(entry & (1 << Self.placeBits - 1)) >> 1
                let isSameKey = { (other: Int) throws(LedgerError) in try isSame(other, number) }
                if entry & 1 == 1 {
                    try index.remove(entry, record: number, isSame: isSameKey)
                } else {
                    try index.insert(entry, record: number, isSame: isSameKey)
                }
            }
            start = end
        }
        batch.removeAll(keepingCapacity: true)
    }

    /// Puts the batch in the order of the tables, and of the numbers within each (a counting sort).
    /// - Returns: where the records of each table end.
    private mutating func inOrderOfTables() -> [Int] {
        var ends = [Int](repeating: 0, count: FingerprintIndex.tableCount)
        for entry in batch { ends[FingerprintIndex.table(entry)] += 1 }
        var sum = 0
        for table in ends.indices {
            (sum, ends[table]) = (sum + ends[table], sum)
        }
        let unordered = batch
        batch = [UInt64](unsafeUninitializedCapacity: Self.recordsAtOnce) { ordered, count in
            for entry in unordered {
                let table = FingerprintIndex.table(entry)
                ordered[ends[table]] = entry
                ends[table] += 1
            }
            count = unordered.count
        }
        return ends
    }
}
