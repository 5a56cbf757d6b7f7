import BatchCore

/// The model refused, the server's filter took the answer, or the text begins as a refusal does.
struct RefusalCheck: AnswerCheck {
    let name = "refusal"
    private let phrases: [[UInt8]]

    /// A refusal comes first. Further down it is told of, or quoted.
    private static let placesLooked = 200

    init(phrases: [String]) {
        self.phrases = phrases.map { Self.folded(Array($0.utf8).span, atMost: .max) }
    }

    func defect(in answer: Answer) -> String? {
        for choice in answer.parsed.choices {
            if choice.isRefused { return "the model refused" }
            if choice.finishReason == "content_filter" { return "a content filter stopped it" }
            if !phrases.isEmpty, let phrase = phrase(in: choice.text) { return "it begins with phrase \(phrase + 1)" }
        }
        return nil
    }

    private func phrase(in text: String) -> Int? {
        let longest = phrases.map(\.count).max() ?? 0
        let start = Self.folded(text.utf8.span, atMost: Self.placesLooked + longest)
        return phrases.firstIndex { phrase in
            guard phrase.count <= start.count, let first = phrase.first else { return false }
            return (0...min(Self.placesLooked, start.count - phrase.count)).contains { place in
                start[place] == first && start[place..<place + phrase.count].elementsEqual(phrase)
            }
        }
    }

    /// ASCII letters small, and the apostrophe of typesetters as that of typewriters.
    private static func folded(_ text: Span<UInt8>, atMost: Int) -> [UInt8] {
        var out: [UInt8] = []
        var at = 0
        while at < text.count, out.count < atMost {
            if at + 2 < text.count, text[at] == 0xE2, text[at + 1] == 0x80, text[at + 2] == 0x99 {
                out.append(UInt8(ascii: "'"))
                at += 3
                continue
            }
            let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(text[at])
            out.append(isCapital ? text[at] | 0x20 : text[at])
            at += 1
        }
        return out
    }
}
