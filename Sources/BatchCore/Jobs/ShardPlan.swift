/// How a job is cut: deterministic from its lines and limits. It is written once; recovery trusts what stands on disk.
package struct ShardPlan: Equatable, Sendable {
    package enum Role: String, Sendable {
        /// Sent first; a bad prompt costs this shard and no more.
        case canary
        case regular
        /// All its answers are known already. They cost nothing, and are judged like any.
        case reused
    }

    package struct Shard: Equatable, Sendable {
        /// From 1; the name of its file.
        package let number: Int
        package let role: Role
        package let kind: RequestKind
        /// nil: the gate tells no strata apart.
        package let stratum: Stratum?
        /// Of its requests; their duplicates come with them.
        package let lines: LineSet
        package let worstCase: Amount

        package init(
            number: Int, role: Role, kind: RequestKind, stratum: Stratum? = nil, lines: LineSet, worstCase: Amount
        ) {
            self.number = number
            self.role = role
            self.kind = kind
            self.stratum = stratum
            self.lines = lines
            self.worstCase = worstCase
        }

        package var group: Group { Group(kind: kind, stratum: stratum) }
    }

    /// What is judged by one canary, rejected alone and redone alone.
    package struct Group: Hashable, Sendable {
        package let kind: RequestKind
        package let stratum: Stratum?

        package init(kind: RequestKind, stratum: Stratum?) {
            self.kind = kind
            self.stratum = stratum
        }
    }

    package var shards: [Shard]
    package var duplicates: DuplicateLines
    /// Lines whose request was paid for before and whose answer the gate did not accept: not sent again.
    package var knownDefects: LineSet

    package init(shards: [Shard], duplicates: DuplicateLines, knownDefects: LineSet) {
        self.shards = shards
        self.duplicates = duplicates
        self.knownDefects = knownDefects
    }

    package static let empty = ShardPlan(shards: [], duplicates: [:], knownDefects: [])

    /// Is a request of it to be sent, and paid for?
    package var sends: Bool { shards.contains { $0.role != .reused } }

    /// The sum of the reservations that the job would make: what is reused or known to be bad reserves nothing.
    package var worstCase: Amount { shards.reduce(.zero) { $0 + $1.worstCase } }
}
