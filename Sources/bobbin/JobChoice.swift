import Spooling

/// The job that a person means.
enum JobChoice {
    /// - Parameters:
    ///   - text: its name, or a beginning that no other has.
    ///   - kind: what the jobs are, in words: "finished jobs".
    /// - Returns: nil: none of the jobs begins so.
    /// - Throws: `Failure` where several do.
    static func job(_ text: String, among jobs: [JobID], of kind: String) throws -> JobID? {
        if let job = jobs.first(where: { $0.name == text }) { return job }
        guard !text.isEmpty else { throw Failure.usage("an empty name is that of no job") }
        let found = jobs.filter { $0.name.hasPrefix(text) }
        guard found.count > 1 else { return found.first }
        throw Failure.usage("\(text) begins the names of \(found.count) \(kind): write more of it")
    }
}
