/// Numbers by a hash: 6 bytes for each of `capacity` and a ninth more. It knows 16 bits of a hash, so that what it
/// finds is a candidate.
struct FingerprintTable {
    /// 0: free.
    private var fingerprints: [UInt16]
    private var numbers: [UInt32]
    private var room: Int

    init(capacity: Int) {
        let slots = capacity + capacity / 9 + 16
        fingerprints = [UInt16](repeating: 0, count: slots)
        numbers = [UInt32](repeating: 0, count: slots)
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
            slot: Int(truncatingIfNeeded: spread.multipliedFullWidth(by: UInt64(fingerprints.count)).high))
    }

    /// The next number whose fingerprint is that of the search; nil: there is no more.
    func next(_ search: inout Search) -> Int? {
        while true {
            let (found, slot) = (fingerprints[search.slot], search.slot)
            if found == 0 { return nil }
            search.slot = slot + 1 == fingerprints.count ? 0 : slot + 1
            if found == search.fingerprint { return Int(numbers[slot]) }
        }
    }

    mutating func insert(_ hash: UInt64, _ number: Int) {
        precondition(hasRoom, "the table is full")
        let search = search(hash)
        var slot = search.slot
        while fingerprints[slot] != 0 { slot = slot + 1 == fingerprints.count ? 0 : slot + 1 }
        fingerprints[slot] = search.fingerprint
        numbers[slot] = UInt32(number)
        room -= 1
    }
}
