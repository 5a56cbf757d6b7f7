import BatchCore

/// An answer that is mostly the prompt once more.
struct EchoCheck: AnswerCheck {
    let name = "echo"
    let share: Double

    func defect(in answer: Answer) -> String? {
        answer.firstDefect(inTexts: { text in
            let text = text.utf8.span
            guard text.count >= Echo.shortestPassage, let repeated = answer.echoedBytes(in: text),
                Double(repeated) >= share * Double(text.count)
            else { return nil }
            return "\(repeated * 100 / text.count) of 100 bytes repeat the prompt"
        })
    }
}
