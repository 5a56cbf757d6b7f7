import BatchCore

/// Where in the key log a key may stand: 8 bytes a slot, at most two thirds of them filled. It holds 24 bits of each
/// key; whoever asks compares the whole key on disk, so that a collision costs a look and never a wrong answer.
struct FingerprintIndex {
    /// Fingerprint in the upper 24 bits, record number + 1 in the lower 40; 0 is empty.
    private var slots: [UInt64]
    private(set) var count = 0

    private static let numberBits: UInt64 = 40
    private static let numberMask: UInt64 = (1 << numberBits) - 1

    init() {
        slots = [UInt64](repeating: 0, count: 1024)
    }

    var bytes: Int { slots.count * MemoryLayout<UInt64>.size }

    mutating func insert(_ key: RequestKey, record: Int) {
        if (count + 1) * 3 > slots.count * 2 { grow() }
        place(hash: key.slotHash, value: UInt64(record + 1))
        count += 1
    }

    /// The records that may hold the key.
    func candidates(for key: RequestKey) -> [Int] {
        let hash = key.slotHash
        var found: [Int] = []
        var slot = home(hash)
        while slots[slot] != 0 {
            if slots[slot] >> Self.numberBits == fingerprint(hash) {
                found.append(Int(slots[slot] & Self.numberMask) - 1)
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return found
    }

    /// A slot keeps the low bits of the hash out of the fingerprint, so that growing needs no look at the disk: the
    /// home of a key is the fingerprint itself, spread.
    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: old.count * 2)
        for entry in old where entry != 0 { place(entry) }
    }

    private mutating func place(hash: UInt64, value: UInt64) {
        place(fingerprint(hash) << Self.numberBits | value)
    }

    private mutating func place(_ entry: UInt64) {
        var slot = home(fingerprint: entry >> Self.numberBits)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = entry
    }

    private func fingerprint(_ hash: UInt64) -> UInt64 { hash >> Self.numberBits }
    private func home(_ hash: UInt64) -> Int { home(fingerprint: fingerprint(hash)) }

    private func home(fingerprint: UInt64) -> Int {
        // Multiplicative spreading (Knuth, TAOCP 6.4): the 24 bits choose among up to 2^24 homes.
        Int(truncatingIfNeeded: (fingerprint &* 0x9E37_79B9_7F4A_7C15) >> 24) & (slots.count - 1)
    }
}

extension RequestKey {
    /// The key is a hash already: its first eight bytes are as good as any.
    fileprivate var slotHash: UInt64 {
        var bytes: [UInt8] = []
        digest.append(to: &bytes)
        return bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
