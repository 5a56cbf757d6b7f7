/// What a text is beside those of its strings and numbers that vary. The lines of a file were mostly written by one
/// program and differ in little else: a text with the same skeleton has the same nodes at other offsets, and no name,
/// bracket or space in it needs to be understood again.
///
/// It never decides alone: what varies is read by the scanner, all other bytes are compared with those of a text that
/// was scanned, and where anything differs the text is scanned from its beginning.
struct JSONSkeleton: Sendable {
    /// A string or number that has been another one in another text.
    private struct Varying {
        let place: Int
        let node: JSONNode
    }

    /// Any other node, and how many varying ones stand before each of its ends: they move it.
    private struct Fixed {
        let node: JSONNode
        let place: UInt32
        let varyingBeforeStart: UInt32
        let varyingBeforeEnd: UInt32
    }

    /// The text that was learned, and its tape.
    private var bytes: [UInt8] = []
    private var nodes: [JSONNode] = []
    /// Of each node: it is a string or a number, and no member name.
    private var isValue: [Bool] = []
    /// Of each node: it is a value that was another one in a text with this skeleton.
    private var hasVaried: [Bool] = []

    private var varying: [Varying] = []
    private var fixed: [Fixed] = []
    /// Numbers that do not vary and are not canonical.
    private var reformedNumbers = 0
    /// How far the bytes behind each varying node have moved, from the known text to another.
    private var moves: [Int] = []
    /// Another number whenever what is known is another text, or more of it varies.
    private(set) var version = 0

    /// The larger ones are rare, and would keep more memory than they save time.
    private static let nodesLimit = 1024
    private static let bytesLimit = 1 << 16

    /// Becomes the skeleton of the text that is on the tape, of which nothing is known to vary.
    /// - Returns: false where it is too large to be kept; then it is the skeleton of no text.
    mutating func learn(_ text: Span<UInt8>, on tape: JSONTape) -> Bool {
        version += 1
        bytes.removeAll(keepingCapacity: true)
        nodes.removeAll(keepingCapacity: true)
        guard tape.used <= Self.nodesLimit, text.count <= Self.bytesLimit else { return false }
        bytes.append(copying: 0..<text.count, of: text)
        nodes += tape.nodes[..<tape.used]
        isValue.removeAll(keepingCapacity: true)
        isValue += nodes.lazy.map { $0.kind == .string || $0.kind == .number }
        for place in nodes.indices {
            for member in tape.members(place) { isValue[member.name] = false }
        }
        hasVaried.removeAll(keepingCapacity: true)
        hasVaried += repeatElement(false, count: nodes.count)
        part(by: hasVaried)
        return true
    }

    /// Is the value at that node the same in all texts of this version?
    func isConstant(_ node: Int) -> Bool { !hasVaried[node] }

    /// Lays the text out on the tape if it has this skeleton; else the tape holds nothing of use.
    mutating func lay(_ text: Span<UInt8>, on tape: inout JSONTape) -> Bool {
        guard !nodes.isEmpty, text.count <= JSONNode.textLimitBytes else { return false }
        if layParted(text, on: &tape) { return true }
        // Perhaps what was the same so far is another one here.
        part(by: isValue)
        let hasSkeleton = layParted(text, on: &tape)
        if hasSkeleton {
            version += 1
            for item in varying
            where !equal(tape[item.place].bytes, in: text, to: bytes.span.extracting(item.node.bytes)) {
                hasVaried[item.place] = true
            }
        }
        part(by: hasVaried)
        return hasSkeleton
    }

    private mutating func part(by varies: [Bool]) {
        varying.removeAll(keepingCapacity: true)
        fixed.removeAll(keepingCapacity: true)
        reformedNumbers = 0
        var before: [UInt32] = []
        before.reserveCapacity(nodes.count + 1)
        for place in nodes.indices {
            before.append(UInt32(varying.count))
            if varies[place] { varying.append(Varying(place: place, node: nodes[place])) }
        }
        before.append(UInt32(varying.count))
        for place in nodes.indices where !varies[place] {
            let node = nodes[place]
            let isContainer = node.kind == .array || node.kind == .object
            fixed.append(
                Fixed(
                    node: node, place: UInt32(place), varyingBeforeStart: before[place],
                    varyingBeforeEnd: before[isContainer ? Int(node.next) : place]))
            if node.kind == .number, !node.isCanonical { reformedNumbers += 1 }
        }
        moves.removeAll(keepingCapacity: true)
        moves += repeatElement(0, count: varying.count + 1)
    }

    private mutating func layParted(_ text: Span<UInt8>, on tape: inout JSONTape) -> Bool {
        tape.makeRoom(for: nodes.count)
        var scanner = JSONScanner()
        var laid = tape.nodes.mutableSpan
        var compared = 0
        for index in varying.indices {
            let value = varying[index]
            guard isNext(compared..<Int(value.node.start), in: text, &scanner) else { return false }
            scanner.used = value.place
            guard scanner.scanValue(isString: value.node.kind == .string, text, &laid) else { return false }
            compared = Int(value.node.end)
            moves[index + 1] = scanner.at - compared
        }
        guard isNext(compared..<bytes.count, in: text, &scanner), scanner.at == text.count else { return false }
        // A container is known to be canonical where it was and all that varies is.
        let isCanonical = scanner.deviation < 0
        for item in fixed {
            let (start, end) = (moves[Int(item.varyingBeforeStart)], moves[Int(item.varyingBeforeEnd)])
            laid[Int(item.place)] = item.node.moved(start: start, end: end, isCanonical: isCanonical)
        }
        tape.take(used: nodes.count, reformedNumbers: reformedNumbers + scanner.reformedNumbers)
        return true
    }

    /// Whether the text goes on as that part of the known one; if so, it is passed.
    @inline(__always)
    private func isNext(_ part: Range<Int>, in text: Span<UInt8>, _ scanner: inout JSONScanner) -> Bool {
        guard part.count <= text.count - scanner.at,
            equal(scanner.at..<scanner.at + part.count, in: text, to: bytes.span.extracting(part))
        else { return false }
        scanner.at += part.count
        return true
    }
}

extension JSONScanner {
    /// Scans a string, or else a number.
    /// - Returns: false where there is none, or none that is right: the scan of the whole text says what is wrong.
    fileprivate mutating func scanValue(
        isString: Bool, _ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>
    ) -> Bool {
        let first = peek(text)
        do throws(JSONError) {
            if isString {
                guard first == UInt8(ascii: "\"") else { return false }
                try scanString(text, &tape)
            } else {
                guard first == UInt8(ascii: "-") || first &- UInt8(ascii: "0") < 10 else { return false }
                try scanNumber(text, &tape)
            }
            return true
        } catch {
            return false
        }
    }
}
