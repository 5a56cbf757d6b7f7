import Glibc
package import SystemPackage

/// An append-only file. Whole records go in, each is durable when `append` returns, and appends that come together
/// share one write and one fdatasync. After a failed write or fsync it refuses everything: what the file holds then
/// is only known to who reads it anew and cuts its tail.
package final class AppendLog: Sendable {
    private let file: AppendFile
    private let group: GroupCommit
    private let path: FilePath

    /// When this returns, what the file holds is durable.
    /// - Parameters:
    ///   - create: makes the file where it does not exist, and makes its name durable.
    ///   - sizeBytes: cuts a torn tail: what the file is to be cut to before the first append.
    /// - Throws: ENOENT without `create`; EINVAL for what is no regular file, or where `sizeBytes` is above its size.
    package init(opening path: FilePath, create: Bool, truncatingTo sizeBytes: Int? = nil) throws(FileError) {
        let file = try AppendFile(path, create: create, truncatingTo: sizeBytes)
        self.path = path
        self.file = file
        self.group = GroupCommit(poisoning: true) { () throws(FileError) in try file.flush() }
    }

    /// - Returns: the offset of the record in bytes, once it is durable.
    package func append(_ record: [UInt8]) async throws(FileError) -> Int {
        guard let offset = file.stageUnlessClosing(record) else { throw FileError(.write, path, EBADF) }
        try await group.commit()
        return offset
    }

    /// Takes a record in for the next commit, which is not waited for; until then it stays in memory.
    /// - Returns: the offset in bytes that it will have.
    ///   Callers that must not be overtaken need not await it: records stand in the file in the order of these calls.
    package func appendLazily(_ record: [UInt8]) -> Int {
        file.stage(record)
    }

    /// When this returns, everything appended so far is durable.
    package func commit() async throws(FileError) {
        try await group.commit()
    }

    /// Where the next record will begin: what is still in memory counts.
    package var sizeBytes: Int { file.sizeBytes }

    /// Up to here everything is durable: where to cut the file when it is opened anew after a failure.
    package var durableBytes: Int { file.durableBytes }

    /// What somebody else did to the file since it was opened, in words: removed, replaced, cut or grown. nil: nothing
    /// of these. Bytes that were changed in place are found by who reads it next.
    package func interference() throws(FileError) -> String? { try file.interference() }

    /// Commits what is in memory and closes the file, also when the commit fails. Later appends throw EBADF.
    package func close() async throws(FileError) {
        file.beginClosing()
        do throws(FileError) {
            try await group.commit()
        } catch {
            file.abandon()
            throw error
        }
        try file.close()
    }
}
