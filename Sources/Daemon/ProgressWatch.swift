/// Tells, look by look, whether what has work gets some of it done: only then is the watchdog fed. A loop that goes
/// round proves nothing about those that it waits for.
package struct ProgressWatch: Sendable {
    /// What a part of the house says of itself at one moment.
    package struct Sign: Sendable {
        /// Grows with whatever it gets done.
        package var moves: UInt64
        package var hasWork: Bool
        /// How long it may get nothing done.
        package var patience: Duration

        package init(moves: UInt64, hasWork: Bool = true, patience: Duration = .zero) {
            self.moves = moves
            self.hasWork = hasWork
            self.patience = patience
        }
    }

    /// When it moved last, or got something to do.
    private var last: [String: (moves: UInt64, hasWork: Bool, at: ContinuousClock.Instant)] = [:]

    package init() {}

    /// - Parameter signs: by the name of the part.
    /// - Returns: what has stood still for longer than it may, and for how long.
    package mutating func look(
        at signs: [String: Sign], now: ContinuousClock.Instant
    ) -> [(part: String, since: Duration)] {
        var stuck: [(part: String, since: Duration)] = []
        for (part, sign) in signs.sorted(by: { $0.key < $1.key }) {
            guard let before = last[part], before.moves == sign.moves, before.hasWork, sign.hasWork else {
                last[part] = (sign.moves, sign.hasWork, now)
                continue
            }
            if now - before.at > sign.patience { stuck.append((part, now - before.at)) }
        }
        return stuck
    }
}
