/// The one pass over a text. It writes nodes into a tape of a given size, and stops between two values when the tape is
/// full: whoever calls gives it a longer one and calls again.
struct JSONScanner {
    /// The next byte of the text.
    var at = 0
    /// Nodes written so far.
    var used = 0
    /// The innermost open container, -1 outside of all. No recursion: the chain of open containers lies on the tape
    /// itself (`JSONNode.next`).
    private var open = -1
    private var depth = 0
    /// Offset of the last byte that is not as RFC 8785 wants it. A container is canonical if it begins after it.
    var deviation = -1
    /// Numbers whose canonical form may be longer than their text.
    var reformedNumbers = 0

    /// A round writes a name and a value.
    private static let nodesARound = 2

    /// One round for each value: open a container or take a scalar, then close what ends there.
    /// - Returns: whether the text is complete; if not, the tape is full.
    mutating func run(_ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>) throws(JSONError) -> Bool {
        repeat {
            guard used + Self.nodesARound <= tape.count else { return false }
            skipSpace(text)
            if open >= 0 {
                tape[open].countOneMore()
                if tape[open].kind == .object { try scanName(text, &tape) }
            }
            guard at < text.count else { throw endOfText(text) }
            switch text[at] {
            case UInt8(ascii: "{"):
                guard try openContainer(.object, closedBy: UInt8(ascii: "}"), text, &tape) else { continue }
            case UInt8(ascii: "["):
                guard try openContainer(.array, closedBy: UInt8(ascii: "]"), text, &tape) else { continue }
            default: try scanScalar(text, &tape)
            }
            try closeContainers(text, &tape)
        } while open >= 0
        skipSpace(text)
        guard at == text.count else {
            throw JSONError(offset: at, reason: "something follows the end of the JSON text")
        }
        return true
    }

    private mutating func scanScalar(_ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>) throws(JSONError) {
        switch text[at] {
        case UInt8(ascii: "\""): try scanString(text, &tape)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanNumber(text, &tape)
        case UInt8(ascii: "t"): try scanLiteral("true", .true, text, &tape)
        case UInt8(ascii: "f"): try scanLiteral("false", .false, text, &tape)
        case UInt8(ascii: "n"): try scanLiteral("null", .null, text, &tape)
        default: throw noValue()
        }
    }

    private mutating func scanName(_ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>) throws(JSONError) {
        guard at < text.count else { throw endOfText(text) }
        guard text[at] == UInt8(ascii: "\"") else {
            throw JSONError(offset: at, reason: "a member name in quotes should stand here")
        }
        try scanString(text, &tape)
        skipSpace(text)
        guard at < text.count else { throw endOfText(text) }
        guard text[at] == UInt8(ascii: ":") else {
            throw JSONError(offset: at, reason: "a colon should follow the member name")
        }
        at += 1
        skipSpace(text)
    }

    private mutating func scanLiteral(
        _ word: StaticString, _ kind: JSONTape.Kind, _ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>
    ) throws(JSONError) {
        let end = at + word.utf8CodeUnitCount
        guard end <= text.count, equal(at..<end, in: text, to: word) else { throw noValue() }
        tape[used] = JSONNode(kind: kind, start: at, end: end, next: used + 1, isCanonical: true)
        used += 1
        at = end
    }

    /// - Returns: whether the container is empty and so complete but for its closing bracket.
    private mutating func openContainer(
        _ kind: JSONTape.Kind, closedBy bracket: UInt8, _ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>
    ) throws(JSONError) -> Bool {
        guard depth < JSONTape.depthLimit else {
            throw JSONError(offset: at, reason: "more than \(JSONTape.depthLimit) containers within each other")
        }
        tape[used] = JSONNode(kind: kind, start: at, end: at, next: open, isCanonical: false)
        open = used
        used += 1
        depth += 1
        at += 1
        skipSpace(text)
        return at < text.count && text[at] == bracket
    }

    /// After a value: a comma ends the round, closing brackets close.
    private mutating func closeContainers(_ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>) throws(JSONError) {
        while open >= 0 {
            skipSpace(text)
            guard at < text.count else { throw endOfText(text) }
            let isObject = tape[open].kind == .object
            switch text[at] {
            case UInt8(ascii: ","):
                at += 1
                return
            case UInt8(ascii: "}") where isObject:
                if try orderNames(of: open, in: text, &tape) {
                    tape[open].isOrdered = true
                } else {
                    deviation = Int(tape[open].start)
                }
                closeContainer(&tape)
            case UInt8(ascii: "]") where !isObject: closeContainer(&tape)
            default:
                throw JSONError(offset: at, reason: "a comma or \(isObject ? "}" : "]") should follow the value")
            }
        }
    }

    private mutating func closeContainer(_ tape: inout MutableSpan<JSONNode>) {
        at += 1
        depth -= 1
        let node = open
        open = tape[node].outer
        tape[node].close(end: at, next: used, isCanonical: deviation < Int(tape[node].start))
    }

    @inline(__always)
    mutating func skipSpace(_ text: Span<UInt8>) {
        while at < text.count, text[at] <= 0x20 {
            switch text[at] {
            case 0x20, 0x0A, 0x0D, 0x09:
                deviation = at
                at += 1
            default: return
            }
        }
    }

    private func noValue() -> JSONError { JSONError(offset: at, reason: "a JSON value should stand here") }

    private func endOfText(_ text: Span<UInt8>) -> JSONError {
        JSONError(offset: text.count, reason: used == 0 ? "the text is empty" : "the text ends too early")
    }
}
