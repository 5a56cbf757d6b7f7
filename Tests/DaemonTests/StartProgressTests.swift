import DurableFiles
import Synchronization
import TestSupport
import Testing

@testable import Daemon

@Suite("A start that takes long is given more time while it gets on")
struct StartProgressTests {
    @Test("as long as files are worked on")
    func getsOn() async throws {
        let manager = try DatagramReceiver(DatagramReceiver.freshName())
        let notifier = try ServiceNotifier(variable: { ["NOTIFY_SOCKET": manager.name][$0] })
        let state = DaemonState()
        let progress = StartProgress(state: state, notifier: notifier, pause: .milliseconds(20))
        try await progress.during {
            while state.heartbeat < 2 {
                await withTaskExecutorPreference(FileExecutor.shared) { await Task.yield() }
            }
        }
        for _ in 0..<2 { #expect(try manager.next() == "EXTEND_TIMEOUT_USEC=600000") }
    }

    @Test("and no more where nothing moves, also where it is itself on the threads that are looked at")
    func standsStill() async throws {
        let executor = FileExecutor(name: "start-test", threads: 2)
        let looks = Atomic<Int>(0)
        let state = DaemonState()
        let progress = StartProgress(
            state: state, notifier: try ServiceNotifier(variable: { _ in nil }), pause: .milliseconds(1),
            moves: {
                looks.add(1, ordering: .relaxed)
                return executor.load.moves
            })
        try await withTaskExecutorPreference(executor) {
            try await progress.during {
                await withTaskExecutorPreference(globalConcurrentExecutor) {
                    while looks.load(ordering: .relaxed) < 50 { await Task.yield() }
                }
            }
        }
        #expect(state.heartbeat <= 2, "what led here moved it, and nothing since")
    }

    @Test("what goes wrong in it is passed on, and nothing waits for the rest of the pause")
    func fails() async throws {
        let notifier = try ServiceNotifier(variable: { _ in nil })
        let progress = StartProgress(state: DaemonState(), notifier: notifier, pause: .seconds(3000))
        await #expect(throws: CancellationError.self) { try await progress.during { throw CancellationError() } }
    }
}
