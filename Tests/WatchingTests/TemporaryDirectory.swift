import Glibc
import SystemPackage

/// A directory of the test's own, with `inbox` and `beside` in it; it is removed with the value.
final class TemporaryDirectory: Sendable {
    let path: FilePath
    var inbox: FilePath { path.appending("inbox") }
    /// On the same file system and not watched.
    var beside: FilePath { path.appending("beside") }

    init(in parent: FilePath = "/tmp") throws {
        var template = Array(parent.appending("bobbin-watching-XXXXXX").string.utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        path = FilePath(platformString: template)
        try makeDirectory(inbox)
        try makeDirectory(beside)
    }

    deinit {
        do { try run("/bin/rm", ["-rf", path.string]) } catch { print("left behind: \(path): \(error)") }
    }
}

/// One system call that must succeed.
func must(_ result: Int32, _ what: String = #function) throws {
    guard result == 0 else { throw Errno(rawValue: errno) }
}

func makeDirectory(_ path: FilePath) throws { try must(mkdir(path.string, 0o755)) }

func move(_ from: FilePath, _ to: FilePath) throws { try must(rename(from.string, to.string)) }

/// Writes a file in pieces, as `cp` and `>` do.
func write(_ path: FilePath, pieces: Int = 1) throws {
    let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite])
    try file.closeAfter {
        for piece in 0..<pieces { try file.writeAll("{\"piece\":\(piece)}\n".utf8) }
    }
}

/// A path with a name of any bytes.
func path(_ directory: FilePath, _ name: [UInt8]) -> [CChar] {
    (Array(directory.string.utf8) + [UInt8(ascii: "/")] + name + [0]).map { CChar(bitPattern: $0) }
}
