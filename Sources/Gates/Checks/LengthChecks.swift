import BatchCore

struct MinLengthCheck: AnswerCheck {
    let name = "min_length"
    let scalars: Int

    func defect(in answer: Answer) -> String? {
        answer.firstDefect(inTexts: { text in
            let length = length(of: text)
            return length < scalars ? "its text has \(length) characters, fewer than \(scalars)" : nil
        })
    }
}

struct MaxLengthCheck: AnswerCheck {
    let name = "max_length"
    let scalars: Int

    func defect(in answer: Answer) -> String? {
        answer.firstDefect(inTexts: { text in
            let length = length(of: text)
            return length > scalars ? "its text has \(length) characters, more than \(scalars)" : nil
        })
    }
}

/// In Unicode scalars: bytes that do not continue one.
private func length(of text: String) -> Int {
    let bytes = text.utf8.span
    var count = 0
    for at in bytes.indices where bytes[at] & 0xC0 != 0x80 { count &+= 1 }
    return count
}
