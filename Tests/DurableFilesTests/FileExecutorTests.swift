import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("File work blocks on threads of its own")
struct FileExecutorTests {
    @Test("eight tasks block together, whatever the number of cores")
    func blockTogether() async {
        let inside = Counter()
        let allMet = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask(executorPreference: FileExecutor.shared) {
                    _ = inside.next()
                    // Each holds its thread until the eighth has come.
                    return pollFor { inside.count == 8 }
                }
            }
            return await group.allSatisfy { $0 }
        }
        #expect(allMet)
    }

    @Test("its threads have its name, and ours come back afterwards")
    func names() async {
        let executor = FileExecutor(name: "bobbin-test", threads: 1)
        let inside = await withTaskExecutorPreference(executor) { await work() }
        #expect(inside == "bobbin-test")
        #expect(await work() != "bobbin-test")
    }

    @Test("every job runs once")
    func everyJob() async {
        let done = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<1000 {
                group.addTask(executorPreference: FileExecutor.shared) {
                    await Task.yield()
                    _ = done.next()
                }
            }
        }
        #expect(done.count == 1000)
    }

    @Test("what replaces it takes all file work of the task that says so, and of its children")
    func replaced() async {
        let other = FileExecutor(name: "bobbin-other", threads: 1)
        let names = await FileExecutor.$replacement.withValue(other) {
            async let child = withTaskExecutorPreference(FileExecutor.shared) { await work() }
            let own = await withTaskExecutorPreference(FileExecutor.bulk) { await work() }
            return [await child, own]
        }
        #expect(names == ["bobbin-other", "bobbin-other"])
        #expect(await withTaskExecutorPreference(FileExecutor.shared) { await work() } == "bobbin-file")
    }

    private nonisolated func work() async -> String { threadName() }
}

/// Blocks its thread.
/// - Returns: false after a minute.
private func pollFor(_ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
        if condition() { return true }
        poll(nil, 0, 1)
    }
    return false
}

func threadName() -> String {
    do {
        let bytes = try DurableFile.read("/proc/thread-self/comm") ?? []
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    } catch { return "\(error)" }
}
