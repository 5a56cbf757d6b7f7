package import BatchCore
package import SystemPackage

/// A job that has left processing/, as its report.json tells of it, or the book of finished jobs, which keeps less.
package struct FinishedJob: Sendable {
    package let id: JobID
    /// In done/, or in rejected/ where nothing of it was accepted; it may be gone by now.
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

extension FinishedJob {
    /// With all that its report tells, where that is still there.
    package func inFull(in spool: Spool) throws -> FinishedJob {
        guard let report = try spool.report(in: directory) else { return self }
        return try FinishedJob(id, in: directory, report: report)
    }
}
