/// Where a job stands in a chain of jobs of which each is a retry of the one before. A line of reprocess.jsonl carries
/// it, so that it is known wherever the file went meanwhile, and however it was handed in.
package struct RetryChain: Equatable, Sendable {
    /// The job that this one is a retry of; nil: it is none.
    package var parent: String?
    /// The job at which the chain began.
    package var root: String
    /// 0 for the root.
    package var generation = 0
    /// Lines that the generations before had to hand in again, a line once a generation.
    package var earlierCases = 0

    package init(root: String) {
        self.root = root
    }

    /// What the member `bobbin` of a line of reprocess.jsonl says of the job that wrote it; nil: nothing.
    package init?(afterMark mark: JSONValue) {
        guard let parent = mark["job"]?.string, let root = mark["root"]?.string,
            let generation = mark["generation"]?.int, generation >= 0, generation < 1 << 31,
            let cases = mark["cases"]?.int, cases >= 0, cases < 1 << 53
        else { return nil }
        self.parent = parent
        self.root = root
        self.generation = generation + 1
        earlierCases = cases
    }
}
