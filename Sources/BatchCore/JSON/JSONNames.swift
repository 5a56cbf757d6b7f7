extension JSONTape {
    /// Up to this many names are sorted where they stand, without a closure call for each comparison.
    private static let insertionLimit = 16

    /// At the end of an object: refuses a name that stands twice, and settles the order in which RFC 8785 writes the
    /// members. Names that stand in order already cost one comparison each and nothing else.
    mutating func orderNames(of object: Int, in text: Span<UInt8>) throws(JSONError) {
        var name = object + 1
        for _ in 1..<max(1, nodes[object].count) {
            let following = Int(nodes[name + 1].next)
            guard compareNames(nodes[name], nodes[following], text) < 0 else {
                return try sortNames(of: object, in: text)
            }
            name = following
        }
        nodes[object].isOrdered = true
    }

    private mutating func sortNames(of object: Int, in text: Span<UInt8>) throws(JSONError) {
        sorting.removeAll(keepingCapacity: true)
        for member in members(object) { sorting.append(UInt32(member.name)) }
        if sorting.count <= Self.insertionLimit {
            for last in 1..<sorting.count {
                let name = sorting[last]
                var place = last
                while place > 0, compareNames(nodes[Int(sorting[place - 1])], nodes[Int(name)], text) > 0 {
                    sorting[place] = sorting[place - 1]
                    place -= 1
                }
                sorting[place] = name
            }
        } else {
            let nodes = nodes
            sorting.sort { compareNames(nodes[Int($0)], nodes[Int($1)], text) < 0 }
        }
        try refuseTwins(text)
        var place = object + 1
        for name in sorting {
            nodes[place].next = name
            place = Int(nodes[place + 1].next)
        }
    }

    /// Names that are equal stand next to each other in `sorting`. The one to complain about is the first in the text
    /// that has been there before.
    private func refuseTwins(_ text: Span<UInt8>) throws(JSONError) {
        var second: Int?
        for place in 1..<sorting.count {
            let (left, right) = (Int(sorting[place - 1]), Int(sorting[place]))
            guard compareNames(nodes[left], nodes[right], text) == 0 else { continue }
            second = min(second ?? .max, max(left, right))
        }
        guard let second else { return }
        let name = string(second, in: text) ?? ""
        throw JSONError(
            offset: Int(nodes[second].start), reason: "the member name \(JSONWriter.quoted(name)) stands twice")
    }
}

/// Below, equal to or above zero: the order of two names by UTF-16 code units (RFC 8785, section 3.2.3), after unescaping.
private func compareNames(_ left: JSONNode, _ right: JSONNode, _ text: Span<UInt8>) -> Int {
    if left.isEscaped || right.isEscaped { return compareEscapedNames(left, right, text) }
    let (one, other) = (left.content, right.content)
    for offset in 0..<min(one.count, other.count) {
        let (a, b) = (text[one.lowerBound + offset], text[other.lowerBound + offset])
        if a != b { return Int(utf16Rank(leadByte: a)) - Int(utf16Rank(leadByte: b)) }
    }
    return one.count - other.count
}

/// The order of UTF-8 is that of UTF-16 but for one thing: characters above U+FFFF (lead bytes F0 to F4) come before
/// U+E000 to U+FFFF (EE and EF), because they begin with a surrogate.
private func utf16Rank(leadByte byte: UInt8) -> UInt8 { byte == 0xEE || byte == 0xEF ? byte + 0x10 : byte }

private func compareEscapedNames(_ left: JSONNode, _ right: JSONNode, _ text: Span<UInt8>) -> Int {
    var (one, other) = (left.content.lowerBound, right.content.lowerBound)
    while one < left.content.upperBound, other < right.content.upperBound {
        let (a, b) = (JSONEscape.character(text, at: &one), JSONEscape.character(text, at: &other))
        if a != b { return Int(utf16Rank(scalar: a)) - Int(utf16Rank(scalar: b)) }
    }
    return (left.content.upperBound - one) - (right.content.upperBound - other)
}

private func utf16Rank(scalar: UInt32) -> UInt32 { 0xE000...0xFFFF ~= scalar ? scalar + 0x20_0000 : scalar }
