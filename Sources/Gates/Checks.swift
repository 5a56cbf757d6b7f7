import BatchCore

struct FinishReasonCheck: AnswerCheck {
    let name = "finish_reason"
    let accepted: [String]

    func defect(in answer: ParsedAnswer) -> String? {
        for choice in answer.choices where !accepted.contains(choice.finishReason ?? "") {
            return "it is \(choice.finishReason ?? "missing"), not \(accepted.joined(separator: " or "))"
        }
        return nil
    }
}

struct NonEmptyCheck: AnswerCheck {
    let name = "non_empty"

    func defect(in answer: ParsedAnswer) -> String? {
        if answer.choices.isEmpty && answer.embeddings == 0 { return "it has no choice" }
        let isEmpty = answer.choices.contains { choice in
            !choice.calledTool && choice.text.allSatisfy(\.isWhitespace)
        }
        return isEmpty ? "its text is empty" : nil
    }
}

struct JSONCheck: AnswerCheck {
    let name = "json"

    func defect(in answer: ParsedAnswer) -> String? {
        for choice in answer.choices where !choice.calledTool {
            do throws(JSONError) {
                var tape = JSONTape()
                try tape.scan(Array(choice.text.utf8).span)
            } catch {
                return "its text is no JSON: column \(error.offset + 1): \(error.reason)"
            }
        }
        return nil
    }
}

struct MaxLengthCheck: AnswerCheck {
    let name = "max_length"
    let scalars: Int

    func defect(in answer: ParsedAnswer) -> String? {
        for choice in answer.choices where choice.text.unicodeScalars.count > scalars {
            return "its text has \(choice.text.unicodeScalars.count) characters, more than \(scalars)"
        }
        return nil
    }
}
