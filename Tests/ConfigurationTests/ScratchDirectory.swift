import Configuration
import Glibc
import SystemPackage

/// A configuration directory of real files that goes away with the value.
struct ScratchDirectory: ~Copyable {
    let path: FilePath

    init(_ files: [String: String] = [:]) throws {
        self = try Self.holding(files)
    }

    private init(at path: FilePath) {
        self.path = path
    }

    private static func holding(_ files: [String: String]) throws -> ScratchDirectory {
        let directory = ScratchDirectory(at: try newDirectory())
        for (name, text) in files { try directory.write(text, to: name) }
        return directory
    }

    private static func newDirectory() throws -> FilePath {
        var template = Array("/tmp/bobbin-configuration-XXXXXX".utf8CString)
        // mkdtemp writes the name that it chose into the array, within this call.
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) != nil }
        guard made else { throw Errno(rawValue: errno) }
        return FilePath(platformString: template)
    }

    /// Over the old file, in place: the inode stays.
    func write(_ text: String, to name: String) throws {
        let file = try FileDescriptor.open(
            path.appending(name), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(text.utf8) }
    }

    func remove(_ name: String) throws {
        guard unlink(path.appending(name).string) == 0 else { throw Errno(rawValue: errno) }
    }

    func rename(_ name: String, to other: String) throws {
        guard Glibc.rename(path.appending(name).string, path.appending(other).string) == 0 else {
            throw Errno(rawValue: errno)
        }
    }

    /// Sets the modification time to a fixed one, as a copy that keeps times does.
    func datesBack(_ name: String) throws {
        let time = timespec(tv_sec: 1_600_000_000, tv_nsec: 0)
        guard utimensat(AT_FDCWD, path.appending(name).string, [time, time], 0) == 0 else {
            throw Errno(rawValue: errno)
        }
    }

    func makeFIFO(_ name: String) throws {
        guard mkfifo(path.appending(name).string, 0o600) == 0 else { throw Errno(rawValue: errno) }
    }

    deinit {
        guard let entries = opendir(path.string) else { return }
        while let entry = readdir(entries) {
            // d_name is terminated and lives until the next readdir; unlinkat copies it.
            _ = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { unlinkat(dirfd(entries), $0, 0) }
            }
        }
        closedir(entries)
        rmdir(path.string)
    }
}

/// A models.toml that nothing is wrong with.
let goodModels = """
    [endpoints.local]
    url = "http://127.0.0.1:8080"
    [models.m]
    endpoint = "local"
    """

/// Loads a directory with these files (and a good models.toml unless there is one among them).
func load(_ files: [String: String]) throws -> Configuration {
    let directory = try ScratchDirectory(files.merging(["models.toml": goodModels]) { given, _ in given })
    return try Configuration.load(from: directory.path)
}

/// What `load` refuses, each problem as `FILE:LINE: message` with the directory taken off.
func problems(_ files: [String: String]) throws -> [String] {
    let directory = try ScratchDirectory(files.merging(["models.toml": goodModels]) { given, _ in given })
    do throws(ConfigurationError) {
        _ = try Configuration.load(from: directory.path)
        return []
    } catch {
        return error.problems.map { String($0.description.dropFirst(directory.path.string.count + 1)) }
    }
}
