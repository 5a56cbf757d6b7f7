import BatchCore
import Spooling

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
