/// How a job is cut: deterministic from its lines and limits. It is written once; recovery trusts what stands on disk.
package struct ShardPlan: Equatable, Sendable {
    package enum Role: String, Sendable {
        /// Sent first; a bad prompt costs this shard and no more.
        case canary
        case regular
        /// All its answers are known already. They cost nothing, and are judged like any.
        case reused
        /// What is escalated of another shard; no plan has one.
        case escalation
        /// What a model that judges is asked about another shard; no plan has one.
        case judge
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

    /// What is sent because of a shard, and is none of its requests, is booked as a shard of its own, so that
    /// reservations, attempts and outcomes of the two are never taken for each other. The numbers follow from the plan:
    /// behind those of the plan.
    package func escalationNumber(of shard: Shard) -> Int { shards.count + shard.number }
    package func judgeNumber(of shard: Shard) -> Int { 2 * shards.count + shard.number }

    /// All numbers under which something may be booked because of a shard.
    package func bookedNumbers(of shard: Shard) -> [Int] {
        [shard.number, escalationNumber(of: shard), judgeNumber(of: shard)]
    }

    package static let empty = ShardPlan(shards: [], duplicates: [:], knownDefects: [])

    /// Is a request of it to be sent, and paid for?
    package var sends: Bool { shards.contains { $0.role != .reused } }

    /// The sum of the reservations that the job would make: what is reused or known to be bad reserves nothing.
    package var worstCase: Amount { shards.reduce(.zero) { $0 + $1.worstCase } }
}
