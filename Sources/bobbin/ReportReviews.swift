import BatchCore
import DurableFiles
import Spooling

extension FinishedJob {
    /// Where its results are.
    var place: String {
        do throws(FileError) {
            return try FileFacts(at: directory) == nil ? "its results are gone by now" : "in \(directory)"
        } catch { return "\(error)" }
    }
}

extension Report {
    /// A sentence for each decision of a person over a job.
    func reviews(of job: FinishedJob) -> [String] {
        (job.report["reviews"]?.array ?? []).compactMap { ReviewDecision($0) }.map { review in
            let accepted = review.shards.count(where: \.isAccepted)
            let what: String
            switch review.submission {
            case .lines(let verdicts):
                what = "judged \(verdicts.count) answers, \(verdicts.count { !$0.passes }) of them bad"
            case .whole(_, let reason): what = "decided as a whole, \(reason)"
            }
            return Terminal.printable(
                "  \(review.at): uid \(review.uid) \(what): \(accepted) shards accepted, "
                    + "\(review.shards.count - accepted) rejected")
        }
    }
}
