import BatchCore

struct JSONSchemaCheck: AnswerCheck {
    let name = "json_schema"
    let schema: JSONSchema

    func defect(in answer: Answer) -> String? {
        answer.firstDefect(inJSON: { tape, text in answer.flaw(on: tape, text, against: schema) })
    }
}
