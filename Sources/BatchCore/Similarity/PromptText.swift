/// The text that a request line asks about, without what is said around it: every string within `system`, `messages`,
/// `input`, `prompt` and `instructions`, each followed by a newline. Roles, types and names are left out, and so are
/// images that stand in the line. A prompt of tokens has no text.
package struct PromptText: ~Copyable {
    private var tape = JSONTape()

    package init() {}

    /// - Parameter line: a request line.
    /// - Returns: its text, in UTF-8; empty where it has none, or is no request.
    package mutating func text(of line: Span<UInt8>) -> [UInt8] {
        do throws(JSONError) { try tape.scan(line) } catch { return [] }
        return Self.text(of: tape, in: line)
    }

    /// - Parameter tape: of the line.
    package static func text(of tape: JSONTape, in line: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        guard let body = tape.member("body", of: JSONTape.root, in: line) else { return text }
        for name: StaticString in ["instructions", "system", "messages", "input", "prompt"] {
            if let node = tape.member(name, of: body, in: line) { append(node, of: tape, in: line, to: &text) }
        }
        return text
    }

    /// As deep as the tape lets texts nest (`JSONTape.depthLimit`), and no deeper.
    private static func append(
        _ node: Int, of tape: JSONTape, in line: Span<UInt8>, to text: inout [UInt8]
    ) {
        switch tape.kind(node) {
        case .string:
            let start = text.count
            tape.appendString(node, in: line, to: &text)
            if text[start...].starts(with: "data:".utf8) {
                text.removeSubrange(start...)
            } else {
                text.append(UInt8(ascii: "\n"))
            }
        case .array:
            for element in tape.elements(node) { append(element, of: tape, in: line, to: &text) }
        case .object:
            for member in tape.members(node) where !isLabel(member.name, of: tape, in: line) {
                append(member.value, of: tape, in: line, to: &text)
            }
        case .null, .true, .false, .number: break
        }
    }

    private static func isLabel(_ name: Int, of tape: JSONTape, in line: Span<UInt8>) -> Bool {
        let labels: [StaticString] = [
            "role", "type", "name", "id", "call_id", "tool_call_id", "tool_use_id", "detail", "source", "signature",
        ]
        return labels.contains { tape.isString(name, equalTo: $0, in: line) }
    }
}
