/// What texts of one form (`AlikeTexts`) have in common in their canonical form, ready to be copied, and which values
/// stand between. It gives what `CanonicalJSON.append` gives for the same node and left-out members.
package struct CanonicalForm: Sendable {
    private struct Piece {
        /// Where in `bytes` ends what stands before the value; it begins where the last piece's ends.
        let end: Int
        let value: Int
    }

    private let numbers: CanonicalJSON.Numbers
    private var bytes: [UInt8]
    private var pieces: [Piece] = []

    /// - Parameters:
    ///   - prefix: stands before the form of each text.
    ///   - texts: of which this is the last.
    ///   - leftOut: the nodes of the values of those members of `node` that are left out.
    package init(
        of node: Int, _ tape: JSONTape, in text: Span<UInt8>, of texts: AlikeTexts,
        numbers: CanonicalJSON.Numbers, leavingOut leftOut: [Int], prefix: [UInt8]
    ) {
        self.numbers = numbers
        bytes = prefix
        add(node, tape, text, texts, leavingOut: leftOut)
    }

    /// As deep as the tape lets texts nest (`JSONTape.depthLimit`), and no deeper.
    private mutating func add(
        _ node: Int, _ tape: JSONTape, _ text: Span<UInt8>, _ texts: AlikeTexts, leavingOut leftOut: [Int] = []
    ) {
        let value = tape[node]
        switch value.kind {
        case .null, .true, .false: bytes.append(copying: value.bytes, of: text)
        case .number where texts.isConstant(node), .string where texts.isConstant(node):
            CanonicalJSON.append(node, of: tape, in: text, numbers: numbers, to: &bytes)
        case .number, .string: pieces.append(Piece(end: bytes.count, value: node))
        case .array:
            bytes.append(UInt8(ascii: "["))
            for (place, element) in tape.elements(node).enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                add(element, tape, text, texts)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object:
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            for name in tape.sortedNames(of: node) where !leftOut.contains(name + 1) {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                CanonicalJSON.append(name, of: tape, in: text, numbers: numbers, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                add(name + 1, tape, text, texts)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Appends prefix and form of a text.
    /// - Parameter tape: of `text`, whose form is that of the text that this was made from.
    package func append(_ tape: JSONTape, in text: Span<UInt8>, to out: inout [UInt8]) {
        let walk = CanonicalWalk(tape: tape, numbers: numbers)
        let constant = bytes.span
        out.append(addingCapacity: constant.count + walk.longestForm(of: JSONTape.root)) { form in
            var start = 0
            for piece in pieces {
                form.append(copying: start..<piece.end, of: constant)
                walk.append(piece.value, text, to: &form)
                start = piece.end
            }
            form.append(copying: start..<constant.count, of: constant)
        }
    }
}

extension JSONTape {
    /// The nodes of an object's member names in the order of RFC 8785.
    fileprivate func sortedNames(of object: Int) -> [Int] {
        let isOrdered = self[object].isOrdered
        return members(object).map { isOrdered ? $0.name : Int(self[$0.name].next) }
    }
}
