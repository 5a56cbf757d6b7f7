/// JSON texts in the one form of RFC 8785 (JSON Canonicalization Scheme), written from a scanned tape.
package enum CanonicalJSON {
    package enum Numbers: Sendable {
        /// RFC 8785 to the letter: every number is a double.
        case rfc8785
        /// An integer without fraction and exponent keeps its own digits, unless a double holds it exactly and prints
        /// as it: two integers that differ never become the same text (RFC 8785 would let two large seeds collide).
        case exactIntegers
    }

    /// Appends the canonical form of the value at `node`: members sorted by UTF-16 code units, numbers as ECMAScript
    /// prints them, the fewest escapes, no white space. What is canonical already is copied.
    /// - Parameter omitting: names of members that are left out of `node` itself, not of what lies deeper.
    package static func append(
        _ node: Int, of tape: JSONTape, in text: Span<UInt8>, numbers: Numbers, omitting: [StaticString] = [],
        to out: inout [UInt8]
    ) {
        let walk = CanonicalWalk(tape: tape, numbers: numbers)
        out.append(addingCapacity: walk.longestForm(of: node)) { form in
            if omitting.isEmpty || tape.kind(node) != .object {
                walk.append(node, text, to: &form)
            } else {
                walk.appendMembers(of: node, text, to: &form) { name in
                    omitting.contains { tape.isString(name, equalTo: $0, in: text) }
                }
            }
        }
    }

    /// The same without some members of the object at `node`.
    /// - Parameter values: the nodes of the values of the members that are left out.
    static func append(
        _ node: Int, of tape: JSONTape, in text: Span<UInt8>, numbers: Numbers, leavingOut values: [Int],
        to out: inout [UInt8]
    ) {
        let walk = CanonicalWalk(tape: tape, numbers: numbers)
        out.append(addingCapacity: walk.longestForm(of: node)) { form in
            if values.isEmpty {
                walk.append(node, text, to: &form)
            } else {
                walk.appendMembers(of: node, text, to: &form) { values.contains($0 + 1) }
            }
        }
    }

    /// Appends the value without white space between its tokens and everything else as it stands (order of members,
    /// numbers, escapes): a line for a log.
    package static func appendMinified(_ node: Int, of tape: JSONTape, in text: Span<UInt8>, to out: inout [UInt8]) {
        out.append(addingCapacity: tape.bytes(node).count + OutputSpan<UInt8>.slack) { form in
            MinifyingWalk(tape: tape).append(node, text, to: &form)
        }
    }
}
