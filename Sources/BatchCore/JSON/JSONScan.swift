extension JSONTape {
    /// Where a scan stands.
    private struct Cursor {
        /// The next byte of the text.
        var at = 0
        /// The innermost open container, -1 outside of all.
        var open = -1
        var depth = 0
        /// Offset of the last byte that is not as RFC 8785 wants it. A container is canonical if it begins after it.
        var deviation = -1
    }

    /// Scans exactly one JSON text; white space may stand around it. Refuses what follows it, a byte order mark, invalid
    /// UTF-8, lone surrogates, control characters in strings, a name that stands twice in one object (compared after
    /// unescaping), numbers that a double cannot hold (`1e400`), nesting above `depthLimit`, and more than 256 MiB.
    ///
    /// - Throws: the first fault in the text. The tape is empty then.
    package mutating func scan(_ text: Span<UInt8>) throws(JSONError) {
        nodes.removeAll(keepingCapacity: true)
        do throws(JSONError) {
            guard text.count <= JSONNode.textLimitBytes else {
                throw JSONError(offset: JSONNode.textLimitBytes, reason: "the text is longer than 256 MiB")
            }
            var cursor = Cursor()
            try scanValues(text, &cursor)
            skipSpace(text, &cursor)
            guard cursor.at == text.count else {
                throw JSONError(offset: cursor.at, reason: "something follows the end of the JSON text")
            }
        } catch {
            nodes.removeAll(keepingCapacity: true)
            throw error
        }
    }

    /// One round for each value: open a container or take a scalar, then close what ends there. No recursion: the chain
    /// of open containers lies on the tape itself (`JSONNode.next`).
    private mutating func scanValues(_ text: Span<UInt8>, _ cursor: inout Cursor) throws(JSONError) {
        repeat {
            skipSpace(text, &cursor)
            if cursor.open >= 0 {
                nodes[cursor.open].countOneMore()
                if nodes[cursor.open].kind == .object { try scanName(text, &cursor) }
            }
            guard cursor.at < text.count else { throw endOfText(text) }
            switch text[cursor.at] {
            case UInt8(ascii: "{"):
                guard try open(.object, closedBy: UInt8(ascii: "}"), text, &cursor) else { continue }
            case UInt8(ascii: "["):
                guard try open(.array, closedBy: UInt8(ascii: "]"), text, &cursor) else { continue }
            default: try scanScalar(text, &cursor)
            }
            try closeContainers(text, &cursor)
        } while cursor.open >= 0
    }

    private mutating func scanScalar(_ text: Span<UInt8>, _ cursor: inout Cursor) throws(JSONError) {
        let start = cursor.at
        switch text[start] {
        case UInt8(ascii: "\""): cursor.at = try scanString(text, from: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): cursor.at = try scanNumber(text, from: start)
        case UInt8(ascii: "t"): cursor.at = try scanLiteral("true", .true, text, from: start)
        case UInt8(ascii: "f"): cursor.at = try scanLiteral("false", .false, text, from: start)
        case UInt8(ascii: "n"): cursor.at = try scanLiteral("null", .null, text, from: start)
        case 0xEF where start == 0:
            throw JSONError(
                offset: start, reason: "the text begins with a byte order mark or another character outside a string")
        default: throw JSONError(offset: start, reason: "a JSON value should stand here")
        }
        if !nodes[nodes.count - 1].isCanonical { cursor.deviation = start }
    }

    private mutating func scanName(_ text: Span<UInt8>, _ cursor: inout Cursor) throws(JSONError) {
        guard cursor.at < text.count else { throw endOfText(text) }
        guard text[cursor.at] == UInt8(ascii: "\"") else {
            throw JSONError(offset: cursor.at, reason: "a member name in quotes should stand here")
        }
        let start = cursor.at
        cursor.at = try scanString(text, from: start)
        if !nodes[nodes.count - 1].isCanonical { cursor.deviation = start }
        skipSpace(text, &cursor)
        guard cursor.at < text.count else { throw endOfText(text) }
        guard text[cursor.at] == UInt8(ascii: ":") else {
            throw JSONError(offset: cursor.at, reason: "a colon should follow the member name")
        }
        cursor.at += 1
        skipSpace(text, &cursor)
    }

    private mutating func scanLiteral(
        _ word: StaticString, _ kind: Kind, _ text: Span<UInt8>, from start: Int
    ) throws(JSONError) -> Int {
        let end = start + word.utf8CodeUnitCount
        guard end <= text.count, equal(start..<end, in: text, to: word) else {
            throw JSONError(offset: start, reason: "a JSON value should stand here")
        }
        nodes.append(JSONNode(kind: kind, start: start, end: end, next: nodes.count + 1, isCanonical: true))
        return end
    }

    /// - Returns: whether the container is empty and so complete but for its closing bracket.
    private mutating func open(
        _ kind: Kind, closedBy bracket: UInt8, _ text: Span<UInt8>, _ cursor: inout Cursor
    ) throws(JSONError) -> Bool {
        guard cursor.depth < Self.depthLimit else {
            throw JSONError(offset: cursor.at, reason: "more than \(Self.depthLimit) containers within each other")
        }
        let outer = cursor.open
        cursor.depth += 1
        cursor.open = nodes.count
        nodes.append(JSONNode(kind: kind, start: cursor.at, end: cursor.at, next: outer, isCanonical: false))
        cursor.at += 1
        skipSpace(text, &cursor)
        return cursor.at < text.count && text[cursor.at] == bracket
    }

    /// After a value: a comma ends the round, closing brackets close.
    private mutating func closeContainers(_ text: Span<UInt8>, _ cursor: inout Cursor) throws(JSONError) {
        while cursor.open >= 0 {
            skipSpace(text, &cursor)
            guard cursor.at < text.count else { throw endOfText(text) }
            let isObject = nodes[cursor.open].kind == .object
            switch text[cursor.at] {
            case UInt8(ascii: ","):
                cursor.at += 1
                return
            case UInt8(ascii: "}") where isObject:
                try orderNames(of: cursor.open, in: text)
                if !nodes[cursor.open].isOrdered { cursor.deviation = Int(nodes[cursor.open].start) }
                close(&cursor)
            case UInt8(ascii: "]") where !isObject: close(&cursor)
            default:
                let bracket = isObject ? "}" : "]"
                throw JSONError(offset: cursor.at, reason: "a comma or \(bracket) should follow the value")
            }
        }
    }

    private mutating func close(_ cursor: inout Cursor) {
        cursor.at += 1
        cursor.depth -= 1
        let node = cursor.open
        cursor.open = Int(Int32(bitPattern: nodes[node].next))
        nodes[node].end = UInt32(truncatingIfNeeded: cursor.at)
        nodes[node].next = UInt32(truncatingIfNeeded: nodes.count)
        nodes[node].isCanonical = cursor.deviation < Int(nodes[node].start)
    }

    @inline(__always)
    private func skipSpace(_ text: Span<UInt8>, _ cursor: inout Cursor) {
        while cursor.at < text.count, text[cursor.at] <= 0x20 {
            switch text[cursor.at] {
            case 0x20, 0x0A, 0x0D, 0x09:
                cursor.deviation = cursor.at
                cursor.at += 1
            default: return
            }
        }
    }

    private func endOfText(_ text: Span<UInt8>) -> JSONError {
        JSONError(offset: text.count, reason: nodes.isEmpty ? "the text is empty" : "the text ends too early")
    }
}
