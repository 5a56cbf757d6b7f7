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
    /// Finds the job of a name that was handed in at `time` or later, and is not finished.
    /// - Returns: `.unknown` where it is neither in the inbox nor in processing/: the book of finished jobs has it.
    package func find(name: [UInt8], inbox: FilePath, since time: Timestamp) throws -> JobPlace {
        if try FileFacts(at: inbox.appending(nameBytes: name)) != nil { return .inbox }
        for id in try jobs() where id.isClaimed(since: time) {
            let directory = job(id)
            do {
                if try directory.record()?.name == name { return .processing(directory, try directory.state()) }
            } catch  where error.isOfOneJob { continue }
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

    /// The reports in done/ and rejected/; a split job once.
    /// - Parameters:
    ///   - known: names of jobs that are not asked about.
    ///   - pass: what to do about one that is damaged.
    package func reports(
        except known: Set<String> = [], passing pass: (JobDamage) throws -> Void = { throw $0 }
    ) throws -> [(job: JobID, directory: FilePath, report: JSONValue)] {
        var found: [String: (JobID, FilePath, JSONValue)] = [:]
        for parent in [rejected, done] {
            for id in try jobs(in: parent) where !known.contains(id.name) {
                let directory = parent.appending(id.name)
                do {
                    if let report = try report(in: directory) { found[id.name] = (id, directory, report) }
                } catch let damage as JobDamage { try pass(damage) }
            }
        }
        return Array(found.values)
    }
}

extension JobID {
    /// The time of the claim as it stands in the name.
    package var claimStamp: String { String(name.dropLast(7).suffix(16)) }

    package func isClaimed(since time: Timestamp) -> Bool { claimStamp >= time.compact }
}
