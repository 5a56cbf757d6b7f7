import BatchCore

/// The model refused, the server's filter took the answer, or the text begins as a refusal does.
struct RefusalCheck: AnswerCheck {
    let name = "refusal"
    /// Folded.
    private let phrases: [[UInt8]]
    /// By byte: may a phrase begin with it, and may it stand in second place? That is rarely true of both of two bytes.
    private var begins = [Bool](repeating: false, count: 256)
    private var follows = [Bool](repeating: false, count: 256)

    /// A refusal comes first. Further down it is told of, or quoted.
    private static let placesLooked = 200
    private static let apostrophe = UInt8(ascii: "'")

    init(phrases: [String]) {
        self.phrases = phrases.map { Self.folded(Array($0.utf8).span) }
        for phrase in self.phrases {
            guard let first = phrase.first else { continue }
            for byte in Self.unfolded(first) { begins[Int(byte)] = true }
            let second = phrase.count > 1 ? Self.unfolded(phrase[1]) : Array(UInt8.min...UInt8.max)
            for byte in second { follows[Int(byte)] = true }
        }
        // Where a phrase begins with an apostrophe, that of typesetters is E2 80 99.
        if begins[0xE2] { follows[0x80] = true }
    }

    func defect(in answer: Answer) -> String? {
        for choice in answer.parsed.choices {
            if choice.isRefused { return "the model refused" }
            if choice.finishReason == "content_filter" { return "a content filter stopped it" }
            if !phrases.isEmpty, let phrase = phrase(in: choice.text) { return "it begins with phrase \(phrase + 1)" }
        }
        return nil
    }

    /// The first in the list that stands at one of the places.
    private func phrase(in text: String) -> Int? {
        let text = text.utf8.span
        var found: Int?
        var at = 0
        for _ in 0...Self.placesLooked where at < text.count {
            let byte = text[at]
            if begins[Int(byte)], at + 1 == text.count || follows[Int(text[at + 1])] {
                let better = phrases.prefix(found ?? phrases.count).firstIndex { Self.stands($0, at: at, in: text) }
                found = better ?? found
            }
            if byte < 0x80 { at &+= 1 } else { _ = Self.nextFolded(in: text, &at) }
        }
        return found
    }

    private static func stands(_ phrase: [UInt8], at start: Int, in text: Span<UInt8>) -> Bool {
        var at = start
        for byte in phrase {
            guard at < text.count, nextFolded(in: text, &at) == byte else { return false }
        }
        return !phrase.isEmpty
    }

    private static func folded(_ text: Span<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        var at = 0
        while at < text.count { out.append(nextFolded(in: text, &at)) }
        return out
    }

    /// ASCII letters small, and the apostrophe of typesetters as that of typewriters.
    @inline(__always)
    private static func nextFolded(in text: Span<UInt8>, _ at: inout Int) -> UInt8 {
        let byte = text[at]
        at &+= 1
        guard byte == 0xE2, at + 1 < text.count, text[at] == 0x80, text[at + 1] == 0x99 else { return small(byte) }
        at &+= 2
        return apostrophe
    }

    /// The bytes that may begin what is folded to this one.
    private static func unfolded(_ byte: UInt8) -> [UInt8] {
        (UInt8.min...UInt8.max).filter { small($0) == byte } + (byte == apostrophe ? [0xE2] : [])
    }

    private static func small(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte }
}
