extension JSONScanner {
    /// Up to this many names are sorted on the stack, in place and by their prefixes; more go into an array.
    private static let stackLimit = 16

    /// At the end of an object: refuses a name that stands twice, and settles the order in which RFC 8785 writes the
    /// members, which it notes in the names' nodes (`JSONNode.next`) if it is not that of the text.
    /// - Returns: whether the names stand in order already.
    mutating func orderNames(
        of object: Int, in text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>
    ) throws(JSONError) -> Bool {
        let count = tape[object].count
        if count < 2 { return true }
        if count > Self.stackLimit { return try orderManyNames(of: object, in: text, &tape) }
        var prefixes = InlineArray<16, UInt64>(repeating: 0)
        var names = InlineArray<16, UInt32>(repeating: 0)
        var isOrdered = true
        var node = object + 1
        for last in 0..<count {
            let name = tape[node]
            if name.isEscaped { return try orderManyNames(of: object, in: text, &tape) }
            let prefix = JSONName.prefix(name.content, text)
            var place = last
            while place > 0, prefixes[place - 1] >= prefix {
                if prefixes[place - 1] == prefix {
                    let order = JSONName(tape[Int(names[place - 1])]).compareWhole(to: JSONName(name), text)
                    if order < 0 { break }
                    if order == 0 { throw twin(name, text) }
                }
                prefixes[place] = prefixes[place - 1]
                names[place] = names[place - 1]
                place -= 1
                isOrdered = false
            }
            prefixes[place] = prefix
            names[place] = UInt32(truncatingIfNeeded: node)
            node = Int(tape[node + 1].next)
        }
        if isOrdered { return true }
        node = object + 1
        for place in 0..<count {
            tape[node].next = names[place]
            node = Int(tape[node + 1].next)
        }
        return false
    }

    private func orderManyNames(
        of object: Int, in text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>
    ) throws(JSONError) -> Bool {
        var names: [(name: JSONName, node: Int)] = []
        names.reserveCapacity(tape[object].count)
        var isOrdered = true
        var node = object + 1
        for _ in 0..<tape[object].count {
            let name = JSONName(tape[node])
            if let last = names.last, last.name.compareWhole(to: name, text) >= 0 { isOrdered = false }
            names.append((name, node))
            node = Int(tape[node + 1].next)
        }
        if isOrdered { return true }
        names.sort { left, right in
            let order = left.name.compareWhole(to: right.name, text)
            return order < 0 || order == 0 && left.node < right.node
        }
        // Equal names stand side by side. The one to complain about is the first in the text that has been there
        // before.
        var second: Int?
        for place in 1..<names.count where names[place - 1].name.compareWhole(to: names[place].name, text) == 0 {
            second = min(second ?? .max, names[place].node)
        }
        if let second { throw twin(tape[second], text) }
        node = object + 1
        for name in names {
            tape[node].next = UInt32(truncatingIfNeeded: name.node)
            node = Int(tape[node + 1].next)
        }
        return false
    }

    private func twin(_ name: JSONNode, _ text: Span<UInt8>) -> JSONError {
        var bytes: [UInt8] = []
        bytes.append(copying: name.bytes, of: text)
        let quoted = String(decoding: bytes, as: UTF8.self)
        return JSONError(offset: Int(name.start), reason: "the member name \(quoted) stands twice in one object")
    }
}
