package import BatchCore
package import DurableFiles
import SystemPackage

/// `review.json` (what a person is asked) and `reviews.json` (what persons have decided) of a job.
extension JobDirectory {
    /// Whether a person has still to decide, without reading what is asked.
    package var waitsForReview: Bool {
        get throws(FileError) { try FileFacts(at: reviewFile) != nil }
    }

    /// What the job waits for; nil: it waits for no person.
    package func reviewRequest() throws -> ReviewRequest? {
        guard let bytes = try DurableFile.read(reviewFile) else { return nil }
        guard let request = ReviewRequest(record: bytes) else {
            throw JobDamage(file: reviewFile, reason: "it does not say what is to be reviewed")
        }
        return request
    }

    /// - Parameter request: nil: there is nothing to ask any more.
    package func write(_ request: ReviewRequest?) throws(FileError) {
        if let request {
            try DurableFile.publish(request.record, to: reviewFile)
        } else {
            try DurableFile.remove(reviewFile)
        }
    }

    /// In the order in which they were made.
    /// - Throws: `JobDamage` if what stands there is not what `review` wrote: a person would be asked again, or not.
    package func reviewDecisions() throws -> [ReviewDecision] {
        guard let bytes = try DurableFile.read(decisionsFile) else { return [] }
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch {
            throw JobDamage(file: decisionsFile, reason: "it is no JSON: \(error)")
        }
        return try (value.array ?? []).map { entry in
            guard let decision = ReviewDecision(entry) else {
                throw JobDamage(file: decisionsFile, reason: "a decision is not complete")
            }
            return decision
        }
    }

    /// Decides over what waits. Durable when it returns; the same request once more decides nothing more.
    /// - Parameter request: a name for it, unlike all others.
    /// - Throws: `ReviewRefusal` where it does not fit what waits.
    package func review(
        _ submission: ReviewSubmission, by uid: UInt32, at time: Timestamp, request: String
    ) throws -> ReviewDecision {
        let decisions = try reviewDecisions()
        if let decision = decisions.first(where: { $0.request == request }) { return decision }
        guard let asked = try reviewRequest() else { throw ReviewRefusal("\(id) does not wait for review") }
        let decision = try ReviewDecision(on: asked, submission, by: uid, at: time, request: request)
        var writer = JSONWriter()
        writer.array { writer in for decision in decisions + [decision] { writer.object(decision.write) } }
        try DurableFile.publish(writer.bytes + [UInt8(ascii: "\n")], to: decisionsFile)
        try write(nil)
        return decision
    }

    private var reviewFile: FilePath { path.appending("review.json") }
    private var decisionsFile: FilePath { path.appending("reviews.json") }
}
