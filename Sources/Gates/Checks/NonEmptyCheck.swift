import BatchCore

struct NonEmptyCheck: AnswerCheck {
    let name = "non_empty"

    func defect(in answer: Answer) -> String? {
        if answer.parsed.choices.isEmpty && answer.parsed.embeddings == 0 { return "it has no choice" }
        return answer.firstDefect(inTexts: { text in text.allSatisfy { $0.isWhitespace } ? "its text is empty" : nil })
    }
}
