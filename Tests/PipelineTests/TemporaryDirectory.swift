import DurableFiles
import Glibc
import Synchronization
import SystemPackage

/// A directory for one test, removed with the object. It is in memory where there is such a place: the tests of this
/// target make thousands of fsyncs, and none of them ends the machine.
final class TemporaryDirectory: Sendable {
    let path: FilePath

    init() throws {
        let base = FilePath(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
        // A short name: in a debug build most of the time of these tests goes into checking the letters of paths.
        path = base.appending("b\(UInt32.random(in: .min ... .max))")
        try DurableFile.makeDirectory(path)
    }

    deinit {
        do { try DurableFile.removeTree(path) } catch { print("left behind: \(error)") }
    }
}

/// Looks until `condition` holds. Between two looks a thread of our own sleeps: the threads that the tests share have
/// other things to do.
/// - Returns: false after a minute.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(180)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        await withTaskExecutorPreference(waiting) { () async -> Void in _ = poll(nil, 0, 2) }
    }
    return false
}

private let waiting = FileExecutor(name: "test-wait", threads: 8)

/// Raised once.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    func raise() { value.store(true, ordering: .releasing) }
    var isRaised: Bool { value.load(ordering: .acquiring) }
}
