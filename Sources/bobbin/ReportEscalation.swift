import BatchCore
import Spooling

/// What the report of a job says beside its figures.
extension FinishedJob {
    /// How far it is from the job that its lines were first handed in with; nil: it is that job.
    var chainSentence: String? {
        guard let parent = report["retry_of"]?.string, let chain = report["reprocess"]?["chain"] else { return nil }
        return "retry \(chain["generation"]?.int ?? 0) of \(chain["root"]?.string ?? ""), after \(parent): "
            + "\(chain["lines"]?.int ?? 0) reprocessing cases over the chain"
    }

    var escalationSentence: String? {
        guard let escalated = report["escalated"], let lines = escalated["lines"]?.int, lines > 0 else { return nil }
        let models = (escalated["models"]?.array ?? []).map { model in
            "\(model["lines"]?.int ?? 0) to \(model["model"]?.string ?? "") for $\(model["spent_usd"]?.string ?? "0")"
        }
        return "\(lines) escalated (\(models.joined(separator: ", "))): "
            + "\(escalated["good"]?.int ?? 0) good answers for $\(escalated["spent_usd"]?.string ?? "0")"
    }

    /// What a model that judges has cost; nil: none was asked.
    var judgeSentence: String? {
        let asked = (report["shards"]?.array ?? []).compactMap { $0["judge"] }
        if asked.isEmpty { return nil }
        func count(_ name: String) -> Int { asked.reduce(0) { $0 + ($1[name]?.int ?? 0) } }
        func money(_ name: String) -> Money {
            asked.reduce(.zero) { $0 + ($1[name]?.string.flatMap { Money(recorded: $0) } ?? .zero) }
        }
        let unknown = money("unknown_usd")
        return "the judge was asked \(count("requests")) times for $\(money("spent_usd").decimal)"
            + (unknown == .zero ? "" : " and $\(unknown.decimal) unknown")
            + ", \(count("reused")) of them known from before"
    }
}
