package import DurableFiles

extension Spool {
    /// What processes before this one put under a name, or took away, is on disk when it returns. After a kill it may
    /// be in memory alone, and what is done on its word must not outlast it in a loss of power. The caller holds the
    /// lock.
    package func keepNames() throws(FileError) {
        var directories = [root, inbox, processing, done, rejected, budget, hashlog, outbox, control]
        directories += [paused, pausedJobs, pausedLanes]
        for id in try jobs() { directories += [job(id).path, job(id).shards] }
        for directory in directories {
            try passing { () throws(FileError) in
                try DurableFile.syncDirectory(directory, followsLink: directory == root)
            }
        }
    }

    /// The same for what the jobs in processing/ were charged, before the books say it for ever.
    package func keepCharges() throws(FileError) {
        for id in try jobs() {
            let job = job(id)
            try passing { () throws(FileError) in
                try DurableFile.syncFile(job.attempts)
                for name in try DurableFile.list(job.shards) {
                    try DurableFile.syncFile(job.shards.appending(nameBytes: name))
                }
            }
        }
    }

    /// What is gone or closed to us is said by whoever needs it: one job stands still, an inbox is awaited.
    private func passing(_ body: () throws(FileError) -> Void) throws(FileError) {
        do throws(FileError) { try body() } catch {
            if error.isEnvironmental { throw error }
        }
    }
}
