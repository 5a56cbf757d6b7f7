package import BatchCore
import DurableFiles
package import SystemPackage

/// Moves a finished job to done/ and rejected/. Its report is the record of the verdict: once that is there, a crash is
/// finished forward, and what is left to do is seen from what is there.
extension Spool {
    /// Publishes a job whose results and report are durable in its directory.
    /// - Throws: what the file system says; calling it again goes on where it stopped.
    package func publish(_ directory: JobDirectory, _ verdict: JobVerdict) async throws {
        // Before anything is removed, so that a job that stands still for it stands there whole.
        try refuseCollision(of: directory, verdict)
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

    private func refuseCollision(of directory: JobDirectory, _ verdict: JobVerdict) throws {
        var targets = [(verdict == .rejected ? rejected : done).appending(directory.id.name)]
        if verdict == .split, try FileFacts(at: directory.rejectedPart) != nil {
            targets.append(rejected.appending(directory.id.name))
        }
        for target in targets where try FileFacts(at: target) != nil { throw collision(target) }
    }

    private func collision(_ target: FilePath) -> JobDamage {
        JobDamage(file: target, reason: "a job of this name is there already: move one of the two away")
    }

    private func move(_ source: FilePath, to target: FilePath, commit: DirectoryCommit) async throws {
        switch try DurableFile.rename(source, to: target) {
        case .moved, .sourceMissing: break
        case .targetExists:
            throw collision(target)
        }
        try await commit.commit()
        try DurableFile.syncDirectory(source.parent)
    }

    /// Removes all that is no result: what only a job in processing/ has, and what a crash left of it under temporary
    /// names.
    private func clear(_ directory: JobDirectory, keeping input: FilePath? = nil) throws(FileError) {
        guard try FileFacts(at: directory.path) != nil else { return }
        let results = [
            directory.output, directory.errors, directory.reprocess, directory.report, directory.page, input,
        ]
        for name in try DurableFile.list(directory.path) {
            let path = directory.path.appending(nameBytes: name)
            if results.contains(path) { continue }
            if try FileFacts(at: path)?.kind == .directory {
                try DurableFile.removeTree(path)
            } else {
                try DurableFile.remove(path)
            }
        }
        // Else the power may take the removals back and keep the move, and nobody looks into a finished job any more.
        try DurableFile.syncDirectory(directory.path)
    }
}

extension JobDirectory {
    /// The report of a job whose results are complete; nil: it has none yet.
    package func verdictReport() throws -> VerdictReport? {
        try DurableFile.read(report).map { try VerdictReport($0, in: report) }
    }
}

/// `report.json` in processing/: the record of a verdict, by which a crash is finished forward.
package struct VerdictReport: Sendable {
    package let verdict: JobVerdict
    package let value: JSONValue

    /// - Throws: `JobDamage` for what is no report, or has no verdict.
    package init(_ bytes: [UInt8], in file: FilePath) throws {
        do { value = try JSONValue(parsing: bytes) } catch { throw JobDamage(file: file, reason: "it is no report") }
        guard let verdict = value["verdict"]?.string.flatMap(JobVerdict.init(rawValue:)) else {
            throw JobDamage(file: file, reason: "it has no verdict")
        }
        self.verdict = verdict
    }

    package var figures: Figures? { value["figures"].flatMap { Figures($0) } }

    /// The SHA-256 of the file of the job; nil where it paid for no answer. What failed may succeed another time.
    package var paidFor: SHA256Digest? {
        guard value["lines"]?["answered"]?.int ?? 0 > 0 else { return nil }
        return value["sha256"]?.string.flatMap { SHA256Digest(hex: $0) }
    }
}
