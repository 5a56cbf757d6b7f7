/// A prompt, and what of a text stands in passages of it.
///
/// The prompt is cut into blocks of 32 bytes, and a passage of 63 holds a whole block wherever it begins. At each byte
/// of a text it is asked whether a block begins with the same eight bytes, which a bitmap denies nearly always. Else
/// the block is found by a hash of all its bytes and compared, and the passage is followed both ways as far as it goes,
/// as rsync does it (Tridgell 1999). A rolling hash, which it has, makes each place wait for the one before.
struct Echo {
    /// Every passage of so many bytes is found; shorter ones are words that both have to use.
    static let shortestPassage = 2 * block - 1
    private static let block = 32
    /// Bits of the bitmap for each block, and at least so many in all.
    private static let bitsEach = 64
    private static let fewestBits = 4096
    /// Odd, and without a pattern: its product with a word spreads over the upper bits (Knuth, 6.4).
    private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15

    private var prompt: [UInt8] = []
    /// By the upper bits of the product of a word and `factor`: does a block begin with it?
    private var beginnings: [UInt64] = []
    private var beginningShift: UInt64 = 0
    /// Open addressing: the place of a block and its hash, of equal ones the first; a place of -1 is free.
    private var slots: [(hash: UInt64, place: Int)] = []

    init() {}

    init(of prompt: [UInt8]) { read(prompt) }

    /// Takes another prompt; the memory of the last one serves again.
    mutating func read(_ prompt: [UInt8]) {
        self.prompt = prompt
        let count = prompt.count / Self.block
        let bits = Self.powerOfTwo(atLeast: max(Self.fewestBits, Self.bitsEach * count))
        beginnings.fill(with: 0, count: bits / 64)
        beginningShift = UInt64(64 - bits.trailingZeroBitCount)
        slots.fill(with: (0, -1), count: Self.powerOfTwo(atLeast: max(1, 2 * count)))
        for block in 0..<count { enter(block * Self.block) }
    }

    /// Bytes of `text` that stand in passages of the prompt.
    func bytes(of text: Span<UInt8>) -> Int {
        let (text, prompt) = (text.bytes, prompt.span.bytes)
        var count = 0
        /// Up to here everything has been counted that is an echo.
        var done = 0
        var start = 0
        while start &+ Self.block <= text.byteCount {
            guard mayBegin(with: Self.word(text, start)), let place = place(of: text, start) else {
                start &+= 1
                continue
            }
            var (from, to) = (start, start + Self.block)
            let ahead = place - start
            while from > done, from + ahead > 0, Self.byte(text, from - 1) == Self.byte(prompt, from + ahead - 1) {
                from -= 1
            }
            while to < text.byteCount, to + ahead < prompt.byteCount,
                Self.byte(text, to) == Self.byte(prompt, to + ahead)
            {
                to += 1
            }
            count += to - from
            (start, done) = (to, to)
        }
        return count
    }

    private mutating func enter(_ place: Int) {
        let (word, bit) = beginning(Self.word(prompt.span.bytes, place))
        beginnings[word] |= 1 &<< bit
        let hash = Self.hash(prompt.span.bytes, place)
        let slot = slot(of: hash)
        if slots[slot].place < 0 { slots[slot] = (hash, place) }
    }

    @inline(__always)
    private func mayBegin(with word: UInt64) -> Bool {
        let (word, bit) = beginning(word)
        return beginnings[word] &>> bit & 1 != 0
    }

    /// The place in the bitmap of what begins with these eight bytes.
    @inline(__always)
    private func beginning(_ word: UInt64) -> (word: Int, bit: UInt64) {
        let place = (word &* Self.factor) &>> beginningShift
        return (Int(truncatingIfNeeded: place &>> 6), place & 63)
    }

    /// Where in the prompt the block stands that begins at `start` of the text; nil: nowhere.
    private func place(of text: RawSpan, _ start: Int) -> Int? {
        let place = slots[slot(of: Self.hash(text, start))].place
        guard place >= 0 else { return nil }
        let prompt = prompt.span.bytes
        for at in stride(from: 0, to: Self.block, by: 8)
        where Self.word(text, start + at) != Self.word(prompt, place + at) { return nil }
        return place
    }

    /// The slot that has the hash, else the free one where it would stand.
    private func slot(of hash: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot].place >= 0, slots[slot].hash != hash { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    private static func hash(_ text: RawSpan, _ start: Int) -> UInt64 {
        var hash: UInt64 = 0
        for at in stride(from: start, to: start + block, by: 8) {
            hash = (hash ^ word(text, at)) &* factor
            hash ^= hash >> 32
        }
        return hash
    }

    /// Within the text: whoever asks has seen that a block fits.
    @inline(__always)
    private static func word(_ text: RawSpan, _ start: Int) -> UInt64 {
        unsafe text.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt64.self)
    }

    @inline(__always)
    private static func byte(_ text: RawSpan, _ at: Int) -> UInt8 {
        text.unsafeLoad(fromByteOffset: at, as: UInt8.self)
    }

    private static func powerOfTwo(atLeast count: Int) -> Int {
        1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
    }
}

extension Array {
    fileprivate mutating func fill(with element: Element, count: Int) {
        removeAll(keepingCapacity: true)
        append(contentsOf: repeatElement(element, count: count))
    }
}
