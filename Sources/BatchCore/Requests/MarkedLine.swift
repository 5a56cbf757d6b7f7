/// A member `bobbin` in a request line: what Bobbin says of the line to whoever hands it in again. It stands beside
/// `body`, so that it changes neither what is sent nor the request key.
package enum MarkedLine {
    private static let name: StaticString = "bobbin"

    /// - Parameters:
    ///   - line: without its line end.
    ///   - mark: a JSON value; it takes the place of an earlier one.
    /// - Returns: the line with the mark, white space around it left out; as it is if it is no object with members.
    package static func marked(_ line: [UInt8], with mark: [UInt8], using tape: inout JSONTape) -> [UInt8] {
        let root = JSONTape.root
        do { try tape.scan(line.span) } catch { return line }
        guard tape.kind(root) == .object, tape.count(root) > 0 else { return line }
        var edits = BodyEdits(range: tape.bytes(root))
        if let earlier = tape.member(name, of: root, in: line.span) {
            edits.replace(tape.bytes(earlier), with: mark)
        } else {
            edits.appendMember(quoted("\(name)") + [UInt8(ascii: ":")] + mark)
        }
        return edits.applied(to: line.span)
    }

    /// The mark of a line; nil: it has none.
    package static func mark(in line: [UInt8], using tape: inout JSONTape) -> JSONValue? {
        do {
            try tape.scan(line.span)
            guard tape.kind(JSONTape.root) == .object,
                let node = tape.member(name, of: JSONTape.root, in: line.span)
            else { return nil }
            return try JSONValue(parsing: Array(line[tape.bytes(node)]))
        } catch { return nil }
    }
}
