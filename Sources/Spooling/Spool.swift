package import DurableFiles
package import SystemPackage

/// The directories of one spool (README.md). It is a set of names; what happens in them are verbs in files of
/// their own: `Claim`, `JobDirectory`, `Publication`.
package struct Spool: Sendable {
    package let root: FilePath
    let processingCommit: DirectoryCommit
    let doneCommit: DirectoryCommit
    let rejectedCommit: DirectoryCommit
    /// For snapshots. They leave more than the mark at which the spool counts as full (`fullBytes`).
    package let snapshotSpace: CopySpace

    /// With less space nothing new is started: what is in flight can still be written down.
    package static let fullBytes = 32 << 20

    package init(_ root: FilePath) {
        self.root = root
        processingCommit = DirectoryCommit(root.appending("processing"))
        doneCommit = DirectoryCommit(root.appending("done"))
        rejectedCommit = DirectoryCommit(root.appending("rejected"))
        snapshotSpace = CopySpace(of: root, reserveBytes: Self.fullBytes + 8 << 20)
    }

    package var inbox: FilePath { root.appending("inbox") }
    package var processing: FilePath { root.appending("processing") }
    package var done: FilePath { root.appending("done") }
    package var rejected: FilePath { root.appending("rejected") }
    package var budget: FilePath { root.appending("budget") }
    /// The days that have a budget file (`OpenedDays`), where whoever removes budget/ does not remove it as well.
    package var openedDays: FilePath { root.appending("budget-days.jsonl") }
    package var hashlog: FilePath { root.appending("hashlog") }
    /// Requests of an operator to the daemon, such as a raised cap; only the daemon's user and root can write here.
    package var control: FilePath { root.appending("control") }
    /// Notices on their way to those who asked to be told.
    package var outbox: FilePath { root.appending("outbox") }
    /// What became of each job that has left processing/, for when its results are gone.
    package var finished: FilePath { root.appending("finished.jsonl") }
    /// What the gate found, job by job, for the control charts.
    package var drift: FilePath { root.appending("drift.jsonl") }
    /// What an operator holds back (`Pause`); only the daemon's user and root can write here.
    package var paused: FilePath { root.appending("paused") }
    /// How long requests take (`Pace`); nothing is decided by it, and it may be lost.
    package var pace: FilePath { root.appending("pace.json") }
    package var lock: FilePath { root.appending("lock") }

    /// Makes the directories that are missing; those of lanes: `prepareLane`.
    package func prepare() throws(FileError) {
        let modes = [root, inbox, processing, done, rejected, budget, hashlog, outbox].map { ($0, UInt32(0o770)) }
        let pauses = [paused, pausedJobs, pausedLanes].map { ($0, UInt32(0o750)) }
        for (directory, mode) in modes + [(control, 0o700)] + pauses { try make(directory, mode: mode) }
    }

    /// Makes the inbox of a lane where it is missing: whoever may drop into the inbox may drop there, and in both the
    /// sticky bit keeps one producer from the files of another. The daemon makes them before anybody else does, since
    /// what belongs to it cannot be exchanged by others.
    @discardableResult
    package func prepareLane(_ lane: String) throws(FileError) -> FilePath {
        let directory = inbox.appending(lane)
        let mode = try FileFacts(at: inbox)?.mode ?? 0o770
        if try DurableFile.makeSharedDirectory(directory, mode: mode) { try DurableFile.syncDirectory(inbox) }
        return directory
    }

    /// A file that is durable in a directory is lost with it: the directory's own name has to last as well.
    private func make(_ directory: FilePath, mode: UInt32) throws(FileError) {
        guard try DurableFile.makeDirectory(directory, mode: mode) else { return }
        // Where the spool itself stands may be a link, as /var/run is.
        try DurableFile.syncDirectory(directory.parent, followsLink: directory == root)
    }

    package func inbox(of lane: String, isDefault: Bool) -> FilePath {
        isDefault ? inbox : inbox.appending(lane)
    }

    package func job(_ id: JobID) -> JobDirectory {
        JobDirectory(id: id, path: processing.appending(id.name))
    }

    /// The jobs in processing/, by name. A directory whose name is no job's is not ours and stays.
    package func jobs() throws(FileError) -> [JobID] {
        try jobs(in: processing)
    }

    /// The names of jobs in a directory, which need not exist: a command looks at spools that nobody has worked in yet.
    package func jobs(in directory: FilePath) throws(FileError) -> [JobID] {
        guard try FileFacts(at: directory) != nil else { return [] }
        return try DurableFile.list(directory).compactMap { JobID(String(decoding: $0, as: UTF8.self)) }
            .sorted { $0.name < $1.name }
    }
}
