package import SystemPackage

/// The fsync of one directory, shared by a burst of renames in it.
package struct DirectoryCommit: Sendable {
    private let group: GroupCommit

    /// A failure is not kept: who was told of it knows that his rename may not last, and a later fsync speaks for
    /// later renames. (The directory is opened anew each time, so that a lack of descriptors passes.)
    package init(_ path: FilePath) {
        self.group = GroupCommit(poisoning: false) { () throws(FileError) in try DurableFile.syncDirectory(path) }
    }

    /// When this returns, every rename into or out of the directory that was made before the call lasts.
    package func commit() async throws(FileError) {
        try await group.commit()
    }
}
