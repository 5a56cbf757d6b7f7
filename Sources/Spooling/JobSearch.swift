package import BatchCore
import DurableFiles
package import SystemPackage

/// Where a file that was handed in is by now.
package enum JobPlace: Sendable {
    case inbox
    case processing(JobDirectory, JobState?)
    /// The directory of its result: in done/, or in rejected/ where nothing of it was accepted.
    case finished(FilePath)
    case unknown
}

extension Spool {
    /// Finds the job of a name that was handed in at `time` or later.
    package func find(name: [UInt8], inbox: FilePath, since time: Timestamp) throws -> JobPlace {
        if try FileFacts(at: inbox.appending(nameBytes: name)) != nil { return .inbox }
        for id in try jobs() where id.isClaimed(since: time) {
            let directory = job(id)
            do {
                if try directory.record()?.name == name { return .processing(directory, try directory.state()) }
            } catch  where error.isOfOneJob { continue }
        }
        for parent in [done, rejected] {
            for id in try jobs(in: parent) where id.isClaimed(since: time) {
                let directory = parent.appending(id.name)
                if try report(in: directory)?["name"]?.string == PercentName.escape(name) {
                    return .finished(directory)
                }
            }
        }
        return .unknown
    }

    /// `report.json` of a finished job; nil where there is none.
    package func report(in directory: FilePath) throws -> JSONValue? {
        guard let bytes = try DurableFile.read(directory.appending("report.json")) else { return nil }
        do { return try JSONValue(parsing: bytes) } catch {
            throw JobDamage(file: directory.appending("report.json"), reason: "it is no JSON: \(error)")
        }
    }

    /// The last job whose file had these bytes and was paid for and rejected; nil: its directory is gone by now.
    package func rejectedJob(of file: SHA256Digest) throws -> JobID? {
        for id in try jobs(in: rejected).sorted(by: { ($0.claimStamp, $0.name) > ($1.claimStamp, $1.name) }) {
            let report: JSONValue?
            // What is damaged elsewhere is no reason not to name another.
            do { report = try self.report(in: rejected.appending(id.name)) } catch is JobDamage { continue }
            guard report?["sha256"]?.string == file.hex, report?["verdict"]?.string == JobVerdict.rejected.rawValue,
                report?["lines"]?["answered"]?.int ?? 0 > 0
            else { continue }
            return id
        }
        return nil
    }

    /// The reports of all finished jobs, oldest first; a split job once.
    /// - Parameter pass: what to do about one that is damaged.
    package func reports(
        passing pass: (JobDamage) throws -> Void = { throw $0 }
    ) throws -> [(job: JobID, directory: FilePath, report: JSONValue)] {
        var found: [String: (JobID, FilePath, JSONValue)] = [:]
        for parent in [rejected, done] {
            for id in try jobs(in: parent) {
                let directory = parent.appending(id.name)
                do {
                    if let report = try report(in: directory) { found[id.name] = (id, directory, report) }
                } catch let damage as JobDamage { try pass(damage) }
            }
        }
        return found.values.sorted { ($0.0.claimStamp, $0.0.name) < ($1.0.claimStamp, $1.0.name) }
    }
}

extension JobID {
    /// The time of the claim as it stands in the name.
    package var claimStamp: String { String(name.dropLast(7).suffix(16)) }

    fileprivate func isClaimed(since time: Timestamp) -> Bool { claimStamp >= time.compact }
}
