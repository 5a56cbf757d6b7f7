import BatchCore

extension ConsequencePolicy {
    static var keys: [Key<ConsequencePolicy>] {
        [
            Key("rejected", \.rejected, .word(["reject": .reject, "escalate": .escalate])),
            Key("all_or_nothing", \.allOrNothing, .boolean),
        ]
    }
}
