/// One JSON text, validated in a single pass and laid out flat. Made to be used again for line after line: its arrays
/// keep their capacity, and no String or Array is made for a token.
///
/// A node is an index into the tape and means something only with the text that was scanned. `root` is the whole text.
package struct JSONTape: Sendable {
    package enum Kind: UInt8, Sendable {
        case null
        case `false`
        case `true`
        case number, string, array, object
    }

    /// Containers within containers. Requests and answers stay far below; the limit keeps the walk over a tape, which
    /// is recursive, from ever being decided by the size of a thread's stack.
    package static let depthLimit = 512

    package static let root = 0

    var nodes: [JSONNode] = []
    /// Name nodes of the object that is being sorted, kept for its capacity.
    var sorting: [UInt32] = []

    package init() {}

    package func kind(_ node: Int) -> Kind { nodes[node].kind }

    /// The whole value in the text, quotes and brackets included.
    package func bytes(_ node: Int) -> Range<Int> { nodes[node].bytes }

    /// Elements of an array or members of an object; 0 for anything else.
    package func count(_ node: Int) -> Int { nodes[node].count }

    /// The elements of an array in text order; nothing for anything else.
    package func elements(_ node: Int) -> NodeSequence {
        let isArray = nodes[node].kind == .array
        return NodeSequence(nodes: nodes, node: node + 1, left: isArray ? nodes[node].count : 0)
    }

    /// The members of an object in text order; nothing for anything else.
    package func members(_ node: Int) -> MemberSequence {
        let isObject = nodes[node].kind == .object
        return MemberSequence(nodes: nodes, node: node + 1, left: isObject ? nodes[node].count : 0)
    }

    /// The value of the member called `name`; nil if there is none or `node` is no object. `"\u0061"` is called `a`.
    package func member(_ name: StaticString, of node: Int, in text: Span<UInt8>) -> Int? {
        for member in members(node) where isString(member.name, equalTo: name, in: text) { return member.value }
        return nil
    }

    /// As above, for a name that is known at run time only.
    package func member(_ name: String, of node: Int, in text: Span<UInt8>) -> Int? {
        for member in members(node) where isString(member.name, equalTo: name, in: text) { return member.value }
        return nil
    }

    /// An exact integer such as `12` or `-3`; nil for a fraction, an exponent (`1e2`), what `Int` cannot hold, and
    /// anything that is no number.
    package func integer(_ node: Int, in text: Span<UInt8>) -> Int? {
        guard nodes[node].kind == .number else { return nil }
        return JSONNumber.integer(nodes[node].bytes, in: text)
    }

    /// The double nearest to the number, ties to even; nil for anything that is no number. Never infinite.
    package func double(_ node: Int, in text: Span<UInt8>) -> Double? {
        guard nodes[node].kind == .number else { return nil }
        return JSONNumber.double(nodes[node].bytes, in: text)
    }
}
