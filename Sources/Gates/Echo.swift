/// Passages that two texts have in common.
enum Echo {
    /// Every passage of so many bytes is found; shorter ones are words that both have to use.
    static let shortestPassage = 2 * block - 1
    private static let block = 32

    /// Bytes of `text` that stand in passages of `prompt`.
    ///
    /// The blocks of the prompt are known by a hash, which is rolled over the text, as rsync does it (Tridgell 1999);
    /// what it finds is compared byte for byte, and the passage is followed both ways as far as it goes.
    static func bytes(of text: Span<UInt8>, from prompt: Span<UInt8>) -> Int {
        guard prompt.count >= block, text.count >= block else { return 0 }
        let blocks = Blocks(of: prompt, each: block)
        var count = 0
        /// Up to here everything has been counted that is an echo.
        var done = 0
        var start = 0
        var hash = RollingHash(of: text, at: 0, bytes: block)
        while true {
            if let place = blocks.place(of: hash.value), isEqual(text, start, prompt, place) {
                var (from, to) = (start, start + block)
                while from > done, place > start - from, text[from - 1] == prompt[place - (start - from) - 1] {
                    from -= 1
                }
                while to < text.count, place + (to - start) < prompt.count, text[to] == prompt[place + (to - start)] {
                    to += 1
                }
                count += to - from
                (start, done) = (to, to)
                guard start + block <= text.count else { return count }
                hash = RollingHash(of: text, at: start, bytes: block)
            } else {
                guard start + block < text.count else { return count }
                hash.roll(out: text[start], in: text[start + block])
                start += 1
            }
        }
    }

    private static func isEqual(_ text: Span<UInt8>, _ start: Int, _ prompt: Span<UInt8>, _ place: Int) -> Bool {
        for offset in 0..<block where text[start + offset] != prompt[place + offset] { return false }
        return true
    }
}

/// Where the blocks of a text stand, one behind the other; of equal ones the first.
private struct Blocks {
    /// Open addressing: the place of a block and its hash; a place of -1 is free.
    private var slots: [(hash: UInt64, place: Int)]
    private let shift: UInt64

    init(of text: Span<UInt8>, each bytes: Int) {
        let count = text.count / bytes
        let bits = max(4, Int.bitWidth - (2 * count).leadingZeroBitCount)
        slots = Array(repeating: (0, -1), count: 1 << bits)
        shift = UInt64(64 - bits)
        for block in 0..<count {
            let hash = RollingHash(of: text, at: block * bytes, bytes: bytes).value
            var slot = home(of: hash)
            while slots[slot].place >= 0, slots[slot].hash != hash { slot = (slot + 1) & (slots.count - 1) }
            if slots[slot].place < 0 { slots[slot] = (hash, block * bytes) }
        }
    }

    func place(of hash: UInt64) -> Int? {
        var slot = home(of: hash)
        while slots[slot].place >= 0 {
            if slots[slot].hash == hash { return slots[slot].place }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private func home(of hash: UInt64) -> Int { Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> shift) }
}

/// A polynomial over the bytes of a window, modulo 2^64.
private struct RollingHash {
    private(set) var value: UInt64 = 0
    /// What the first byte of the window is multiplied with.
    private let first: UInt64
    private static let factor: UInt64 = 0x0000_0100_0000_01B3 &* 0x9E37_79B9

    init(of text: Span<UInt8>, at start: Int, bytes: Int) {
        var power: UInt64 = 1
        for _ in 1..<bytes { power &*= Self.factor }
        first = power
        for at in start..<start + bytes { value = value &* Self.factor &+ UInt64(text[at]) }
    }

    mutating func roll(out: UInt8, in new: UInt8) {
        value = (value &- UInt64(out) &* first) &* Self.factor &+ UInt64(new)
    }
}
