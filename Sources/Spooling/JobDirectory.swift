package import BatchCore
package import DurableFiles
package import SystemPackage

/// `processing/JOB/`: the files of one claimed job.
package struct JobDirectory: Sendable {
    package let id: JobID
    package let path: FilePath

    init(id: JobID, path: FilePath) {
        self.id = id
        self.path = path
    }

    /// The file as it was delivered, until the snapshot is taken.
    package var delivered: FilePath { path.appending("delivered") }
    package var input: FilePath { path.appending("input.jsonl") }
    var recordFile: FilePath { path.appending("job.json") }
    var stateFile: FilePath { path.appending("state.json") }
    var parkFile: FilePath { path.appending("parked.json") }
    var planFile: FilePath { path.appending("plan.json") }
    package var report: FilePath { path.appending("report.json") }
    package var page: FilePath { path.appending("report.html") }
    package var shards: FilePath { path.appending("shards") }
    package var attempts: FilePath { path.appending("attempts.jsonl") }
    package var output: FilePath { path.appending("output.jsonl") }
    package var errors: FilePath { path.appending("errors.jsonl") }
    package var reprocess: FilePath { path.appending("reprocess.jsonl") }
    /// Of a split job: what goes to rejected/, ready for its rename.
    package var rejectedPart: FilePath { path.appending("rejected-part") }

    /// The outcomes of a shard.
    package func shard(_ number: Int) -> FilePath { shardFile(number, ".jsonl") }

    /// What a program that judges said of the shard's answers.
    package func judgements(_ number: Int) -> FilePath { shardFile(number, ".judge.jsonl") }

    /// The requests of a shard that are no lines of the job: what a model that judges is asked.
    package func requests(_ number: Int) -> FilePath { shardFile(number, ".requests.jsonl") }

    /// The attempts on them, whose lines are not those of the job.
    package func requestAttempts(_ number: Int) -> FilePath { shardFile(number, ".attempts.jsonl") }

    /// Where the attempts of a shard stand.
    package func attempts(of number: Int) throws(FileError) -> FilePath {
        let own = requestAttempts(number)
        return try FileFacts(at: own) == nil ? attempts : own
    }

    func shardFile(_ number: Int, _ suffix: String) -> FilePath {
        let digits = String(number)
        return shards.appending(String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + suffix)
    }

    /// - Returns: nil if there is none: a crash may have come before it was written.
    /// - Throws: `JobDamage` if it does not read: without it nobody knows whose money the job spends.
    package func record() throws -> JobRecord? {
        guard let bytes = try DurableFile.read(recordFile), !bytes.isEmpty else { return nil }
        if let record = JobRecord(bytes) { return record }
        guard JobRecord.isNewer(bytes) else { throw JobDamage(file: recordFile, reason: "it is no record of a job") }
        throw JobDamage(
            file: recordFile, reason: "it was written by a newer version of Bobbin", advice: "start that one again")
    }

    /// - Returns: nil also where the record cannot be read.
    package func lane() throws -> String? {
        do { return try record()?.lane } catch  where error.isOfOneJob { return nil }
    }

    package func write(_ record: JobRecord) throws(FileError) {
        try DurableFile.publish(record.bytes, to: recordFile)
    }

    package func state() throws(FileError) -> JobState? {
        try DurableFile.read(stateFile).flatMap { JobState($0) }
    }

    package func write(_ state: JobState) throws(FileError) {
        try DurableFile.publish(state.bytes, to: stateFile, durable: false)
    }

    /// - Returns: nil if the job is not planned yet.
    /// - Throws: `JobDamage` if what stands there is no plan: recovery trusts it, so it is not made anew in silence.
    package func plan() throws -> ShardPlan? {
        guard let bytes = try DurableFile.read(planFile, limitBytes: 4 << 30) else { return nil }
        guard let plan = ShardPlan(record: bytes) else { throw JobDamage(file: planFile, reason: "it is no plan") }
        return plan
    }

    package var isPlanned: Bool { get throws(FileError) { try FileFacts(at: planFile) != nil } }

    /// Before anything is done on the word of a plan or a report that another process left: after a kill its name may
    /// be in memory alone, and whoever came after a loss of power would decide anew what was paid, or published in
    /// part.
    package func keepNames() throws(FileError) {
        // A loss of power may have kept the name of the plan and not that of the directory, though it is the older one.
        // Later, when something was sent, it was not the power.
        if try isPlanned, try FileFacts(at: attempts) == nil { _ = try DurableFile.makeDirectory(shards) }
        try DurableFile.syncDirectory(path)
    }

    package func write(_ plan: ShardPlan) throws(FileError) {
        _ = try DurableFile.makeDirectory(shards)
        try DurableFile.publish(plan.record, to: planFile)
    }
}

/// A file of a job that is not as Bobbin wrote it. The job stops, and a person has to look.
package struct JobDamage: Error, CustomStringConvertible {
    package let file: FilePath
    package let reason: String
    private let advice: String

    package init(file: FilePath, reason: String, advice: String = "it was changed or damaged") {
        self.file = file
        self.reason = reason
        self.advice = advice
    }

    package var description: String { "\(file.printable): \(reason): \(advice); the job stands still" }
}

extension Error {
    /// Damage to a file of a job, or something of its directory that is in the way or closed to us: the job's alone.
    /// Everything else is everybody's.
    package var isOfOneJob: Bool { self is JobDamage || (self as? FileError)?.isEnvironmental == false }
}
