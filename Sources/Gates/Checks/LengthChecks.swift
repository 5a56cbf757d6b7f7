import BatchCore

struct MinLengthCheck: AnswerCheck {
    let name = "min_length"
    let scalars: Int

    func defect(in answer: Answer) -> String? {
        answer.firstDefect(inTexts: { text in
            // A scalar has at most four bytes: the length of most texts need not be known.
            if text.utf8.count / 4 >= scalars { return nil }
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
            if text.utf8.count <= scalars { return nil }
            let length = length(of: text)
            return length > scalars ? "its text has \(length) characters, more than \(scalars)" : nil
        })
    }
}

/// In Unicode scalars: bytes that do not continue one.
private func length(of text: String) -> Int {
    text.utf8.span.withUnsafeBufferPointer { bytes in
        var count = 0
        for byte in bytes { count &+= byte & 0xC0 == 0x80 ? 0 : 1 }
        return count
    }
}
