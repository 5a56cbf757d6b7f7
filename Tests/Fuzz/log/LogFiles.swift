import DurableFiles
import Glibc
import SystemPackage

/// The files of a small directory, as values.
enum LogFiles {
    struct File: Sendable {
        let name: String
        var bytes: [UInt8]
    }

    /// Sorted by name.
    static func read(_ place: FilePath) -> [File] {
        names(place).map { name in
            do throws(FileError) {
                return File(name: name, bytes: try DurableFile.read(place.appending(name), limitBytes: 1 << 20) ?? [])
            } catch { preconditionFailure("\(error)") }
        }
    }

    /// The directory holds these files afterwards, and no other.
    static func lay(_ files: [File], in place: FilePath) {
        mkdir(place.string, 0o700)
        for name in names(place) { unlink(place.appending(name).string) }
        for file in files {
            let descriptor = open(place.appending(file.name).string, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            let written = file.bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            precondition(written == file.bytes.count, "no room in \(place)")
            close(descriptor)
        }
    }

    static func remove(_ place: FilePath) {
        lay([], in: place)
        rmdir(place.string)
    }

    private static func names(_ place: FilePath) -> [String] {
        guard let directory = unsafe opendir(place.string) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
