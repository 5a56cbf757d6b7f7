/// One JSON text, validated in a single pass and laid out flat. Made to be used again for line after line: it keeps its
/// capacity, and no String or Array is made for a token.
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

    /// Longer than `used`: what stands behind is left from earlier texts.
    var nodes: [JSONNode] = []
    private(set) var used = 0
    /// Numbers whose canonical form may be longer than their text.
    private(set) var reformedNumbers = 0

    private static let firstCapacity = 64

    package init() {}

    /// Scans exactly one JSON text; white space may stand around it. Refuses what follows it, a byte order mark,
    /// invalid UTF-8, lone surrogates, control characters in strings, a name that stands twice in one object (compared
    /// after unescaping), numbers that a double cannot hold (`1e400`), nesting above `depthLimit`, and more than 256
    /// MiB.
    ///
    /// - Throws: the first fault in the text. The tape is empty then.
    package mutating func scan(_ text: Span<UInt8>) throws(JSONError) {
        used = 0
        guard text.count <= JSONNode.textLimitBytes else {
            throw JSONError(offset: JSONNode.textLimitBytes, reason: "the text is longer than 256 MiB")
        }
        if text.count >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF {
            throw JSONError(offset: 0, reason: "the text begins with a byte order mark")
        }
        var scanner = JSONScanner()
        var isComplete = false
        while !isComplete {
            makeRoom(for: scanner.used + 2)
            var tape = nodes.mutableSpan
            isComplete = try scanner.run(text, &tape)
        }
        take(used: scanner.used, reformedNumbers: scanner.reformedNumbers)
    }

    mutating func makeRoom(for count: Int) {
        if count <= nodes.count { return }
        let added = max(Self.firstCapacity, nodes.count, count - nodes.count)
        nodes.append(contentsOf: repeatElement(.blank, count: added))
    }

    /// What stands in `nodes` is a whole text.
    mutating func take(used: Int, reformedNumbers: Int) {
        self.used = used
        self.reformedNumbers = reformedNumbers
    }

    /// How many containers stand within each other at the deepest place: 0 for a lone string, 1 for `[]`.
    package var depth: Int {
        var ends: [Int] = []
        var deepest = 0
        for node in nodes[..<used] where node.kind == .array || node.kind == .object {
            while let end = ends.last, end <= node.bytes.lowerBound { ends.removeLast() }
            ends.append(node.bytes.upperBound)
            deepest = max(deepest, ends.count)
        }
        return deepest
    }

    @inline(__always)
    subscript(node: Int) -> JSONNode {
        precondition(node < used, "no node of the text that was scanned last")
        return nodes[node]
    }

    @inline(__always)
    package func kind(_ node: Int) -> Kind { self[node].kind }

    /// Values and names of the whole text.
    var nodeCount: Int { used }

    /// The whole value in the text, quotes and brackets included.
    @inline(__always)
    package func bytes(_ node: Int) -> Range<Int> { self[node].bytes }

    /// Elements of an array or members of an object; 0 for anything else.
    @inline(__always)
    package func count(_ node: Int) -> Int { self[node].count }

    /// The elements of an array in text order; nothing for anything else.
    package func elements(_ node: Int) -> NodeSequence {
        NodeSequence(nodes: nodes, node: node + 1, left: self[node].kind == .array ? self[node].count : 0)
    }

    /// The members of an object in text order; nothing for anything else.
    package func members(_ node: Int) -> MemberSequence {
        MemberSequence(nodes: nodes, node: node + 1, left: self[node].kind == .object ? self[node].count : 0)
    }

    /// The members of an object in text order; nothing for anything else.
    /// - Parameter take: gets where the name stands, its escapes undone, the text it stands in, and the value's node.
    @inline(__always)
    func forEachMember(of node: Int, in text: Span<UInt8>, _ take: (Range<Int>, Span<UInt8>, Int) -> Void) {
        guard self[node].kind == .object else { return }
        var name = node + 1
        for _ in 0..<self[node].count {
            if self[name].isEscaped {
                var bytes: [UInt8] = []
                appendString(name, in: text, to: &bytes)
                take(bytes.indices, bytes.span, name + 1)
            } else {
                take(self[name].content, text, name + 1)
            }
            name = Int(self[name + 1].next)
        }
    }

    /// The value of the member called `name`; nil if there is none or `node` is no object. `"\u0061"` is called `a`.
    package func member(_ name: StaticString, of node: Int, in text: Span<UInt8>) -> Int? {
        guard self[node].kind == .object else { return nil }
        var at = node + 1
        for _ in 0..<self[node].count {
            if isString(at, equalTo: name, in: text) { return at + 1 }
            at = Int(self[at + 1].next)
        }
        return nil
    }

    /// As above, for a name that is known at run time only.
    package func member(named name: String, of node: Int, in text: Span<UInt8>) -> Int? {
        for member in members(node) where isString(member.name, equalTo: name, in: text) { return member.value }
        return nil
    }

    /// An exact integer such as `12` or `-3`; nil for a fraction, an exponent (`1e2`), what `Int` cannot hold, and
    /// anything that is no number.
    package func integer(_ node: Int, in text: Span<UInt8>) -> Int? {
        self[node].kind == .number ? JSONNumber.integer(self[node].bytes, in: text) : nil
    }

    /// The double nearest to the number, ties to even; nil for anything that is no number. Never infinite.
    package func double(_ node: Int, in text: Span<UInt8>) -> Double? {
        self[node].kind == .number ? JSONNumber.double(self[node].bytes, in: text) : nil
    }
}
