import Daemon
import DurableFiles
import Glibc
import Synchronization
import Testing

@Suite("The watchdog is fed while what has work gets some of it done", .timeLimit(.minutes(6)))
struct ProgressWatchTests {
    private let start = ContinuousClock.now

    private func stuck(_ watch: inout ProgressWatch, _ sign: ProgressWatch.Sign, at seconds: Int) -> [String] {
        watch.look(at: ["part": sign], now: start + .seconds(seconds)).map {
            "\($0.part) for \($0.since.components.seconds) s"
        }
    }

    @Test("what moves, and what has nothing to do, is well; what has work and stands still is not")
    func signs() {
        var watch = ProgressWatch()
        #expect(stuck(&watch, .init(moves: 5), at: 0) == [])
        #expect(stuck(&watch, .init(moves: 6), at: 10) == [])
        #expect(stuck(&watch, .init(moves: 6, hasWork: false), at: 20) == [])
        #expect(stuck(&watch, .init(moves: 6), at: 30) == [])
        #expect(stuck(&watch, .init(moves: 6), at: 40) == ["part for 10 s"])
        #expect(stuck(&watch, .init(moves: 7), at: 50) == [])
    }

    @Test("each has its patience, which begins anew with whatever it gets done")
    func patience() {
        var watch = ProgressWatch()
        func sign(_ moves: UInt64) -> ProgressWatch.Sign { .init(moves: moves, patience: .seconds(60)) }
        #expect(stuck(&watch, sign(1), at: 0) == [] && stuck(&watch, sign(1), at: 60) == [])
        #expect(stuck(&watch, sign(1), at: 61) == ["part for 61 s"])
        #expect(stuck(&watch, sign(2), at: 70) == [] && stuck(&watch, sign(2), at: 130) == [])
    }

    @Test("threads that all hang while work waits are seen, and that they go on, too")
    func executor() async {
        let executor = FileExecutor(name: "bobbin-stuck", threads: 2)
        let hang = Hang()
        var watch = ProgressWatch()
        func look() -> Bool {
            let load = executor.load
            let sign = ProgressWatch.Sign(moves: load.moves, hasWork: load.waiting > 0)
            return watch.look(at: ["threads": sign], now: .now).isEmpty
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask(executorPreference: executor) {
                    hang.running.add(1, ordering: .relaxed)
                    while !hang.isOver.load(ordering: .relaxed) { poll(nil, 0, 1) }
                }
            }
            while hang.running.load(ordering: .relaxed) < 2 { await Task.yield() }
            #expect(look() && look())  // they hang, and nobody waits for them
            group.addTask(executorPreference: executor) {}
            while executor.load.waiting == 0 { await Task.yield() }
            #expect(look() && !look() && !look())
            hang.isOver.store(true, ordering: .relaxed)
            await group.waitForAll()
        }
        #expect(look() && look())
    }
}

private final class Hang: Sendable {
    let isOver = Atomic<Bool>(false)
    let running = Atomic<Int>(0)
}
