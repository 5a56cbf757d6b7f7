import BatchCore

extension ConsequencePolicy {
    /// The keys of `[consequences]`.
    static var keys: [Key<ConsequencePolicy>] {
        [
            Key("rejected", \.rejected, .word(["reject": .reject, "escalate": .escalate, "review": .review])),
            Key("all_or_nothing", \.allOrNothing, .boolean),
            Key("review", \.review, .word(["never": .never, "always": .always])),
            Key("review_lines", \.reviewLines, .integer(1...10_000)),
        ]
    }
}
