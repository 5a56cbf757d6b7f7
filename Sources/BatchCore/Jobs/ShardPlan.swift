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
        /// Line numbers (from 1) of its requests, ascending; their duplicates come with them.
        package let lines: [Int]
        package let worstCase: Amount

        package init(number: Int, role: Role, kind: RequestKind, lines: [Int], worstCase: Amount) {
            self.number = number
            self.role = role
            self.kind = kind
            self.lines = lines
            self.worstCase = worstCase
        }
    }

    package var shards: [Shard]
    /// A line that stands again in the file -> the first line that asks for the same.
    package var duplicates: [Int: Int]
    /// Lines whose request was paid for before and whose answer the gate did not accept: not sent again.
    package var knownDefects: Set<Int>

    package init(shards: [Shard], duplicates: [Int: Int], knownDefects: Set<Int>) {
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

/// Cuts a job into shards: by kind, canary first, then by count, bytes and worst-case cost.
package struct ShardPlanner {
    package struct Limits: Equatable, Sendable {
        package var lines: Int
        package var bytes: Int
        /// A shard within every cap can be reserved in one piece.
        package var cost: Cap
        package var canaryLines: Int

        package init(lines: Int, bytes: Int = 64 << 20, cost: Cap, canaryLines: Int) {
            self.lines = lines
            self.bytes = bytes
            self.cost = cost
            self.canaryLines = canaryLines
        }
    }

    package enum Disposition: Sendable {
        case fresh, reused, knownDefect
    }

    /// A request that stands for itself (no duplicate of an earlier line).
    package struct Line: Sendable {
        package let number: Int
        package let kind: RequestKind
        package let bytes: Int
        package let worstCase: Amount
        package let disposition: Disposition

        package init(number: Int, kind: RequestKind, bytes: Int, worstCase: Amount, disposition: Disposition) {
            self.number = number
            self.kind = kind
            self.bytes = bytes
            self.worstCase = worstCase
            self.disposition = disposition
        }
    }

    private let limits: Limits
    private var pieces: [(role: ShardPlan.Role, kind: RequestKind, lines: [Line])] = []

    package init(limits: Limits) {
        self.limits = limits
    }

    /// - Parameter lines: in input order.
    package mutating func plan(_ lines: [Line], duplicates: [Int: Int]) -> ShardPlan {
        pieces = []
        var kinds: [RequestKind] = []
        var byKind: [RequestKind: [Line]] = [:]
        for line in lines {
            if byKind[line.kind] == nil { kinds.append(line.kind) }
            byKind[line.kind, default: []].append(line)
        }
        var regular: [(RequestKind, ArraySlice<Line>)] = []
        for kind in kinds {
            // What is known to be bad is never sent: it can warn of nothing, and stands in no shard.
            let fresh = byKind[kind, default: []].filter { $0.disposition == .fresh }
            let canary = fresh.prefix(limits.canaryLines)
            if !canary.isEmpty { pieces.append((.canary, kind, Array(canary))) }
            regular.append((kind, fresh.dropFirst(limits.canaryLines)))
        }
        for kind in kinds { cut(byKind[kind, default: []].filter { $0.disposition == .reused }[...], .reused, kind) }
        for (kind, rest) in regular { cut(rest, .regular, kind) }
        return ShardPlan(
            shards: pieces.enumerated().map { shard(number: $0.offset + 1, $0.element) }, duplicates: duplicates,
            knownDefects: Set(lines.filter { $0.disposition == .knownDefect }.map(\.number)))
    }

    private mutating func cut(_ lines: ArraySlice<Line>, _ role: ShardPlan.Role, _ kind: RequestKind) {
        var piece: [Line] = []
        var bytes = 0
        var cost = Amount.zero
        for line in lines {
            let setAside = line.disposition == .fresh ? line.worstCase : .zero
            let isFull = piece.count >= limits.lines || bytes + line.bytes > limits.bytes
                || !(cost + setAside).fits(limits.cost)
            if isFull && !piece.isEmpty {
                pieces.append((role, kind, piece))
                (piece, bytes, cost) = ([], 0, .zero)
            }
            piece.append(line)
            bytes += line.bytes
            cost += setAside
        }
        if !piece.isEmpty { pieces.append((role, kind, piece)) }
    }

    private func shard(
        number: Int, _ piece: (role: ShardPlan.Role, kind: RequestKind, lines: [Line])
    ) -> ShardPlan.Shard {
        ShardPlan.Shard(
            number: number, role: piece.role, kind: piece.kind, lines: piece.lines.map(\.number),
            worstCase: piece.lines.filter { $0.disposition == .fresh }.reduce(.zero) { $0 + $1.worstCase })
    }
}
