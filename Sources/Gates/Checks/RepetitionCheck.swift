import BatchCore

/// A model that has fallen into a loop says the same passage again and again.
struct RepetitionCheck: AnswerCheck {
    let name = "max_repeats"
    let limit: Int

    func defect(in answer: Answer) -> String? {
        answer.firstDefect(inTexts: { text in
            guard let loop = Loop(in: text.utf8.span, above: limit) else { return nil }
            return "a passage of \(loop.period) bytes stands \(loop.times) times in a row, more than \(limit)"
        })
    }
}

/// The same bytes, again and again.
struct Loop: Equatable {
    let period: Int
    let times: Int

    /// Passages are looked for up to this length.
    static let longestPeriod = 512
    /// What is shorter in all may be a line drawn of dashes.
    static let shortestBytes = 64
    /// From where on the text is compared with what stands before: each loop of more than this length and a few
    /// periods holds such a place.
    private static let step = 256
    private static let candidates = 8

    /// The first loop of more than `limit` times; nil: none was found.
    ///
    /// At every 256th byte, and at the end, the eight bytes before it are looked for in the 512 before these. Where
    /// they stand, their distance may be a period, and it is seen how far the text repeats itself at that distance. A
    /// loop that is long enough is the answer, a shorter one has cost no more than its length: the time is linear.
    init?(in text: Span<UInt8>, above limit: Int) {
        guard text.count >= Self.shortestBytes else { return nil }
        var end = min(text.count, Self.step)
        while true {
            if let loop = Self.loop(around: end, in: text, above: limit) {
                self = loop
                return
            }
            if end == text.count { return nil }
            end = min(text.count, end + Self.step)
        }
    }

    private init(period: Int, times: Int) {
        self.period = period
        self.times = times
    }

    private static func loop(around end: Int, in text: Span<UInt8>, above limit: Int) -> Loop? {
        text.withUnsafeBytes { bytes in
            let last = bytes.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self)
            var tried = 0
            var period = 1
            let longest = min(longestPeriod, end - 8)
            while period <= longest, tried < candidates {
                if period + 7 <= longest, !mayStand(last, before: end - 8, at: period, in: bytes) {
                    period += 8
                    continue
                }
                if bytes.loadUnaligned(fromByteOffset: end - 8 - period, as: UInt64.self) == last {
                    let length = repeated(at: period, around: end, in: bytes)
                    if length > limit * period, length >= shortestBytes, length / period > limit {
                        return Loop(period: period, times: length / period)
                    }
                    tried += 1
                }
                period += 1
            }
            return nil
        }
    }

    /// May the word stand at one of eight distances before `end`, from `period` on? It cannot where its first and its
    /// last byte do not.
    @inline(__always)
    private static func mayStand(
        _ word: UInt64, before end: Int, at period: Int, in bytes: UnsafeRawBufferPointer
    ) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let start = end - period - 7
        let firsts = bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self) ^ ones &* (word & 0xFF)
        let lasts = bytes.loadUnaligned(fromByteOffset: start + 7, as: UInt64.self) ^ ones &* (word >> 56)
        // Is any byte zero? ("Determine if a word has a zero byte", Anderson, Bit Twiddling Hacks.)
        let differing = firsts | lasts
        return (differing &- ones) & ~differing & ones << 7 != 0
    }

    /// Bytes of the run around `end` in which each byte is that of one period before, the first period included.
    private static func repeated(at period: Int, around end: Int, in bytes: UnsafeRawBufferPointer) -> Int {
        var start = end - 8
        while start > period, bytes[start - 1] == bytes[start - 1 - period] { start -= 1 }
        var stop = end
        while stop < bytes.count, bytes[stop] == bytes[stop - period] { stop += 1 }
        return stop - start + period
    }
}
