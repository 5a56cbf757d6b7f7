/// One value or member name on a `JSONTape`: 16 bytes, so that a request of a kilobyte stays in the first-level cache.
///
/// Nodes stand in text order. A container is followed by what it holds, an object by name, value, name, value.
struct JSONNode: Sendable {
    /// Bytes of the whole value in the text: quotes and brackets included.
    private(set) var start: UInt32
    private(set) var end: UInt32
    /// The node after this value and all it holds. Two kinds of node use the place for something else: a container that
    /// is still open keeps the container around it here, and a member name of an object that is not `isOrdered` keeps
    /// the node of the name that stands at this member's place when the names are sorted.
    var next: UInt32
    /// Kind (bits 0-2), `isCanonical` (3), `isEscaped` or `isOrdered` (4), `count` (5-31).
    private var info: UInt32

    private static let canonicalBit: UInt32 = 1 << 3
    private static let formBit: UInt32 = 1 << 4
    private static let countUnit: UInt32 = 1 << 5

    /// The longest text whose elements `count` can number: `[0,0,…]` has one for every two bytes.
    static let textLimitBytes = 1 << 28 - 1

    /// What stands on a tape where nothing has been written.
    static let blank = JSONNode(kind: .null, start: 0, end: 0, next: 0, isCanonical: false)

    @inline(__always)
    init(kind: JSONTape.Kind, start: Int, end: Int, next: Int, isCanonical: Bool, isEscaped: Bool = false) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
        self.next = UInt32(truncatingIfNeeded: next)
        info = UInt32(kind.rawValue) | (isCanonical ? Self.canonicalBit : 0) | (isEscaped ? Self.formBit : 0)
    }

    /// The container around an open one, -1 if there is none.
    var outer: Int { Int(Int32(bitPattern: next)) }

    mutating func close(end: Int, next: Int, isCanonical: Bool) {
        self.end = UInt32(truncatingIfNeeded: end)
        self.next = UInt32(truncatingIfNeeded: next)
        if isCanonical { info |= Self.canonicalBit }
    }

    /// The same node in a text where its ends stand elsewhere.
    /// - Parameter isCanonical: false: a container counts as not canonical, which costs time and changes no form.
    @inline(__always)
    func moved(start: Int, end: Int, isCanonical: Bool) -> JSONNode {
        var node = self
        node.start = UInt32(truncatingIfNeeded: Int(self.start) &+ start)
        node.end = UInt32(truncatingIfNeeded: Int(self.end) &+ end)
        if !isCanonical, info & 7 >= UInt32(JSONTape.Kind.array.rawValue) { node.info &= ~Self.canonicalBit }
        return node
    }

    @inline(__always)
    var kind: JSONTape.Kind {
        switch info & 7 {
        case 0: .null
        case 1: .false
        case 2: .true
        case 3: .number
        case 4: .string
        case 5: .array
        default: .object
        }
    }

    /// The bytes in the text are RFC 8785 form already: they can be copied.
    var isCanonical: Bool { info & Self.canonicalBit != 0 }

    /// A string that holds a backslash.
    var isEscaped: Bool { info & Self.formBit != 0 }

    /// An object whose member names stand sorted by UTF-16 code units.
    var isOrdered: Bool {
        get { info & Self.formBit != 0 }
        set { info = newValue ? info | Self.formBit : info & ~Self.formBit }
    }

    /// Elements of an array, members of an object.
    var count: Int { Int(info >> 5) }

    mutating func countOneMore() { info &+= Self.countUnit }

    var bytes: Range<Int> { Int(start)..<Int(end) }

    /// A string without its quotes.
    var content: Range<Int> { Int(start) + 1..<Int(end) - 1 }
}
