import BatchCore

/// A value that a JSON Schema admits, for answers that a gate checks against that schema. Knows what schemas for
/// structured output are made of: type, properties, items, enum, const, and the bounds of numbers and lengths. All
/// properties are filled in, the optional ones too.
enum SchemaInstance {
    static func of(_ schema: JSONValue, _ random: inout DigestRandom) -> JSONValue {
        if let constant = schema["const"] { return constant }
        if let admitted = schema["enum"]?.array, !admitted.isEmpty { return random.pick(from: admitted) }
        if let branch = (schema["anyOf"] ?? schema["oneOf"])?.array?.first { return of(branch, &random) }
        switch type(of: schema) {
        case "object": return object(schema, &random)
        case "array":
            let count = max(1, schema["minItems"]?.int ?? 1)
            return .array((0..<count).map { _ in of(schema["items"] ?? .object([]), &random) })
        case "integer": return .number(String(integer(schema, &random)))
        case "number": return .number(String(integer(schema, &random)))
        case "boolean": return .bool(random.below(2) == 1)
        case "null": return .null
        default: return .string(text(schema, &random))
        }
    }

    /// The first of several types, as `["string", "null"]` means an optional string.
    private static func type(of schema: JSONValue) -> String {
        if let type = schema["type"]?.string ?? schema["type"]?.array?.first?.string { return type }
        return schema["properties"] == nil ? "string" : "object"
    }

    private static func object(_ schema: JSONValue, _ random: inout DigestRandom) -> JSONValue {
        let properties = schema["properties"]?.members ?? []
        return .object(properties.map { JSONValue.Member(name: $0.name, value: of($0.value, &random)) })
    }

    private static func integer(_ schema: JSONValue, _ random: inout DigestRandom) -> Int {
        let least = schema["minimum"]?.int ?? 0
        let most = max(least, schema["maximum"]?.int ?? least.addingReportingOverflow(100).partialValue)
        return least + random.below(min(most - least, 1_000_000) + 1)
    }

    private static func text(_ schema: JSONValue, _ random: inout DigestRandom) -> String {
        var text = AnswerText.sentence(&random)
        while text.unicodeScalars.count < min(schema["minLength"]?.int ?? 0, 10_000) {
            text += " " + AnswerText.sentence(&random)
        }
        return String(text.prefix(schema["maxLength"]?.int ?? text.count))
    }
}
