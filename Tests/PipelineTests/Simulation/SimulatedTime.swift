import BatchCore
import DurableFiles
import Pipeline
import Synchronization
import TestSupport

/// Runs all tasks of a simulation one after the other on one thread, in an order that its seed decides, and lets time
/// pass only when none of them can run. So a day takes as long as what is done in it, and comes out the same again.
final class SimulatedTime: TaskExecutor {
    typealias Instant = SteadyClock.Instant

    private struct Sleeper {
        let number: Int
        let instant: Instant
        /// Bobbin's own waiting, which may always take longer than was asked for.
        let isWork: Bool
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var sleepers: [Sleeper] = []
        var random: SeededGenerator
        var now: Instant
        /// How far the wall clock was set.
        var shift = Duration.zero
        var numbers = 0
        var steps = 0
        var isOver = false

        /// Any of those that can run: tasks owe each other no order.
        mutating func next() -> UnownedJob? {
            if jobs.isEmpty { return nil }
            steps += 1
            return jobs.remove(at: jobs.count == 1 ? 0 : Int.random(in: 0..<jobs.count, using: &random))
        }

        mutating func letTimePass(isCalm: Bool) -> CheckedContinuation<Void, any Error>? {
            let order = { (sleeper: Sleeper) in (sleeper.instant, sleeper.number) }
            guard let place = sleepers.indices.min(by: { order(sleepers[$0]) < order(sleepers[$1]) }) else {
                return nil
            }
            let sleeper = sleepers.remove(at: place)
            if sleeper.instant > now {
                now = sleeper.instant
                if isCalm, sleeper.isWork {
                    let late = now + .seconds(Double.random(in: 0..<SimulatedTime.longestDelay, using: &random))
                    now = sleepers.filter { !$0.isWork }.map(\.instant).min().map { max(now, min($0, late)) } ?? late
                }
            }
            return sleeper.continuation
        }
    }

    /// Seconds by which a sleep may end late where nothing is in flight: a night takes no time then.
    private static let longestDelay = 120.0

    private let start: (instant: Instant, wall: Timestamp)
    private let state: Mutex<State>
    private let isCalm: @Sendable () -> Bool
    private let seed: UInt64

    /// - Parameter isCalm: may sleeps take longer than was asked for?
    init(seed: UInt64, at wall: Timestamp, isCalm: @escaping @Sendable () -> Bool) {
        let now = Instant.now
        start = (now, wall)
        self.seed = seed
        self.isCalm = isCalm
        state = Mutex(State(random: SeededGenerator(seed: seed &* 4 &+ 2), now: now))
    }

    /// Of Bobbin.
    var clock: SteadyClock {
        SteadyClock(present: { self.now }, wait: { try await self.sleep(until: $0, isWork: true) })
    }
    var now: Instant { state.withLock { $0.now } }
    /// What the wall clock says.
    var wall: Timestamp { state.withLock { start.wall + ($0.now - start.instant) + $0.shift } }
    /// Since the start.
    var passed: Duration { now - start.instant }
    /// Pieces of tasks that were run.
    var steps: Int { state.withLock { $0.steps } }

    /// For work that asks for random numbers, from 0 up to 1.
    var random: @Sendable () -> Double { { self.state.withLock { Double.random(in: 0..<1, using: &$0.random) } } }

    /// Sets the wall clock, which nothing that is measured goes by.
    func setWall(by duration: Duration) { state.withLock { $0.shift += duration } }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    /// For everybody but Bobbin: it ends when it should, unless it `isWork` as well.
    func sleep(for duration: Duration, isWork: Bool = false) async {
        do { try await sleep(until: now + duration, isWork: isWork) } catch {}
    }

    private func sleep(until instant: Instant, isWork: Bool) async throws {
        let number = state.withLock { state in
            state.numbers += 1
            return state.numbers
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.sleepers.append(
                        Sleeper(number: number, instant: instant, isWork: isWork, continuation: continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.sleepers.firstIndex { $0.number == number }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    private static let thread = FileExecutor(name: "test-sim", threads: 1)

    /// Runs some work, with every task that it makes, on one thread to its end.
    func run<Success: Sendable>(
        _ work: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        let results = await withTaskGroup(of: Result<Success, any Error>?.self) { group in
            group.addTask(executorPreference: self) {
                defer { self.state.withLock { $0.isOver = true } }
                return await FileExecutor.$replacement.withValue(self) {
                    do { return .success(try await work()) } catch { return .failure(error) }
                }
            }
            // There is something to run from the beginning.
            group.addTask(executorPreference: Self.thread) {
                self.runTasks()
                return nil
            }
            return await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
        }
        guard let result = results.first else { preconditionFailure("one of the two has a result") }
        return try result.get()
    }

    /// Until the work is over. It holds its thread.
    private func runTasks() {
        while true {
            if let job = state.withLock({ $0.next() }) {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if state.withLock({ $0.isOver }) {
                return
            } else if let sleeper = state.withLock({ [isCalm = isCalm()] in $0.letTimePass(isCalm: isCalm) }) {
                sleeper.resume()
            } else {
                fatalError("seed \(seed), step \(steps): nothing can run and nobody sleeps: a wake-up was lost")
            }
        }
    }
}
