/// Where the known members of one body stand, found in one walk over its names.
struct BodyMembers {
    /// The node of each member's value by `BodyMember`; 0, the root, where the body has none.
    private var nodes = InlineArray<38, UInt32>(repeating: 0)
    private var present = MemberSet()

    /// - Parameter body: an object.
    init(body: Int, of tape: JSONTape, in text: Span<UInt8>) {
        tape.forEachMember(of: body, in: text) { name, text, value in
            guard let member = BodyMember(named: name, in: text) else { return }
            nodes[Int(member.rawValue)] = UInt32(truncatingIfNeeded: value)
            present.insert(member)
        }
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
