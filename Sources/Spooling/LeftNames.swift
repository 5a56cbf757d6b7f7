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
            do throws(FileError) {
                try DurableFile.syncDirectory(directory, followsLink: directory == root)
            } catch {
                // What is gone or closed to us is said by whoever needs it: one job stands still, an inbox is awaited.
                if error.isEnvironmental { throw error }
            }
        }
    }
}
