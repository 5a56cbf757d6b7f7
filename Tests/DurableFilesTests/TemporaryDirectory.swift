import DurableFiles
import Glibc
import Synchronization
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
/// - Returns: false after a minute.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        poll(nil, 0, 1)
        await Task.yield()
    }
    return false
}

extension TemporaryDirectory {
    /// Fails the system call number `index` on the directory or below, counted from 0.
    func failing(call index: Int, with code: Int32) -> FileFaults {
        let calls = Counter()
        return FileFaults(under: path) { _, _ in calls.next() == index ? .error(code) : nil }
    }

    /// Fails every call of one kind.
    func failing(_ operation: FileOperation, with code: Int32) -> FileFaults {
        FileFaults(under: path) { asked, _ in asked == operation ? .error(code) : nil }
    }
}

/// 0, 1, 2, …
final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    func next() -> Int { value.add(1, ordering: .relaxed).oldValue }
    var count: Int { value.load(ordering: .relaxed) }
}

final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    func raise() { value.store(true, ordering: .releasing) }
    var isRaised: Bool { value.load(ordering: .acquiring) }
}
