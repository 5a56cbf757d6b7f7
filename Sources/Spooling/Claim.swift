package import BatchCore
package import DurableFiles
import SystemPackage

/// A file that is ours and not yet ours alone: it has left the inbox, but its producer may still hold it open. Its one
/// legal end is a try to take the snapshot; where that has to wait, or a process dies before, it is claimed again.
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
        guard let inbox = try OpenDirectory.open(arrival.directory) else { return nil }
        let directory = job(id)
        var record = JobRecord(
            name: arrival.name, lane: arrival.lane, uid: facts.uid,
            arrivedAt: Timestamp(milliseconds: facts.changedNanoseconds / 1_000_000), claimedAt: time,
            sizeBytes: facts.sizeBytes, expected: expected)
        record.manifests = try arrival.manifests(of: facts, in: inbox)
        guard try DurableFile.makeDirectory(directory.path) else { return nil }
        do throws(FileError) {
            try directory.write(record)
            // Else a loss of power could keep the rename and lose the directory that it leads into.
            try await processingCommit.commit()
            guard try take(arrival, of: inbox, facts, into: directory) else {
                try DurableFile.removeTree(directory.path)
                return nil
            }
            // Present under its new name before it is gone from the old: a crash between shows it twice at most, never
            // less. And before its manifests are: it would come back without them.
            try DurableFile.syncDirectory(directory.path)
            // They spoke for this file alone: left behind, they would vouch for the next of that name, however torn.
            try arrival.removeManifests(record.manifests, in: inbox)
        } catch {
            // What was moved stays: recovery goes on from it. What was not is removed with its empty directory.
            if try FileFacts(at: directory.delivered) == nil { try DurableFile.removeTree(directory.path) }
            throw error
        }
        try inbox.sync()
        return Claim(directory: directory, record: record)
    }

    /// A claim that has waited, or that of an earlier process as recovery finds it.
    package func reclaim(_ directory: JobDirectory, _ record: JobRecord) -> Claim {
        Claim(directory: directory, record: record)
    }

    /// The rest of a claim that ended right after its rename: the manifests of the file may lie in the inbox still.
    package func removeManifests(of record: JobRecord) throws(FileError) {
        for directory in [inbox, inbox.appending(record.lane)] {
            guard let inbox = try OpenDirectory.open(directory) else { continue }
            try Arrival(directory: directory, name: record.name, lane: record.lane)
                .removeManifests(record.manifests, in: inbox)
            // That of a lane; the file is out of it, which a kill may have left in memory alone.
            try inbox.sync()
        }
    }

    private func take(
        _ arrival: Arrival, of inbox: OpenDirectory, _ facts: FileFacts, into directory: JobDirectory
    ) throws(FileError) -> Bool {
        guard try inbox.move(arrival.name, to: directory.delivered) == .moved else { return false }
        guard let moved = try FileFacts(at: directory.delivered), moved.isSameFile(as: facts), moved.links == 1 else {
            // Another file has taken the name meanwhile: it was not looked at.
            if try inbox.take(directory.delivered, as: arrival.name) == .moved { return false }
            // Its place is taken again. A file stays ours: a snapshot is taken of it when its writer has gone.
            guard let left = try FileFacts(at: directory.delivered) else { return false }
            if left.kind == .regular, left.links == 1 { return true }
            // Anything else is nothing that a job could run on: its producer finds it beside, under a hidden name.
            let hidden = Array(".".utf8) + arrival.name.prefix(200) + Array(".\(directory.id.name.suffix(6))".utf8)
            return try inbox.take(directory.delivered, as: hidden) != .moved
        }
        return true
    }
}
