import Glibc
import SystemPackage

/// A directory below TMPDIR for readers of files, which whoever starts the process removes: one that crashes does not.
struct Scratch: Sendable {
    let path: FilePath

    init(_ name: String) {
        path = FilePath(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp").appending("readers-\(name)-\(getpid())")
        mkdir(path.string, 0o700)
    }

    func write(_ bytes: [UInt8], to name: String) {
        let descriptor = open(path.appending(name).string, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let written = bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        precondition(written == bytes.count, "no room in \(path)")
        close(descriptor)
    }

    func remove(_ name: String) { unlink(path.appending(name).string) }
}
