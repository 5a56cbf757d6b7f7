import BatchCore

/// An answer that is mostly the prompt once more.
struct EchoCheck: AnswerCheck {
    let name = "echo"
    let share: Double

    func defect(in answer: Answer) -> String? {
        guard let request = answer.request else { return nil }
        var prompt: Echo?  // made once for all choices, where one is long enough
        return answer.firstDefect(inTexts: { text in
            let text = text.utf8.span
            guard text.count >= Echo.shortestPassage else { return nil }
            let echo = prompt ?? Echo(of: request.prompt)
            prompt = echo
            let repeated = echo.bytes(of: text)
            guard Double(repeated) >= share * Double(text.count) else { return nil }
            return "\(repeated * 100 / text.count) of 100 bytes repeat the prompt"
        })
    }
}
