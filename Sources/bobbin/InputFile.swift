import BatchCore
import DurableFiles
import Glibc
import SystemPackage

/// A file that a command reads twice or by offsets; standard input is kept in a temporary one.
struct InputFile {
    let path: FilePath
    private let isTemporary: Bool

    /// Where a command puts what it needs for itself.
    static var scratch: FilePath { FilePath(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp") }

    init(_ argument: String) throws {
        guard argument == "-" else {
            path = FilePath(argument)
            isTemporary = false
            guard try FileFacts(at: path) != nil else {
                throw Failure(code: EX_NOINPUT, message: "\(argument): there is no such file")
            }
            return
        }
        path = Self.scratch.appending("bobbin-stdin-\(getpid()).jsonl")
        isTemporary = true
        try DurableFile.publish(to: path, replacing: false, durable: false, mode: 0o600) { writer throws(FileError) in
            var chunk = [UInt8](repeating: 0, count: 1 << 20)
            while true {
                let count: Int
                do {
                    count = try chunk.withUnsafeMutableBytes { try FileDescriptor.standardInput.read(into: $0) }
                } catch {
                    throw FileError(operation: "read", path: "standard input", code: (error as? Errno)?.rawValue ?? EIO)
                }
                if count == 0 { return }
                try writer.write(chunk[..<count])
            }
        }
    }

    /// The SHA-256 of its bytes, as a job's snapshot would have it.
    func digest() throws -> SHA256Digest {
        let file = try LineFile(path)
        var hash = SHA256()
        var offset = 0
        while true {
            let bytes = try file.read(at: offset, length: 1 << 20)
            if bytes.isEmpty { return hash.finish() }
            hash.update(bytes)
            offset += bytes.count
        }
    }

    func remove() {
        guard isTemporary else { return }
        do { try DurableFile.remove(path) } catch { Terminal.complain("bobbin: \(error)") }
    }
}
