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
            try clear(directory)
            try await move(directory.path, to: done.appending(directory.id.name), commit: doneCommit)
        case .rejected:
            try clear(directory, keeping: directory.input)
            try await move(directory.path, to: rejected.appending(directory.id.name), commit: rejectedCommit)
        case .split:
            if try FileFacts(at: directory.rejectedPart) != nil {
                try await move(
                    directory.rejectedPart, to: rejected.appending(directory.id.name), commit: rejectedCommit)
            }
            try clear(directory)
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

    /// Removes all that is no result: what only a job in processing/ has, and what a crash left of it under temporary
    /// names.
    private func clear(_ directory: JobDirectory, keeping input: FilePath? = nil) throws(FileError) {
        guard try FileFacts(at: directory.path) != nil else { return }
        let results = [directory.output, directory.errors, directory.reprocess, directory.report, input]
        for name in try DurableFile.list(directory.path) {
            let path = directory.path.appending(nameBytes: name)
            if results.contains(path) { continue }
            if try FileFacts(at: path)?.kind == .directory {
                try DurableFile.removeTree(path)
            } else {
                try DurableFile.remove(path)
            }
        }
    }
}

extension JobDirectory {
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
