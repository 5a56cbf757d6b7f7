/// Where in the key log a key stands: 4,096 tables of 8-byte slots, chosen by the top 12 bits of the hash. A slot holds
/// the 24 bits after these; whoever asks compares the whole key on disk, so that a collision costs a look and never a
/// wrong answer. A key has one slot, that of its newest record.
///
/// Each table grows alone, and by a factor of its own: many that grow together would be a pause.
final class FingerprintIndex {
    static let tableCount = 1 << tableBits
    private static let tableBits: UInt64 = 12

    /// Not an array: its owner would copy 64 KiB whenever a copy of it lives a moment longer than it is needed.
    private let tables: UnsafeMutablePointer<SlotTable>
    /// Keys.
    private(set) var count = 0
    private(set) var bytes: Int
    private var warmed: UInt64 = 0

    init() {
        tables = .allocate(capacity: Self.tableCount)
        tables.initialize(repeating: SlotTable(), count: Self.tableCount)
        bytes = Self.tableCount * MemoryLayout<SlotTable>.stride
    }

    deinit {
        for number in 0..<Self.tableCount { tables[number].free() }
        tables.deallocate()
    }

    /// - Parameter look: gets the number of a record that may be the key's; nil: it is not.
    /// - Returns: what `look` found.
    @inline(__always)
    func find<Found>(
        _ hash: UInt64, _ look: (Int) throws(LedgerError) -> Found?
    ) throws(LedgerError) -> Found? {
        let table = tables[Self.table(hash)]
        let fingerprint = Self.fingerprint(hash)
        var (slot, entry) = table.probe(fingerprint, from: table.home(fingerprint))
        while entry != 0 {
            if let found = try look(Self.number(entry)) { return found }
            (slot, entry) = table.probe(fingerprint, from: table.next(slot))
        }
        return nil
    }

    /// The first record that may be each key's, as `find` would look at it; nil: there is none.
    func candidates(_ hashes: [UInt64]) -> [Int?] {
        // All homes before any is looked at: the processor waits for many of them at a time.
        let homes = hashes.map { hash in
            let table = tables[Self.table(hash)]
            return table.atHome(Self.fingerprint(hash))
        }
        return zip(hashes, homes).map { hash, home in
            if home == 0 { return nil }
            let table = tables[Self.table(hash)]
            let fingerprint = Self.fingerprint(hash)
            let entry = table.probe(fingerprint, from: table.home(fingerprint)).entry
            return entry == 0 ? nil : Self.number(entry)
        }
    }

    /// Brings the homes of keys into the caches of the processor, all at a time.
    func warm(_ hashes: some Sequence<UInt64>) {
        // A sum that is kept, as a read of which nothing comes may be left out.
        for hash in hashes { warmed &+= tables[Self.table(hash)].atHome(Self.fingerprint(hash)) }
    }

    /// Takes in a record of a key, or puts it in the place of an older one. To do it again changes nothing.
    /// - Parameter isSame: is the record of that number one of the same key?
    func insert(
        _ hash: UInt64, record: Int, isSame: (Int) throws(LedgerError) -> Bool
    ) throws(LedgerError) {
        let new = Self.fingerprint(hash) << SlotTable.numberBits | UInt64(record + 1)
        let number = Self.table(hash)
        if let slot = try slot(hash, record, isSame) {
            if Self.number(slot.entry) < record { tables[number].replace(slot.place, with: new) }
            return
        }
        let before = tables[number].bytes
        tables[number].insert(new, growth: Self.growth(of: number))
        bytes += tables[number].bytes - before
        count += 1
    }

    /// Takes a key out, unless its record is newer than `record`.
    func remove(_ hash: UInt64, record: Int, isSame: (Int) throws(LedgerError) -> Bool) throws(LedgerError) {
        guard let slot = try slot(hash, record, isSame), Self.number(slot.entry) < record else { return }
        tables[Self.table(hash)].remove(slot.place)
        count -= 1
    }

    /// A table as it is now, for a checkpoint.
    func copy(ofTable number: Int) -> (slots: [UInt64], count: Int) {
        let table = tables[number]
        return (Array(UnsafeBufferPointer(start: table.slots, count: Int(table.capacity))), Int(table.count))
    }

    /// Puts a table of a checkpoint in its place.
    /// - Parameter fill: gets the memory of the slots.
    /// - Returns: false where `fill` did, or where the slots are none of such a table.
    func restore(
        _ number: Int, capacity: UInt32, count: UInt32, fill: (UnsafeMutableRawBufferPointer) -> Bool
    ) -> Bool {
        precondition(tables[number].capacity == 0, "a table that is in use")
        // At least one slot is empty in every table that was ever in use: else a search would not end.
        guard count < capacity || count == 0 && capacity == 0 else { return false }
        let table = SlotTable(capacity: capacity, count: count)
        tables[number] = table
        bytes += table.bytes
        self.count += Int(count)
        guard fill(table.raw) else { return false }
        return (0..<Int(capacity)).count { table.slots![$0] != 0 } == count
    }

    private func slot(
        _ hash: UInt64, _ record: Int, _ isSame: (Int) throws(LedgerError) -> Bool
    ) throws(LedgerError) -> (place: Int, entry: UInt64)? {
        let table = tables[Self.table(hash)]
        let fingerprint = Self.fingerprint(hash)
        var (slot, entry) = table.probe(fingerprint, from: table.home(fingerprint))
        while entry != 0 {
            if Self.number(entry) == record { return (slot, entry) }
            if try isSame(Self.number(entry)) { return (slot, entry) }
            (slot, entry) = table.probe(fingerprint, from: table.next(slot))
        }
        return nil
    }

    private static func number(_ entry: UInt64) -> Int { Int(entry & SlotTable.numberMask) - 1 }
    static func table(_ hash: UInt64) -> Int { Int(hash >> (64 - tableBits)) }
    private static func fingerprint(_ hash: UInt64) -> UInt64 {
        (hash << tableBits) >> (64 - SlotTable.fingerprintBits)
    }

    /// From 1.22 to 1.28, in 65536ths above 1.
    private static func growth(of table: Int) -> UInt32 { UInt32(14_336 + table) }
}
