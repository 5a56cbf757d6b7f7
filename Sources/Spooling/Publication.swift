package import BatchCore
import DurableFiles
import Glibc
import SystemPackage

/// Moves a finished job to done/ and rejected/. Its report is the record of the verdict: once that is there, a crash is
/// finished forward, and what is left to do is seen from what is there.
extension Spool {
    /// Publishes a job whose results and report are durable in its directory.
    /// - Throws: what the file system says; calling it again goes on where it stopped.
    package func publish(_ directory: JobDirectory, _ verdict: JobVerdict) async throws {
        switch verdict {
        case .accepted:
            try remove([directory.input] + directory.working)
            try await move(directory.path, to: done.appending(directory.id.name), commit: doneCommit)
        case .rejected:
            try remove(directory.working)
            try await move(directory.path, to: rejected.appending(directory.id.name), commit: rejectedCommit)
        case .split:
            if try FileFacts(at: directory.rejectedPart) != nil {
                try await move(directory.rejectedPart, to: rejected.appending(directory.id.name), commit: rejectedCommit)
            }
            try remove([directory.input] + directory.working)
            try await move(directory.path, to: done.appending(directory.id.name), commit: doneCommit)
        }
    }

    private func move(_ source: FilePath, to target: FilePath, commit: DirectoryCommit) async throws {
        switch try DurableFile.rename(source, to: target) {
        case .moved, .sourceMissing: break
        case .targetExists:
            throw FileError(.rename, target, EEXIST, advice: "a job of this name is there already: move it away")
        }
        try await commit.commit()
        try DurableFile.syncDirectory(source.parent)
    }

    private func remove(_ paths: [FilePath]) throws(FileError) {
        for path in paths {
            guard let facts = try FileFacts(at: path) else { continue }
            if facts.kind == .directory { try DurableFile.removeTree(path) } else { try DurableFile.remove(path) }
        }
    }
}

extension JobDirectory {
    /// What only a job in processing/ has.
    fileprivate var working: [FilePath] {
        [delivered, recordFile, stateFile, planFile, attempts, shards]
    }

    /// The verdict of a job whose results are complete; nil: it has none yet.
    package func verdict() throws -> JobVerdict? {
        guard let bytes = try DurableFile.read(report) else { return nil }
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { throw JobDamage(file: report, reason: "it is no report") }
        guard let verdict = value["verdict"]?.string.flatMap(JobVerdict.init(rawValue:)) else {
            throw JobDamage(file: report, reason: "it has no verdict")
        }
        return verdict
    }
}
