import BatchCore

struct JSONCheck: AnswerCheck {
    let name = "json"

    func defect(in answer: Answer) -> String? {
        answer.firstDefect(inJSON: { _, _ in nil })
    }
}
