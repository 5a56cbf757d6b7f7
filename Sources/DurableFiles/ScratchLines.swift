package import SystemPackage

/// Lines that are too many for memory, in a file without a name: gone with its last reader, also after a crash. One
/// writes, and whoever comes after it reads.
package final class ScratchLines: Sendable {
    /// What was written.
    package let file: LineFile

    /// - Parameter directory: the file is made in its file system.
    package init(in directory: FilePath) throws(FileError) {
        file = LineFile(try OpenFile(scratchIn: directory))
    }

    /// All of `bytes`, behind what was written before.
    package func append(_ bytes: Span<UInt8>) throws(FileError) { try file.append(bytes) }
}
