import BatchCore

/// How the text of an answer has to look.
enum AnswerForm: Equatable {
    case sentence
    case jsonObject
    /// An instance of this schema, as far as `SchemaInstance` knows its words.
    case jsonSchema(JSONValue)

    func text(_ random: inout DigestRandom) -> String {
        switch self {
        case .sentence: return AnswerText.sentence(&random)
        case .jsonObject:
            var json = JSONWriter()
            json.object { json in
                json.member("answer", AnswerText.sentence(&random))
                json.member("score", random.below(101))
            }
            return json.text
        case .jsonSchema(let schema):
            var json = JSONWriter()
            json.element(raw: SchemaInstance.of(schema, random))
            return json.text
        }
    }
}
