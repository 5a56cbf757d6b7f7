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
    /// - Parameter values: the nodes of the values of those members of `node` that are left out.
    package static func append(
        _ node: Int, of tape: JSONTape, in text: Span<UInt8>, numbers: Numbers, leavingOut values: [Int] = [],
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
