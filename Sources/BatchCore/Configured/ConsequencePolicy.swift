/// What follows from what the gate finds: `[consequences]` of gate.toml, in one lane.
package struct ConsequencePolicy: Equatable, Sendable {
    package enum Rejected: Sendable {
        case reject
        /// The next model of the route is asked once for each answer that the gate does not accept.
        case escalate
    }

    /// What becomes of answers that the gate does not accept.
    package var rejected = Rejected.reject
    /// One rejected shard rejects the job: nothing of it is delivered.
    package var allOrNothing = false

    package init() {}
}
