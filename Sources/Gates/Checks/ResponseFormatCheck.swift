import BatchCore

/// What the request asked for: an object, or JSON of a schema. A schema that cannot be used is a defect: nothing is
/// loaded that was to be checked and was not.
struct ResponseFormatCheck: AnswerCheck {
    let name = "response_format"
    let schemas: SchemaCache

    func defect(in answer: Answer) -> String? {
        switch answer.request?.form {
        case nil: return nil
        case .object:
            return answer.firstDefect(inJSON: { tape, _ in
                tape.kind(JSONTape.root) == .object ? nil : "its text is no JSON object"
            })
        case .schema(let text):
            do throws(JSONSchemaError) {
                let schema = try schemas.schema(text)
                return answer.firstDefect(inJSON: { tape, text in answer.flaw(on: tape, text, against: schema) })
            } catch {
                return "the schema of the request cannot be used: \(error)"
            }
        }
    }
}
