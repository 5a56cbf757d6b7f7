import BatchCore

/// Makes a value that a JSON Schema admits, for answers that a gate checks against that schema. Knows what schemas for
/// structured output are made of: type, properties, items, enum, const, anyOf, references within the schema, and the
/// whole bounds of numbers and lengths. All properties are filled in, the optional ones too.
struct SchemaInstance {
    private let root: JSONValue
    private var random: DigestRandom
    /// How many schemas the one at hand is nested in. A schema that refers to itself has to end somewhere: from
    /// `depthPlenty` on arrays are as short as they may be and what may be null is; at `depthLimit` everything is null.
    private var depth = 0
    private static let depthPlenty = 8
    private static let depthLimit = 32

    private init(_ root: JSONValue, _ random: DigestRandom) {
        self.root = root
        self.random = random
    }

    static func of(_ schema: JSONValue, _ random: DigestRandom) -> JSONValue {
        var instance = SchemaInstance(schema, random)
        return instance.value(of: schema)
    }

    private mutating func value(of schema: JSONValue) -> JSONValue {
        guard depth < Self.depthLimit else { return .null }
        depth += 1
        defer { depth -= 1 }
        if let reference = schema["$ref"]?.string { return value(of: target(of: reference)) }
        if let constant = schema["const"] { return constant }
        if let admitted = schema["enum"]?.array, !admitted.isEmpty { return random.pick(from: admitted) }
        if let branches = (schema["anyOf"] ?? schema["oneOf"])?.array, let branch = branches.first {
            let mayBeNull = branches.contains { $0["type"]?.string == "null" }
            return mayBeNull && depth > Self.depthPlenty ? .null : value(of: branch)
        }
        switch type(of: schema) {
        case "object": return object(schema)
        case "array": return array(schema)
        case "integer", "number": return .number(String(integer(schema)))
        case "boolean": return .bool(random.below(2) == 1)
        case "null": return .null
        default: return .string(text(schema))
        }
    }

    /// Such as `#/$defs/Address`: names only, which is what generators of schemas write.
    private func target(of reference: String) -> JSONValue {
        reference.split(separator: "/").dropFirst().reduce(root) { $0[String($1)] ?? .null }
    }

    /// The first of several types, as `["string", "null"]` means an optional string.
    private func type(of schema: JSONValue) -> String {
        if let type = schema["type"]?.string ?? schema["type"]?.array?.first?.string { return type }
        return schema["properties"] == nil ? "string" : "object"
    }

    private mutating func object(_ schema: JSONValue) -> JSONValue {
        var members: [JSONValue.Member] = []
        for property in schema["properties"]?.members ?? [] {
            members.append(JSONValue.Member(name: property.name, value: value(of: property.value)))
        }
        return .object(members)
    }

    private mutating func array(_ schema: JSONValue) -> JSONValue {
        let least = min(max(0, schema["minItems"]?.int ?? 0), 1000)
        let count = depth > Self.depthPlenty || schema["maxItems"]?.int == 0 ? least : max(1, least)
        var elements: [JSONValue] = []
        for _ in 0..<count { elements.append(value(of: schema["items"] ?? .object([]))) }
        return .array(elements)
    }

    private mutating func integer(_ schema: JSONValue) -> Int {
        let least = schema["minimum"]?.int ?? min(0, schema["maximum"]?.int ?? 0)
        let (span, isHuge) = (schema["maximum"]?.int ?? least).subtractingReportingOverflow(least)
        return least
            + random.below(schema["maximum"] == nil ? 101 : isHuge ? 1_000_000 : min(max(span, 0), 999_999) + 1)
    }

    private mutating func text(_ schema: JSONValue) -> String {
        var text = AnswerText.sentence(&random)
        while text.unicodeScalars.count < min(schema["minLength"]?.int ?? 0, 10_000) {
            text += " " + AnswerText.sentence(&random)
        }
        return String(text.prefix(max(0, schema["maxLength"]?.int ?? text.count)))
    }
}
