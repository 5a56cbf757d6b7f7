import DurableFiles
import Glibc
import SystemPackage

/// A directory for one test, removed with the object.
final class TemporaryDirectory: Sendable {
    let path: FilePath

    init() throws {
        let base = FilePath(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")
        path = base.appending("durable-files-\(UInt64.random(in: .min ... .max))")
        try DurableFile.makeDirectory(path)
    }

    deinit {
        do { try DurableFile.removeTree(path) } catch { print("left behind: \(error)") }
    }

    func callAsFunction(_ name: String) -> FilePath { path.appending(name) }

    func write(_ text: String, _ name: String) throws -> FilePath {
        try DurableFile.publish(Array(text.utf8), to: self(name), durable: false)
        return self(name)
    }

    func text(_ name: String) throws -> String? {
        try DurableFile.read(self(name)).map { String(decoding: $0, as: UTF8.self) }
    }

    var names: [String] {
        get throws { try DurableFile.list(path).map { String(decoding: $0, as: UTF8.self) } }
    }
}

/// Polls until `condition` holds.
/// - Returns: false after ten seconds.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        await Task.yield()
    }
    return false
}
