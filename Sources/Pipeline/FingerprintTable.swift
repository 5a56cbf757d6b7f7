/// Numbers by a hash: 6 bytes for each of `capacity` and a ninth more. It knows 16 bits of a hash, so that what it
/// finds is a candidate.
struct FingerprintTable {
    /// Of each slot a fingerprint, 0 where it is free, and the two halves of its number: side by side, so that a search
    /// waits for memory once.
    private var units: [UInt16]
    private let slots: Int
    private var room: Int

    private static let unitsOfSlot = 3

    init(capacity: Int) {
        slots = capacity + capacity / 9 + 16
        units = [UInt16](repeating: 0, count: slots * Self.unitsOfSlot)
        room = capacity + 1
    }

    var hasRoom: Bool { room > 0 }

    struct Search {
        fileprivate let fingerprint: UInt16
        fileprivate var slot: Int
    }

    func search(_ hash: UInt64) -> Search {
        // Multiplicative spreading (Knuth, TAOCP 6.4): hashes of neighbouring names may share their upper bits.
        let spread = hash &* 0x9E37_79B9_7F4A_7C15
        return Search(
            fingerprint: max(1, UInt16(truncatingIfNeeded: hash)),
            slot: Int(truncatingIfNeeded: spread.multipliedFullWidth(by: UInt64(slots)).high))
    }

    /// What stands where a search begins. Looking there fetches the place from memory.
    func first(_ search: Search) -> UInt16 { units[search.slot * Self.unitsOfSlot] }

    /// The next number whose fingerprint is that of the search; nil: there is no more.
    func next(_ search: inout Search) -> Int? {
        while true {
            let unit = search.slot * Self.unitsOfSlot
            let found = units[unit]
            if found == 0 { return nil }
            search.slot = next(search.slot)
            if found == search.fingerprint { return Int(units[unit + 1]) | Int(units[unit + 2]) << 16 }
        }
    }

    mutating func insert(_ hash: UInt64, _ number: Int) {
        precondition(hasRoom, "the table is full")
        let search = search(hash)
        var slot = search.slot
        while units[slot * Self.unitsOfSlot] != 0 { slot = next(slot) }
        let unit = slot * Self.unitsOfSlot
        units[unit] = search.fingerprint
        units[unit + 1] = UInt16(truncatingIfNeeded: number)
        units[unit + 2] = UInt16(truncatingIfNeeded: number >> 16)
        room -= 1
    }

    private func next(_ slot: Int) -> Int { slot + 1 == slots ? 0 : slot + 1 }
}
