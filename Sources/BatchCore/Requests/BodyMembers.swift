/// Where the known members of one body stand, and those of its messages and items, found in one walk over the names. A
/// class, because lines of one form share it.
final class BodyMembers: Sendable {
    /// The node of each member's value by `BodyMember`; 0, the root, where there is none. As many as `MemberSet` has.
    private let nodes: InlineArray<64, UInt32>
    private let present: MemberSet
    /// Of each object in the list `messages`, and in the list `input`.
    let messages: [ItemMembers]
    let input: [ItemMembers]

    /// - Parameter body: an object; anything else, and nil, has no members.
    init(body: Int?, of tape: JSONTape, in text: Span<UInt8>) {
        var nodes = InlineArray<64, UInt32>(repeating: 0)
        var present = MemberSet()
        if let body {
            tape.forEachMember(of: body, in: text) { name, text, value in
                guard let member = BodyMember(named: name, in: text) else { return }
                nodes[Int(member.rawValue)] = UInt32(truncatingIfNeeded: value)
                present.insert(member)
            }
        }
        self.nodes = nodes
        self.present = present
        messages = ItemMembers.ofItems(of: Int(nodes[Int(BodyMember.messages.rawValue)]), tape, in: text)
        input = ItemMembers.ofItems(of: Int(nodes[Int(BodyMember.input.rawValue)]), tape, in: text)
    }

    /// The node of the member's value.
    subscript(member: BodyMember) -> Int? {
        let node = nodes[Int(member.rawValue)]
        return node == 0 ? nil : Int(node)
    }

    func hasAny(of members: MemberSet) -> Bool { !present.isDisjoint(with: members) }
}

/// Some of the known members.
struct MemberSet {
    private var bits: UInt64 = 0

    init() {}

    init(_ members: [BodyMember]) {
        for member in members { insert(member) }
    }

    mutating func insert(_ member: BodyMember) { bits |= 1 << UInt64(member.rawValue) }

    func isDisjoint(with other: MemberSet) -> Bool { bits & other.bits == 0 }
}

/// The members of a message or item that the reader looks at.
struct ItemMembers {
    var content, output, audio, type, role: Int?

    /// - Parameter list: where the list stands; anything else has no items.
    static func ofItems(of list: Int, _ tape: JSONTape, in text: Span<UInt8>) -> [ItemMembers] {
        guard tape.kind(list) == .array else { return [] }
        var items: [ItemMembers] = []
        for item in tape.elements(list) where tape.kind(item) == .object {
            items.append(ItemMembers(of: item, tape, in: text))
        }
        return items
    }

    private init(of item: Int, _ tape: JSONTape, in text: Span<UInt8>) {
        tape.forEachMember(of: item, in: text) { name, text, value in
            switch name.count {
            case 4 where equal(name, in: text, to: "role"): role = value
            case 4 where equal(name, in: text, to: "type"): type = value
            case 5 where equal(name, in: text, to: "audio"): audio = value
            case 6 where equal(name, in: text, to: "output"): output = value
            case 7 where equal(name, in: text, to: "content"): content = value
            default: return
            }
        }
    }
}
