import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("A commit returns once a run that began after it has finished", .timeLimit(.minutes(6)))
struct GroupCommitTests {
    @Test("callers who come during a run share the next one, not this one")
    func nextRun() async throws {
        let action = HeldAction()
        let group = GroupCommit(poisoning: false) { () async throws(FileError) in try await action.run() }
        let finished = Counter()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.commit() }
            #expect(await eventually { action.begun == 1 })
            for _ in 0..<10 {
                tasks.addTask {
                    try await group.commit()
                    _ = finished.next()
                }
            }
            #expect(await eventually { group.waitingCount == 10 })
            action.finish()
            try await tasks.next()
            #expect(await eventually { action.begun == 2 })
            #expect(finished.count == 0, "a caller was served by a run that began before it came")
            action.finish()
            try await tasks.waitForAll()
        }
        #expect(action.begun == 2)
        #expect(finished.count == 10)
    }

    @Test(
        "a failed run fails all who shared it; the next one is tried only without poisoning", arguments: [true, false])
    func failure(poisoning: Bool) async throws {
        let action = HeldAction()
        let group = GroupCommit(poisoning: poisoning) { () async throws(FileError) in try await action.run() }
        let failures = Counter()
        await withTaskGroup(of: Void.self) { tasks in
            for number in 0..<4 {
                tasks.addTask {
                    do { try await group.commit() } catch { _ = failures.next() }
                }
                if number == 0 { #expect(await eventually { action.begun == 1 }) }
            }
            #expect(await eventually { group.waitingCount == 3 })
            action.finish(FileError(.fsync, "/x", EIO))
            if !poisoning {
                #expect(await eventually { action.begun == 2 })
                action.finish(FileError(.fsync, "/x", EIO))
            }
            await tasks.waitForAll()
        }
        #expect(failures.count == 4)
        #expect(action.begun == (poisoning ? 1 : 2))
        if poisoning {
            #expect(await #expect(throws: FileError.self) { try await group.commit() } == FileError(.fsync, "/x", EIO))
            #expect(action.begun == 1)
        } else {
            action.finish()
            try await group.commit()
        }
    }

    @Test("its action may block without stopping the other threads")
    func blocking() async throws {
        let group = GroupCommit(poisoning: true) { () throws(FileError) in
            #expect(threadName().hasPrefix("bobbin-file"))
        }
        try await group.commit()
    }
}

/// An action that runs until the test says how it ends.
private final class HeldAction: Sendable {
    private let beginnings = Counter()
    private let ends = AsyncStream<FileError?>.makeStream()

    var begun: Int { beginnings.count }

    func finish(_ error: FileError? = nil) { ends.continuation.yield(error) }

    func run() async throws(FileError) {
        _ = beginnings.next()
        var iterator = ends.stream.makeAsyncIterator()
        if let error = await iterator.next() ?? nil { throw error }
    }
}
