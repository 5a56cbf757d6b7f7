/// Cuts a job into shards while it is read: by kind and stratum, canary first, then by count, bytes and worst
/// case.
package struct ShardPlanner: Sendable {
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
        package let stratum: Stratum?
        package let bytes: Int
        package let worstCase: Amount
        package let disposition: Disposition

        package init(
            number: Int, kind: RequestKind, stratum: Stratum? = nil, bytes: Int, worstCase: Amount,
            disposition: Disposition
        ) {
            self.number = number
            self.kind = kind
            self.stratum = stratum
            self.bytes = bytes
            self.worstCase = worstCase
            self.disposition = disposition
        }
    }

    /// A shard that is not numbered yet.
    private struct Piece {
        var lines = LineSet()
        var bytes = 0
        var worstCase = Amount.zero

        mutating func add(_ line: Line, reserving amount: Amount) {
            lines.append(line.number)
            bytes += line.bytes
            worstCase += amount
        }
    }

    private struct Pieces {
        let group: ShardPlan.Group
        var canary = Piece()
        var reused = Row()
        var regular = Row()
    }

    /// Pieces of one sort, the last of them open for more.
    private struct Row {
        private(set) var closed: [Piece] = []
        private(set) var open = Piece()

        mutating func add(_ line: Line, reserving amount: Amount, _ limits: Limits) {
            let isFull =
                open.lines.count >= limits.lines || open.bytes + line.bytes > limits.bytes
                || !(open.worstCase + amount).fits(limits.cost)
            if isFull && !open.lines.isEmpty {
                closed.append(open)
                open = Piece()
            }
            open.add(line, reserving: amount)
        }
    }

    private let limits: Limits
    /// In the order in which the groups first stand in the file.
    private var groups: [Pieces] = []
    private var placeOfGroup: [ShardPlan.Group: Int] = [:]
    private var lastPlace = 0
    private var strata: Set<Stratum> = []
    /// Each stratum has a canary, and shards of its own: where there are thousands they are no classes.
    package static let strataLimit = 1000
    private var duplicates = DuplicateLines()
    private var knownDefects = LineSet()

    package init(limits: Limits) {
        self.limits = limits
    }

    /// Takes the next line of the file that stands for itself.
    package mutating func add(_ line: Line) {
        switch line.disposition {
        // What is known to be bad is never sent: it can warn of nothing, and stands in no shard.
        case .knownDefect: knownDefects.append(line.number)
        case .reused:
            let place = place(of: line)
            groups[place].reused.add(line, reserving: .zero, limits)
        case .fresh:
            let place = place(of: line)
            if groups[place].canary.lines.count < limits.canaryLines {
                groups[place].canary.add(line, reserving: line.worstCase)
            } else {
                groups[place].regular.add(line, reserving: line.worstCase, limits)
            }
        }
    }

    /// Takes the next line of the file that asks for what line `first` asks for.
    package mutating func add(duplicate line: Int, of first: Int) {
        duplicates.append(line, of: first)
    }

    /// The shards, numbered in the order in which they start: canaries, what is reused, the rest.
    package consuming func finish() -> ShardPlan {
        var shards: [ShardPlan.Shard] = []
        func append(_ piece: Piece, _ role: ShardPlan.Role, _ group: ShardPlan.Group) {
            if piece.lines.isEmpty { return }
            shards.append(
                ShardPlan.Shard(
                    number: shards.count + 1, role: role, kind: group.kind, stratum: group.stratum, lines: piece.lines,
                    worstCase: piece.worstCase))
        }
        func append(_ row: Row, _ role: ShardPlan.Role, _ group: ShardPlan.Group) {
            for piece in row.closed { append(piece, role, group) }
            append(row.open, role, group)
        }
        for pieces in groups { append(pieces.canary, .canary, pieces.group) }
        for pieces in groups { append(pieces.reused, .reused, pieces.group) }
        for pieces in groups { append(pieces.regular, .regular, pieces.group) }
        return ShardPlan(shards: shards, duplicates: duplicates, knownDefects: knownDefects)
    }

    private mutating func place(of line: Line) -> Int {
        let group = ShardPlan.Group(kind: line.kind, stratum: line.stratum.map { keptApart($0) })
        // Neighbours are mostly of one kind.
        if lastPlace < groups.count, groups[lastPlace].group == group { return lastPlace }
        if let known = placeOfGroup[group] {
            lastPlace = known
        } else {
            lastPlace = groups.count
            placeOfGroup[group] = lastPlace
            groups.append(Pieces(group: group))
        }
        return lastPlace
    }

    private mutating func keptApart(_ stratum: Stratum) -> Stratum {
        if strata.contains(stratum) { return stratum }
        if strata.count >= Self.strataLimit { return .shared }
        strata.insert(stratum)
        return stratum
    }
}
