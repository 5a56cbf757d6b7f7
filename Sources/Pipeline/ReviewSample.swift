import BatchCore
import Gates

/// Which of the good answers of a job a person looks at, and how many bad ones among them are no reason to reject. It
/// follows from the job alone, so that it is the same after a crash.
struct ReviewSample {
    /// Among the good answers, from 0.
    let positions: [Int]
    let allowed: Int

    init(of answers: Int, in run: JobRun) {
        let policy = run.gate.policy
        let size = min(answers, policy.consequences.reviewLines)
        var smallest = (0..<answers).map { (digest: Self.digest(of: run.job, $0), position: $0) }
        smallest.sort { $0.digest < $1.digest }
        positions = smallest.prefix(size).map(\.position)
        allowed = (0...size).last { $0 == 0 || Double($0) / Double(size) < policy.rejectable } ?? 0
    }

    private static func digest(of job: String, _ position: Int) -> SHA256Digest {
        SHA256.digest(of: Array("bobbin-review-1\n\(job)\n\(position)".utf8))
    }
}
