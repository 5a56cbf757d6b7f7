/// JSON texts in the one form of RFC 8785 (JSON Canonicalization Scheme), written from a scanned tape.
package enum CanonicalJSON {
    package enum Numbers: Sendable {
        /// RFC 8785 to the letter: every number is a double.
        case rfc8785
        /// An integer without fraction and exponent keeps its own digits, unless a double holds it exactly and prints as
        /// it: two integers that differ never become the same text (RFC 8785 would let two large seeds collide).
        case exactIntegers
    }

    /// Appends the canonical form of the value at `node`: members sorted by UTF-16 code units, numbers as ECMAScript
    /// prints them, the fewest escapes, no white space. What is canonical already is copied.
    /// - Parameter omitting: names of members that are left out of `node` itself, not of what lies deeper.
    package static func append(
        _ node: Int, of tape: JSONTape, in text: Span<UInt8>, numbers: Numbers, omitting: [StaticString] = [],
        to out: inout [UInt8]
    ) {
        guard !omitting.isEmpty, tape.kind(node) == .object else { return append(node, tape, text, numbers, to: &out) }
        appendMembers(of: node, tape, text, numbers, to: &out) { name in
            omitting.contains { tape.isString(name, equalTo: $0, in: text) }
        }
    }

    /// Appends the value without white space between its tokens and everything else as it stands (order of members,
    /// numbers, escapes): a line for a log.
    package static func appendMinified(_ node: Int, of tape: JSONTape, in text: Span<UInt8>, to out: inout [UInt8]) {
        switch tape.kind(node) {
        case .array:
            out.append(UInt8(ascii: "["))
            for element in tape.elements(node) {
                appendMinified(element, of: tape, in: text, to: &out)
                out.append(UInt8(ascii: ","))
            }
            close(with: UInt8(ascii: "]"), &out)
        case .object:
            out.append(UInt8(ascii: "{"))
            for member in tape.members(node) {
                out.append(copying: tape.bytes(member.name), of: text)
                out.append(UInt8(ascii: ":"))
                appendMinified(member.value, of: tape, in: text, to: &out)
                out.append(UInt8(ascii: ","))
            }
            close(with: UInt8(ascii: "}"), &out)
        case .null, .false, .true, .number, .string: out.append(copying: tape.bytes(node), of: text)
        }
    }

    /// Recursive, at most `JSONTape.depthLimit` deep.
    private static func append(
        _ node: Int, _ tape: JSONTape, _ text: Span<UInt8>, _ numbers: Numbers, to out: inout [UInt8]
    ) {
        let value = tape.nodes[node]
        if value.isCanonical { return out.append(copying: value.bytes, of: text) }
        switch value.kind {
        case .null, .false, .true: out.append(copying: value.bytes, of: text)
        case .number: appendNumber(value.bytes, in: text, numbers, to: &out)
        case .string: appendString(value, text, to: &out)
        case .array:
            out.append(UInt8(ascii: "["))
            for element in tape.elements(node) {
                append(element, tape, text, numbers, to: &out)
                out.append(UInt8(ascii: ","))
            }
            close(with: UInt8(ascii: "]"), &out)
        case .object: appendMembers(of: node, tape, text, numbers, to: &out) { _ in false }
        }
    }

    private static func appendMembers(
        of node: Int, _ tape: JSONTape, _ text: Span<UInt8>, _ numbers: Numbers, to out: inout [UInt8],
        omitting isOmitted: (Int) -> Bool
    ) {
        let isOrdered = tape.nodes[node].isOrdered
        out.append(UInt8(ascii: "{"))
        for member in tape.members(node) {
            let name = isOrdered ? member.name : Int(tape.nodes[member.name].next)
            if isOmitted(name) { continue }
            append(name, tape, text, numbers, to: &out)
            out.append(UInt8(ascii: ":"))
            append(name + 1, tape, text, numbers, to: &out)
            out.append(UInt8(ascii: ","))
        }
        close(with: UInt8(ascii: "}"), &out)
    }

    /// The comma after the last element gives way to the bracket.
    private static func close(with bracket: UInt8, _ out: inout [UInt8]) {
        if out.last == UInt8(ascii: ",") { out[out.count - 1] = bracket } else { out.append(bracket) }
    }

    private static func appendString(_ string: JSONNode, _ text: Span<UInt8>, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var at = string.content.lowerBound
        while at < string.content.upperBound {
            let scalar = JSONEscape.character(text, at: &at)
            if scalar < 0x80 {
                JSONEscape.appendEscaped(UInt8(scalar), to: &out)
            } else {
                JSONEscape.appendUTF8(scalar, to: &out)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
