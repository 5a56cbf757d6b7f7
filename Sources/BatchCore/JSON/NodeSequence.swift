/// The elements of an array on a tape, in text order. Shares the tape's storage: nothing is allocated, and a scan that
/// comes while a sequence is alive copies the tape.
package struct NodeSequence: Sequence, IteratorProtocol {
    let nodes: [JSONNode]
    var node: Int
    var left: Int

    package mutating func next() -> Int? {
        guard left > 0 else { return nil }
        left -= 1
        defer { node = Int(nodes[node].next) }
        return node
    }
}

/// The members of an object on a tape, in text order. Shares the tape's storage like `NodeSequence`.
package struct MemberSequence: Sequence, IteratorProtocol {
    let nodes: [JSONNode]
    var node: Int
    var left: Int

    package mutating func next() -> (name: Int, value: Int)? {
        guard left > 0 else { return nil }
        left -= 1
        defer { node = Int(nodes[node + 1].next) }
        return (node, node + 1)
    }
}
