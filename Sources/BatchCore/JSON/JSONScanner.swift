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
            switch peek(text) {
            case UInt8(ascii: "\""): try scanString(text, &tape)
            case UInt8(ascii: "{"):
                guard try openContainer(.object, closedBy: UInt8(ascii: "}"), text, &tape) else { continue }
            case UInt8(ascii: "["):
                guard try openContainer(.array, closedBy: UInt8(ascii: "]"), text, &tape) else { continue }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanNumber(text, &tape)
            case UInt8(ascii: "t"): try scanLiteral("true", .true, text, &tape)
            case UInt8(ascii: "f"): try scanLiteral("false", .false, text, &tape)
            case UInt8(ascii: "n"): try scanLiteral("null", .null, text, &tape)
            default: throw expected("a JSON value should stand here", text)
            }
            try closeContainers(text, &tape)
        } while open >= 0
        skipSpace(text)
        guard at == text.count else { throw expected("something follows the end of the JSON text", text) }
        return true
    }

    private mutating func scanName(_ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>) throws(JSONError) {
        guard peek(text) == UInt8(ascii: "\"") else {
            throw expected("a member name in quotes should stand here", text)
        }
        try scanString(text, &tape)
        skipSpace(text)
        guard peek(text) == UInt8(ascii: ":") else { throw expected("a colon should follow the member name", text) }
        at &+= 1
        skipSpace(text)
    }

    private mutating func scanLiteral(
        _ word: StaticString, _ kind: JSONTape.Kind, _ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>
    ) throws(JSONError) {
        let (start, end) = (at, at + word.utf8CodeUnitCount)
        guard end <= text.count, equal(start..<end, in: text, to: word) else {
            throw expected("a JSON value should stand here", text)
        }
        at = end
        write(JSONNode(kind: kind, start: start, end: end, next: used &+ 1, isCanonical: true), &tape)
    }

    /// A complete value or name.
    @inline(__always)
    mutating func write(_ node: JSONNode, _ tape: inout MutableSpan<JSONNode>) {
        tape[used] = node
        used &+= 1
        if !node.isCanonical { deviation = Int(node.start) }
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
        used &+= 1
        depth += 1
        at &+= 1
        skipSpace(text)
        return peek(text) == bracket
    }

    /// After a value: a comma ends the round, closing brackets close.
    @inline(__always)
    private mutating func closeContainers(_ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>) throws(JSONError) {
        while open >= 0 {
            skipSpace(text)
            let byte = peek(text)
            if byte == UInt8(ascii: ",") {
                at &+= 1
                return
            }
            let isObject = tape[open].kind == .object
            guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw expected("a comma or \(isObject ? "}" : "]") should follow the value", text)
            }
            if isObject {
                let isOrdered = try orderNames(of: open, in: text, &tape)
                tape[open].isOrdered = isOrdered
                if !isOrdered { deviation = Int(tape[open].start) }
            }
            at &+= 1
            depth -= 1
            let node = open
            open = tape[node].outer
            tape[node].close(end: at, next: used, isCanonical: deviation < Int(tape[node].start))
        }
    }

    /// The next byte; 0, which begins and ends nothing in JSON, at the end of the text.
    @inline(__always)
    func peek(_ text: Span<UInt8>) -> UInt8 {
        // `at` begins at 0 and only grows, so the condition is the whole check.
        at < text.count ? unsafe text[unchecked: at] : 0
    }

    @inline(__always)
    mutating func skipSpace(_ text: Span<UInt8>) {
        while true {
            let byte = peek(text)
            if byte > 0x20 { return }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            deviation = at
            at &+= 1
        }
    }

    /// The fault at `at`: what should be there, or that nothing is there any more.
    private func expected(_ reason: @autoclosure () -> String, _ text: Span<UInt8>) -> JSONError {
        guard at == text.count else { return JSONError(offset: at, reason: reason()) }
        return JSONError(offset: at, reason: used == 0 ? "the text is empty" : "the text ends too early")
    }
}
