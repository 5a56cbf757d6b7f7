package import BatchCore
package import SystemPackage

/// A job that has left processing/, as its report.json tells of it.
package struct FinishedJob: Sendable {
    package let id: JobID
    /// In done/, or in rejected/ where nothing of it was accepted.
    package let directory: FilePath
    package let report: JSONValue
    package let lane: String
    package let claimedAt: Timestamp
    /// By the name of the model; empty: lines of which no model is known. A report of an earlier version does not tell
    /// them apart.
    package let models: [(name: String, figures: Figures)]
    /// What it has waited for.
    package let parks: [ParkNote]

    /// - Throws: `JobDamage` if the report does not say when the job was claimed, or has no figures.
    package init(_ id: JobID, in directory: FilePath, report: JSONValue) throws {
        self.id = id
        self.directory = directory
        self.report = report
        lane = report["lane"]?.string ?? ""
        let file = directory.appending("report.json")
        guard let time = report["times"]?["claimed"]?.string, let claimedAt = Timestamp(time) else {
            throw JobDamage(file: file, reason: "it does not say when the job was claimed")
        }
        self.claimedAt = claimedAt
        parks = (report["parked"]?["notes"]?.array ?? []).compactMap { ParkNote($0) }
        let parts: [(String, JSONValue?)]
        if let models = report["models"]?.array {
            parts = models.map { ($0["model"]?.string ?? "", $0) }
        } else {
            parts = [("", report["figures"])]
        }
        models = try parts.map { name, value in
            guard let figures = value.flatMap({ Figures($0) }) else {
                throw JobDamage(file: file, reason: "its figures cannot be read")
            }
            return (name, figures)
        }
    }

    package var figures: Figures { models.reduce(Figures()) { $0 + $1.figures } }
    package var verdict: String { report["verdict"]?.string ?? "" }
}

extension Spool {
    /// All finished jobs, oldest first; a split job once.
    /// - Parameter pass: what to do about one whose report is damaged.
    package func finishedJobs(passing pass: (JobDamage) throws -> Void = { throw $0 }) throws -> [FinishedJob] {
        try reports(passing: pass).compactMap { entry in
            do { return try FinishedJob(entry.job, in: entry.directory, report: entry.report) } catch let damage
                as JobDamage
            {
                try pass(damage)
                return nil
            }
        }
    }
}
