/// A member name while the names of its object are put in order.
struct JSONName {
    /// The first eight bytes, big-endian and zero-padded, each replaced by its rank: where two names differ here, they
    /// stand in the order of these numbers.
    let prefix: UInt64
    let start: UInt32
    let end: UInt32
    let node: UInt32
    let isEscaped: Bool

    static let none = JSONName(prefix: 0, start: 0, end: 0, node: 0, isEscaped: false)
}

extension JSONScanner {
    /// Up to this many names are sorted on the stack; more go into an array.
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
        var names = InlineArray<16, JSONName>(repeating: .none)
        var isOrdered = true
        var node = object + 1
        for last in 0..<count {
            let name = JSONName(tape[node], at: node, in: text)
            node = Int(tape[node + 1].next)
            var place = last
            while place > 0 {
                let order = names[place - 1].compare(to: name, text)
                if order < 0 { break }
                if order == 0 { throw twin(tape[Int(name.node)], text) }
                names[place] = names[place - 1]
                place -= 1
                isOrdered = false
            }
            names[place] = name
        }
        if isOrdered { return true }
        node = object + 1
        for place in 0..<count {
            tape[node].next = names[place].node
            node = Int(tape[node + 1].next)
        }
        return false
    }

    private func orderManyNames(
        of object: Int, in text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>
    ) throws(JSONError) -> Bool {
        var names: [JSONName] = []
        names.reserveCapacity(tape[object].count)
        var isOrdered = true
        var node = object + 1
        for _ in 0..<tape[object].count {
            let name = JSONName(tape[node], at: node, in: text)
            if let last = names.last, last.compare(to: name, text) >= 0 { isOrdered = false }
            names.append(name)
            node = Int(tape[node + 1].next)
        }
        if isOrdered { return true }
        names.sort { left, right in
            let order = left.compare(to: right, text)
            return order < 0 || order == 0 && left.node < right.node
        }
        // Equal names stand side by side. The one to complain about is the first in the text that has been there before.
        var second: UInt32?
        for place in 1..<names.count where names[place - 1].compare(to: names[place], text) == 0 {
            second = min(second ?? .max, names[place].node)
        }
        if let second { throw twin(tape[Int(second)], text) }
        node = object + 1
        for name in names {
            tape[node].next = name.node
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

extension JSONName {
    @inline(__always)
    init(_ name: JSONNode, at node: Int, in text: Span<UInt8>) {
        let content = name.content
        prefix = name.isEscaped ? 0 : Self.prefix(content, text)
        start = UInt32(truncatingIfNeeded: content.lowerBound)
        end = UInt32(truncatingIfNeeded: content.upperBound)
        self.node = UInt32(truncatingIfNeeded: node)
        isEscaped = name.isEscaped
    }

    @inline(__always)
    private static func prefix(_ content: Range<Int>, _ text: Span<UInt8>) -> UInt64 {
        let length = min(8, content.count)
        if length > 0, content.lowerBound + 8 <= text.count {
            // Within bounds by the condition on the line above.
            let word = unsafe text.bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: content.lowerBound, as: UInt64.self)
            let prefix = word.bigEndian & (UInt64.max << UInt64(64 - 8 * length))
            if prefix & 0x8080_8080_8080_8080 == 0 { return prefix }
        }
        var prefix: UInt64 = 0
        for offset in 0..<length { prefix = prefix << 8 | UInt64(utf16Rank(text[content.lowerBound + offset])) }
        return length == 0 ? 0 : prefix << UInt64(64 - 8 * length)
    }

    /// Below, equal to or above zero: the order by UTF-16 code units (RFC 8785, section 3.2.3), after unescaping.
    @inline(__always)
    func compare(to other: JSONName, _ text: Span<UInt8>) -> Int {
        if prefix != other.prefix, !isEscaped, !other.isEscaped { return prefix < other.prefix ? -1 : 1 }
        return compareWhole(to: other, text)
    }

    private func compareWhole(to other: JSONName, _ text: Span<UInt8>) -> Int {
        var (here, there) = (Int(start), Int(other.start))
        if isEscaped || other.isEscaped {
            while here < Int(end), there < Int(other.end) {
                let (a, b) = (JSONEscape.character(text, at: &here), JSONEscape.character(text, at: &there))
                if a != b { return Int(utf16Rank(scalar: a)) - Int(utf16Rank(scalar: b)) }
            }
        } else {
            while here < Int(end), there < Int(other.end) {
                let (a, b) = (text[here], text[there])
                if a != b { return Int(utf16Rank(a)) - Int(utf16Rank(b)) }
                here += 1
                there += 1
            }
        }
        return (Int(end) - here) - (Int(other.end) - there)
    }
}

/// The order of UTF-8 is that of UTF-16 but for one thing: characters above U+FFFF (lead bytes F0 to F4) come before
/// U+E000 to U+FFFF (EE and EF), because they begin with a surrogate.
private func utf16Rank(_ byte: UInt8) -> UInt8 { byte == 0xEE || byte == 0xEF ? byte + 0x10 : byte }

private func utf16Rank(scalar: UInt32) -> UInt32 { 0xE000...0xFFFF ~= scalar ? scalar + 0x20_0000 : scalar }
