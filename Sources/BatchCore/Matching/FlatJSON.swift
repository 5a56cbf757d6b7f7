import CMatching

/// A value of a tape as C reads it: its nodes, and its strings with their escapes undone. Keeps its capacity.
struct FlatJSON: Sendable {
    private(set) var nodes: [CJSONNode] = []
    private var bytes: [UInt8] = []

    mutating func fill(_ root: Int, of tape: JSONTape, in text: Span<UInt8>) {
        nodes.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        // Nodes stand in text order: what a value holds is what stands between it and the next.
        let end = root == JSONTape.root ? tape.nodeCount : Int(tape[root].next)
        for node in root..<end { append(node, from: root, of: tape, in: text) }
    }

    /// The strings as C takes them; nil: there are none.
    func withStrings<Value>(_ use: (UnsafePointer<CChar>?, Int) -> Value) -> Value {
        bytes.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { use($0.baseAddress, $0.count) }
        }
    }

    private mutating func append(_ node: Int, from root: Int, of tape: JSONTape, in text: Span<UInt8>) {
        var flat = CJSONNode()
        flat.count = UInt32(tape.count(node))
        flat.next = UInt32(truncatingIfNeeded: Int(tape[node].next) - root)
        switch tape.kind(node) {
        case .null: flat.kind = UInt8(CJSONNull.rawValue)
        case .false: flat.kind = UInt8(CJSONFalse.rawValue)
        case .true: flat.kind = UInt8(CJSONTrue.rawValue)
        case .number:
            // Drafts from 6 on take 1.0 for an integer.
            let number = tape.double(node, in: text) ?? 0
            let integer = tape.integer(node, in: text) ?? Int(exactly: number)
            flat.kind = UInt8(integer == nil ? CJSONNumber.rawValue : CJSONInteger.rawValue)
            flat.integer = Int64(integer ?? 0)
            flat.number = number
        case .string:
            flat.kind = UInt8(CJSONString.rawValue)
            flat.start = UInt32(truncatingIfNeeded: bytes.count)
            tape.appendString(node, in: text, to: &bytes)
            flat.length = UInt32(truncatingIfNeeded: bytes.count) - flat.start
        case .array: flat.kind = UInt8(CJSONArray.rawValue)
        case .object: flat.kind = UInt8(CJSONObject.rawValue)
        }
        nodes.append(flat)
    }
}
