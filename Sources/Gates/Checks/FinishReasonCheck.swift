import BatchCore

struct FinishReasonCheck: AnswerCheck {
    let name = "finish_reason"
    let accepted: [String]

    func defect(in answer: Answer) -> String? {
        for choice in answer.parsed.choices where !accepted.contains(choice.finishReason ?? "") {
            return "it is \(choice.finishReason ?? "missing"), not \(accepted.joined(separator: " or "))"
        }
        return nil
    }
}
