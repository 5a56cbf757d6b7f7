/// What valijson would find too late or not at all: patterns that are none, and keywords of other drafts.
struct SchemaReview {
    private let tape: JSONTape
    private let strictly: Bool

    /// - Returns: the draft, 4 or 7 (which reads draft 6 too).
    static func review(_ tape: JSONTape, in text: Span<UInt8>, strictly: Bool) throws(JSONSchemaError) -> Int {
        let draft = try draft(tape, in: text, strictly: strictly)
        try SchemaReview(tape: tape, strictly: strictly).schema(JSONTape.root, "", in: text)
        return draft
    }

    private static func draft(
        _ tape: JSONTape, in text: Span<UInt8>, strictly: Bool
    ) throws(JSONSchemaError) -> Int {
        guard let node = tape.member("$schema", of: JSONTape.root, in: text), let uri = tape.string(node, in: text)
        else { return 7 }
        if uri.contains("draft-04") { return 4 }
        if uri.contains("draft-06") || uri.contains("draft-07") || !strictly { return 7 }
        throw JSONSchemaError("its $schema is of none of the drafts 4, 6 and 7")
    }

    private func schema(_ node: Int, _ path: String, in text: Span<UInt8>) throws(JSONSchemaError) {
        for (name, value) in tape.members(node) {
            let keyword = tape.string(name, in: text) ?? ""
            let place = path + "/" + keyword
            switch Self.kind(keyword) {
            case .schema: try schemas(value, place, in: text)
            case .named:
                for (name, inner) in tape.members(value) {
                    try schema(inner, place + "/" + (tape.string(name, in: text) ?? ""), in: text)
                }
            case .patterns:
                for (name, inner) in tape.members(value) {
                    try pattern(name, place, in: text)
                    try schema(inner, place + "/*", in: text)
                }
            case .pattern: try pattern(value, place, in: text)
            case .later where strictly:
                throw JSONSchemaError("\(shown(place)) is a keyword of a later draft, and would not be checked")
            case .later, .other: break
            }
        }
    }

    private func schemas(_ node: Int, _ path: String, in text: Span<UInt8>) throws(JSONSchemaError) {
        guard tape.kind(node) == .array else { return try schema(node, path, in: text) }
        for (index, inner) in tape.elements(node).enumerated() { try schema(inner, "\(path)/\(index)", in: text) }
    }

    private func pattern(_ node: Int, _ path: String, in text: Span<UInt8>) throws(JSONSchemaError) {
        guard let pattern = tape.string(node, in: text) else { return }
        do throws(PatternError) { try Pattern.checkSchemaPattern(pattern) } catch {
            throw JSONSchemaError("\(shown(path)) is no regular expression: \(error.reason)")
        }
    }

    /// A path as a reason may have it: not too long.
    private func shown(_ path: String) -> String { path.count > 100 ? "…" + path.suffix(99) : path }

    private enum Kind {
        case schema, named, patterns, pattern, later, other
    }

    private static func kind(_ keyword: String) -> Kind {
        switch keyword {
        case "additionalItems", "additionalProperties", "allOf", "anyOf", "contains", "else", "if", "items", "not",
            "oneOf", "propertyNames", "then":
            .schema
        case "$defs", "definitions", "dependencies", "properties": .named
        case "patternProperties": .patterns
        case "pattern": .pattern
        case "$anchor", "$dynamicRef", "$recursiveRef", "dependentRequired", "dependentSchemas", "maxContains",
            "minContains", "prefixItems", "unevaluatedItems", "unevaluatedProperties":
            .later
        default: .other
        }
    }
}
