import BatchCore
package import DurableFiles
import Glibc
import SystemPackage

/// How a try to take the snapshot of a claim ended.
package enum SnapshotTry: Sendable {
    /// The job runs on its private copy, or is refused as a whole (`JobRecord.refusal`).
    case ended(JobRecord)
    /// Not now: why, in words. The claim is as it was.
    case waits(String)
    /// For space alone, which says nothing about the file.
    case waitsForSpace(String)
}

extension Claim {
    /// Takes the private copy that the job runs on, hashing it on the way. When this has ended, no producer can change
    /// what runs.
    /// - Parameters:
    ///   - limitBytes: a larger file is refused without a copy.
    ///   - isLastTry: the file has been waited for long enough: what can be copied is kept, whoever has it open, and
    ///     what cannot is refused.
    package consuming func snapshot(
        limitBytes: Int, isLastTry: Bool, in space: CopySpace
    ) async throws(FileError) -> SnapshotTry {
        var record = record
        if record.refusal == nil {
            let directory = directory
            let copy = await withTaskExecutorPreference(FileExecutor.copies) {
                Result { () throws(FileError) in
                    try directory.copyDelivered(limitBytes: limitBytes, isLastTry: isLastTry, in: space)
                }
            }
            switch try copy.get() {
            case .taken(let digest):
                (record.sha256, record.manifests) = (digest, [])
                record.sizeBytes = try FileFacts(at: directory.input)?.sizeBytes ?? 0
                try directory.write(record)
                try DurableFile.remove(directory.delivered)
                return .ended(record)
            case .refused(let reason): record.refusal = reason
            case .waits(let reason): return .waits(reason)
            case .waitsForSpace(let reason): return .waitsForSpace(reason)
            }
        }
        return .ended(try directory.refuse(record))
    }
}

extension JobDirectory {
    fileprivate enum Copy: Sendable {
        case taken(SHA256Digest)
        case refused(String)
        case waits(String)
        case waitsForSpace(String)
    }

    fileprivate func copyDelivered(
        limitBytes: Int, isLastTry: Bool, in space: CopySpace
    ) throws(FileError) -> Copy {
        func waits(_ reason: String) -> Copy {
            isLastTry ? .refused("\(reason), and that was waited for long enough: deliver it again") : .waits(reason)
        }
        var hasher = SHA256()
        do throws(SnapshotError) {
            if !isLastTry, try hasWriter() { return .waits("a writer still has it open") }
            _ = try Snapshot.take(
                of: delivered, as: input, limitBytes: limitBytes, in: space, isLastTry: isLastTry
            ) { hasher.update($0) }
        } catch {
            switch error {
            case .changedWhileCopying: return waits("it changes while it is copied")
            case .tooLarge(_, let size, let limit):
                return .refused(
                    "it has \(size) bytes, more than `file_bytes` of [limits] in bobbin.toml allows (\(limit)): cut it")
            case .hole(_, let offset):
                return .refused("it has a hole at byte \(offset), which nobody has written: deliver it whole")
            case .noSpace(_, let needed, let free):
                return .waitsForSpace("it has \(needed) bytes, and \(free) are free for it: free space in the spool")
            case .file(let error) where error.isOutOfSpace: return .waitsForSpace("\(error)")
            // Its producer owns it still, and can close it to us.
            case .file(let error) where [EACCES, EPERM].contains(error.code): return waits("\(error)")
            case .file(let error): throw error
            }
        }
        return .taken(hasher.finish())
    }

    private func hasWriter() throws(SnapshotError) -> Bool {
        do throws(FileError) { return try WriterProbe.probe(delivered) == .writer } catch { throw .file(error) }
    }

    /// The file goes to rejected/ as it was delivered: not a byte of it is copied, or read. The record says so first,
    /// so that a crash between the two is finished by the next try.
    fileprivate func refuse(_ refused: JobRecord) throws(FileError) -> JobRecord {
        var record = refused
        record.manifests = []
        // Once it has moved it has the name of a snapshot that a crash left.
        guard let facts = try FileFacts(at: delivered) else { return record }
        record.sizeBytes = facts.sizeBytes
        try write(record)
        try DurableFile.remove(input)
        _ = try DurableFile.rename(delivered, to: input)
        try DurableFile.syncDirectory(path)
        return record
    }
}
