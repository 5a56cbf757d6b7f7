import BatchCore

/// The text of one choice, in words: a word is a token here.
struct AnswerText: Equatable {
    /// nil: the answer has no content.
    let text: String?
    let tokens: Int
    /// The limit cut the text: finish_reason `length`.
    let isCutShort: Bool

    /// The first `limit` words of `text`, with the white space between them.
    init(_ text: String?, limit: Int?) {
        var words = 0
        var inWord = false
        var end: String.Index?
        let bytes = text?.utf8 ?? "".utf8
        for index in bytes.indices {
            let isSpace = Self.spaces.contains(bytes[index])
            if !isSpace, !inWord {
                if words == limit { break }
                words += 1
            }
            inWord = !isSpace
            if inWord { end = bytes.index(after: index) }
        }
        tokens = words
        isCutShort = limit == words && bytes[(end ?? bytes.startIndex)...].contains { !Self.spaces.contains($0) }
        self.text = isCutShort ? text.map { String($0[..<(end ?? $0.startIndex)]) } : text
    }

    private static let spaces = Array(" \n\r\t".utf8)

    /// A sentence that begins with a capital and ends with a full stop, and holds nothing of the prompt.
    static func sentence(_ random: inout DigestRandom) -> String {
        let parts = [
            random.pick(from: subjects), random.pick(from: verbs), random.pick(from: objects),
            random.pick(from: endings),
        ]
        return parts.joined(separator: " ") + "."
    }

    private static let subjects = [
        "The old weaver", "A quiet clerk", "The night train", "My neighbour", "The second lamp", "A green parrot",
        "The harbour pilot", "Every third letter", "The gardener", "A patient reader", "The west wind", "Her brother",
    ]
    private static let verbs = [
        "counts", "carries", "remembers", "mends", "follows", "measures", "paints", "answers", "borrows", "finds",
    ]
    private static let objects = [
        "seven threads", "the long road", "a box of stamps", "the morning tide", "two small maps", "an empty page",
        "the broken clock", "a bowl of plums", "the last invoice", "a song about rivers",
    ]
    private static let endings = [
        "before noon", "without a word", "near the bridge", "for a fair price", "in plain sight", "once a year",
        "under the stairs", "with great care", "while it rains", "and goes home",
    ]
}
