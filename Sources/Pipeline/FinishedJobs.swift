package import BatchCore
import DurableFiles
import Ledgers
package import Spooling
package import SystemPackage

/// `finished.jsonl` as the daemon keeps it: each job has its line, and one alone, durable before it leaves processing/.
/// The file is read when it is first needed, not when a process starts.
package actor FinishedJobs {
    private let spool: Spool
    private let remark: @Sendable (String) -> Void
    private var log: AppendLog?
    /// Jobs that are in the book and still in processing/.
    private var recorded: Set<String> = []

    /// - Parameter remark: is told what was wrong with the file, in words.
    package init(_ spool: Spool, remark: @escaping @Sendable (String) -> Void) {
        self.spool = spool
        self.remark = remark
    }

    /// Reads the book, and adds what it lacks: an earlier version, or a damage, may have left jobs in done/ and
    /// rejected/ that it does not know.
    /// - Parameter time: for the name under which a damaged file is kept.
    package func open(at time: Timestamp) throws { _ = try opened(at: time) }

    private func opened(at time: Timestamp) throws -> AppendLog {
        if let log { return log }
        let book = FinishedBook(spool.finished)
        var known: Set<String> = []
        var content = try book.heads { known.insert($0.job) }
        if content.damagedLines > 0 {
            let kept = spool.root.appending("finished.jsonl.damaged-\(time.compact)")
            _ = try DurableFile.link(spool.finished, to: kept)
            remark(
                "\(content.damagedLines) lines of \(spool.finished) were changed or damaged; it is kept as \(kept), "
                    + "and what it lacks is taken from the reports")
        }
        let lacking = try spool.unrecorded(known)
        // One that cannot be read is no reason to write all of it anew at each start.
        let isLacking = lacking.contains { spool.record(of: $0) != nil }
        if content.damagedLines > 0 || isLacking {
            try book.renew { add throws(FileError) in
                for job in lacking {
                    if let record = spool.record(of: job) { try add(record) }
                }
            }
            content = try book.heads { known.insert($0.job) }
        }
        let log = try book.open(content)
        recorded = known.intersection(try spool.jobs().map(\.name))
        self.log = log
        return log
    }

    /// Durable when it returns.
    func record(_ directory: JobDirectory, _ report: VerdictReport, at time: Timestamp) async throws {
        let log = try opened(at: time)
        guard !recorded.contains(directory.id.name) else { return }
        let record = FinishedRecord(
            directory.id, report.value, sizeBytes: try directory.resultBytes(report.verdict), at: time)
        do throws(FileError) { _ = try await log.append(record.line) } catch { throw LedgerError.file(error) }
        recorded.insert(directory.id.name)
    }

    /// The job has left processing/: it does not come again.
    func forget(_ job: String) { recorded.remove(job) }
}

extension FinishedRecord {
    /// Of a shard these are told, for the books: the rest, with examples of answers, stands in the report alone.
    private static let shardMembers: Set<String> = [
        "shard", "role", "lines", "verdict", "checked", "defects", "spent_usd",
    ]

    /// - Parameter time: for a report that does not say when the job ended.
    init(_ job: JobID, _ report: JSONValue, sizeBytes: Int, at time: Timestamp) {
        let ended = report["times"]?["finished"]?.string.flatMap { Timestamp($0) }
        let members = (report.members ?? []).compactMap { member -> JSONValue.Member? in
            switch member.name {
            case "reviews", "answer_characters": return nil
            case "shards":
                let shards = (member.value.array ?? []).map { Self.booked($0) }
                return JSONValue.Member(name: member.name, value: .array(shards))
            default: return member
            }
        }
        self.init(
            FinishedHead(job: job.name, finishedAt: ended ?? time, sizeBytes: sizeBytes), report: .object(members))
    }

    private static func booked(_ shard: JSONValue) -> JSONValue {
        .object(
            (shard.members ?? []).compactMap { member in
                switch member.name {
                case "escalation", "judge":
                    let members = (member.value.members ?? []).filter { ["shard", "spent_usd"].contains($0.name) }
                    return JSONValue.Member(name: member.name, value: .object(members))
                default: return shardMembers.contains(member.name) ? member : nil
                }
            })
    }
}

extension JobDirectory {
    /// What will stand in done/ and rejected/ of it.
    fileprivate func resultBytes(_ verdict: JobVerdict) throws(FileError) -> Int {
        var files = [output, errors, reprocess, report, page]
        if verdict == .rejected { files.append(input) }
        var bytes = 0
        for file in files { bytes += try FileFacts(at: file)?.sizeBytes ?? 0 }
        return try bytes + rejectedPart.bytesOfFiles()
    }
}

extension FilePath {
    /// Of the files in the directory, which need not exist.
    fileprivate func bytesOfFiles() throws(FileError) -> Int {
        guard try FileFacts(at: self)?.kind == .directory else { return 0 }
        var bytes = 0
        for name in try DurableFile.list(self) {
            bytes += try FileFacts(at: appending(nameBytes: name))?.sizeBytes ?? 0
        }
        return bytes
    }
}

extension Spool {
    /// The jobs in done/ and rejected/ that are not among `known`, oldest first.
    fileprivate func unrecorded(_ known: Set<String>) throws(FileError) -> [JobID] {
        var found: Set<JobID> = []
        for parent in [done, rejected] {
            for id in try jobs(in: parent) where !known.contains(id.name) { found.insert(id) }
        }
        return found.sorted { ($0.claimStamp, $0.name) < ($1.claimStamp, $1.name) }
    }

    /// - Returns: nil where no report can be read: `bobbin report` says so.
    fileprivate func record(of job: JobID) -> FinishedRecord? {
        do {
            let directories = [done, rejected].map { $0.appending(job.name) }
            guard
                let directory = try directories.first(where: { try FileFacts(at: $0.appending("report.json")) != nil }),
                let report = try report(in: directory), report["verdict"] != nil
            else { return nil }
            let bytes = try directories.reduce(0) { try $0 + $1.bytesOfFiles() }
            let claimed = Timestamp(seconds: Int64(job.claimedOn?.daysSinceEpoch ?? 0) * 86_400)
            return FinishedRecord(job, report, sizeBytes: bytes, at: claimed)
        } catch { return nil }
    }

    /// All that is known of finished jobs, oldest first; a split job once. Their book tells it, and the reports of
    /// those that it does not have.
    /// - Parameter pass: what to do about a report that is damaged.
    package func finishedJobs(passing pass: (JobDamage) throws -> Void = { throw $0 }) throws -> [FinishedJob] {
        try finishedReports(passing: pass).compactMap { entry in
            do { return try FinishedJob(entry.job, in: entry.directory, report: entry.report) } catch let damage
                as JobDamage
            {
                try pass(damage)
                return nil
            }
        }
    }

    /// The same as the members of their report.json that the book keeps.
    package func finishedReports(
        passing pass: (JobDamage) throws -> Void = { throw $0 }
    ) throws -> [(job: JobID, directory: FilePath, report: JSONValue)] {
        var found: [(job: JobID, directory: FilePath, report: JSONValue)] = []
        var known: Set<String> = []
        try FinishedBook(finished).records { record in
            // One that is about to leave is not finished yet.
            guard let job = JobID(record.head.job), known.insert(job.name).inserted else { return }
            found.append((job, directory(of: job, record.report), record.report))
        }
        let open = Set(try jobs())
        found.removeAll { open.contains($0.job) }
        found += try reports(except: known, passing: pass)
        return found.sorted { ($0.job.claimStamp, $0.job.name) < ($1.job.claimStamp, $1.job.name) }
    }

    /// The last job whose file had these bytes and was paid for and rejected.
    func rejectedJob(of file: SHA256Digest) throws -> (job: JobID, isThere: Bool)? {
        var last: JobID?
        try FinishedBook(finished).records(with: Array(file.hex.utf8)) { record in
            guard record.report["sha256"]?.string == file.hex,
                record.report["verdict"]?.string == JobVerdict.rejected.rawValue,
                record.report["lines"]?["answered"]?.int ?? 0 > 0
            else { return }
            last = JobID(record.head.job) ?? last
        }
        return try last.map { ($0, try FileFacts(at: rejected.appending($0.name)) != nil) }
    }

    /// Where the results of a finished job are, or were.
    package func directory(of job: JobID, _ report: JSONValue) -> FilePath {
        (report["verdict"]?.string == JobVerdict.rejected.rawValue ? rejected : done).appending(job.name)
    }
}
