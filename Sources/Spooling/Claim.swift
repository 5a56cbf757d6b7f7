package import BatchCore
package import DurableFiles
import Glibc
import SystemPackage

/// A file that is ours and not yet ours alone: it has left the inbox, but its producer may still hold it open. Its one
/// legal end is the snapshot; a process that dies before leaves it for recovery.
package struct Claim: ~Copyable, Sendable {
    package let directory: JobDirectory
    package let record: JobRecord
}

extension Spool {
    /// Claims an arrival: `mkdir processing/JOB`, its record, then one rename out of the inbox. When this returns, the
    /// claim outlives a crash; the fsyncs of claims that come together are shared.
    /// - Parameters:
    ///   - facts: of the file that was found ready; another file under its name is put back.
    ///   - id: new and random.
    /// - Returns: nil if somebody else was faster, or a job has that id already: a reason to look again.
    package func claim(
        _ arrival: Arrival, seen facts: FileFacts, expected: SHA256Digest?, as id: JobID, at time: Timestamp
    ) async throws(FileError) -> Claim? {
        let directory = job(id)
        var record = JobRecord(
            name: arrival.name, lane: arrival.lane, uid: facts.uid,
            arrivedAt: Timestamp(milliseconds: facts.changedNanoseconds / 1_000_000), claimedAt: time,
            sizeBytes: facts.sizeBytes, expected: expected)
        record.manifests = try arrival.manifests()
        guard try DurableFile.makeDirectory(directory.path) else { return nil }
        do throws(FileError) {
            try directory.write(record)
            guard try take(arrival, facts, into: directory) else {
                try DurableFile.removeTree(directory.path)
                return nil
            }
            // It spoke for this file alone: left behind, it would vouch for the next of that name, however torn.
            try arrival.removeManifests(record.manifests)
        } catch {
            // What was moved stays: recovery goes on from it. What was not is removed with its empty directory.
            if try FileFacts(at: directory.delivered) == nil { try DurableFile.removeTree(directory.path) }
            throw error
        }
        // Present under its new name before it is gone from the old: a crash between shows it twice at most, never
        // less.
        try DurableFile.syncDirectory(directory.path)
        try await processingCommit.commit()
        try DurableFile.syncDirectory(arrival.directory)
        return Claim(directory: directory, record: record)
    }

    /// The claim of an earlier process, as recovery finds it.
    package func reclaim(_ directory: JobDirectory, _ record: JobRecord) -> Claim {
        Claim(directory: directory, record: record)
    }

    /// The rest of a claim that ended right after its rename: the manifests of the file may lie in the inbox still.
    package func removeManifests(of record: JobRecord) throws(FileError) {
        for directory in [inbox, inbox.appending(record.lane)] {
            guard try FileFacts(at: directory)?.kind == .directory else { continue }
            try Arrival(directory: directory, name: record.name, lane: record.lane).removeManifests(record.manifests)
        }
    }

    private func take(_ arrival: Arrival, _ facts: FileFacts, into directory: JobDirectory) throws(FileError) -> Bool {
        guard try DurableFile.rename(arrival.path, to: directory.delivered) == .moved else { return false }
        guard let moved = try FileFacts(at: directory.delivered), moved.isSameFile(as: facts), moved.links == 1 else {
            // Another file has taken the name meanwhile: it was not looked at. If its place is taken again, it stays
            // ours: a snapshot is taken of it when its writer has gone.
            return try DurableFile.rename(directory.delivered, to: arrival.path) != .moved
        }
        return true
    }
}

extension Claim {
    /// Takes the private copy that the job runs on, hashing it on the way. When this returns, no producer can change
    /// what runs.
    /// - Parameter waits: called with the reason each time the file is found still being written to, or closed to us;
    ///   it returns after a pause, or throws to give up.
    package consuming func snapshot(waits: (String) async throws -> Void) async throws -> JobRecord {
        let directory = self.directory
        var record = self.record
        while record.sha256 == nil {
            switch try await withTaskExecutorPreference(FileExecutor.bulk, operation: { try directory.copyDelivered() })
            {
            case .taken(let digest): (record.sha256, record.manifests) = (digest, [])
            case .waits(let reason): try await waits(reason)
            }
        }
        record.sizeBytes = try FileFacts(at: directory.input)?.sizeBytes ?? 0
        try directory.write(record)
        try DurableFile.remove(directory.delivered)
        return record
    }
}

extension JobDirectory {
    fileprivate enum Copy {
        case taken(SHA256Digest)
        case waits(String)
    }

    fileprivate func copyDelivered() throws(FileError) -> Copy {
        var hasher = SHA256()
        do throws(SnapshotError) {
            if try hasWriter() { return .waits("a writer still has it open") }
            _ = try Snapshot.take(of: delivered, as: input) { hasher.update($0) }
        } catch {
            switch error {
            case .changedWhileCopying: return .waits("it changes while it is copied")
            // Its producer owns it still, and can close it to us.
            case .file(let error) where [EACCES, EPERM].contains(error.code): return .waits("\(error)")
            case .file(let error): throw error
            }
        }
        return .taken(hasher.finish())
    }

    private func hasWriter() throws(SnapshotError) -> Bool {
        do throws(FileError) { return try WriterProbe.probe(delivered) == .writer } catch { throw .file(error) }
    }
}
