/// `[sample]` of gate.toml: how many answers of a shard are looked at by what is too dear for all of them, and by what
/// the lines of a shard are alike.
package struct SamplePolicy: Equatable, Sendable {
    package enum Plan: String, Sendable, CaseIterable {
        /// One sample of a size that is known beforehand.
        case single
        /// A second sample where the first leaves it open.
        case double
        /// One answer after the other, until it is clear.
        case sequential
    }

    /// As it stands in the file; `acceptable` is what holds.
    package var statedAcceptable: Double?
    /// A shard with this share of defective answers, or a larger one, is rejected with probability 1 - `beta` at least.
    package var rejectable = 0.10
    package var alpha = 0.05
    package var beta = 0.10
    package var plan = Plan.single
    /// nil: lines of one kind are not told apart.
    package var strata: Strata?

    package init() {}

    /// A shard with this share of defective answers, or a smaller one, is accepted with probability 1 - `alpha` at
    /// least. A tenth of `rejectable` where nothing is said.
    package var acceptable: Double { statedAcceptable ?? rejectable / 10 }
}
