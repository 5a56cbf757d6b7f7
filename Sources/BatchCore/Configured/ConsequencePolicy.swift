/// What follows from what the gate finds: `[consequences]` of gate.toml, in one lane.
package struct ConsequencePolicy: Equatable, Sendable {
    package enum Rejected: Sendable {
        case reject
        /// The next model of the route is asked once for each answer that the gate does not accept.
        case escalate
        /// The job waits for a person, who decides over the shard.
        case review
    }

    package enum Review: Sendable {
        case never
        /// A person sees a sample of the answers of each job before any of them is delivered.
        case always
    }

    /// What becomes of answers that the gate does not accept, or of their shard.
    package var rejected = Rejected.reject
    /// One rejected shard rejects the job: nothing of it is delivered.
    package var allOrNothing = false
    package var review = Review.never
    /// Answers that a person is shown at the most: defective ones, and as many in a sample of the others, unless
    /// `[sample]` says how good is good: then its plan says how many.
    package var reviewLines = 50

    package init() {}

    /// Is a person to decide over a shard of which the gate thinks so?
    package func asksPerson(acceptedByGate: Bool, checked: Int, defects: Int) -> Bool {
        // Requests that failed, and a shard without an answer, are nothing that a person could judge.
        acceptedByGate ? review == .always && checked > 0 : rejected == .review && defects > 0
    }
}
