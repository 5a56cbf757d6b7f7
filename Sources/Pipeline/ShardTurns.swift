package import BatchCore
import Synchronization

/// Gives shards their turns, as the scheduler says.
package final class ShardTurns: Sendable {
    enum Answer {
        case started
        /// The window of its lane is closed.
        case sentAway
        /// There is no more reason to wait.
        case unwanted
    }

    /// Where one stands that has asked.
    private enum Place {
        case asked(isWanted: @Sendable () -> Bool)
        case waiting(isWanted: @Sendable () -> Bool, CheckedContinuation<Answer, Never>)
        case answered(Answer)

        var isWanted: Bool {
            switch self {
            case .asked(let isWanted), .waiting(let isWanted, _): isWanted()
            case .answered: true
            }
        }
    }

    private typealias Told = (CheckedContinuation<Answer, Never>, Answer)

    private struct State {
        var scheduler: Scheduler
        var places: [Scheduler.ShardID: Place] = [:]

        /// - Returns: who is to be told.
        mutating func answer(_ id: Scheduler.ShardID, _ answer: Answer) -> CheckedContinuation<Answer, Never>? {
            switch places[id] {
            case .asked: places[id] = .answered(answer)
            case .waiting(_, let continuation):
                places[id] = nil
                return continuation
            case .answered, nil: break
            }
            return nil
        }

        mutating func handle(_ event: Scheduler.Event, at time: Timestamp) -> [Told] {
            scheduler.handle(event, at: time).compactMap { action in
                switch action {
                case .start(let id): answer(id, .started).map { ($0, .started) }
                case .sendAway(let id): answer(id, .sentAway).map { ($0, .sentAway) }
                }
            }
        }
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> Timestamp

    /// - Parameter now: the wall clock, which windows go by.
    package init(_ rules: Scheduler.Rules, now: @escaping @Sendable () -> Timestamp) {
        state = Mutex(State(scheduler: Scheduler(rules)))
        self.now = now
    }

    /// The rules that hold from now on.
    package func configure(_ rules: Scheduler.Rules) { handle(.configured(rules)) }

    /// Time has passed: a window has closed, or somebody has waited for too long.
    package func tick() { handle(.tick) }

    /// Waits until the shard may start.
    /// - Parameters:
    ///   - isWanted: whether there is still a reason to wait; asked at first and by `letGo`.
    ///   - onWait: called where it cannot start at once.
    /// - Returns: what is to be ended by `end` if it is `started`.
    func take(
        _ ask: Scheduler.Ask, while isWanted: @escaping @Sendable () -> Bool, onWait: () async throws -> Void
    ) async throws -> Answer {
        guard isWanted() else { return .unwanted }
        handle(.asks(ask)) { $0[ask.id] = .asked(isWanted: isWanted) }
        // `letGo` may have come and gone since it was asked.
        guard isWanted() else {
            handle(.ended(ask.id)) { $0[ask.id] = nil }
            return .unwanted
        }
        do {
            if state.withLock({ if case .asked = $0.places[ask.id] { true } else { false } }) { try await onWait() }
        } catch {
            handle(.ended(ask.id)) { $0[ask.id] = nil }
            throw error
        }
        return await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Answer? in
                if case .answered(let answer) = state.places[ask.id] {
                    state.places[ask.id] = nil
                    return answer
                }
                state.places[ask.id] = .waiting(isWanted: isWanted, continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// So many requests of a shard that has its turn could be in flight.
    func busy(_ shard: Scheduler.ShardID, requests: Int) { handle(.busy(shard, requests: requests)) }

    func end(_ shard: Scheduler.ShardID) { handle(.ended(shard)) }

    /// Has any shard of the job its turn?
    func isStarted(_ job: String) -> Bool { state.withLock { $0.scheduler.isStarted(job) } }

    /// Sends away those who have no reason to wait any more.
    package func letGo() {
        let told = state.withLock { state in
            var told: [Told] = []
            // Each is asked once: what it says may change at any moment.
            for id in state.places.filter({ !$0.value.isWanted }).keys {
                if let waiter = state.answer(id, .unwanted) { told.append((waiter, .unwanted)) }
                told += state.handle(.ended(id), at: now())
            }
            return told
        }
        for (waiter, answer) in told { waiter.resume(returning: answer) }
    }

    /// - Parameter change: to what stands in line, at the same moment.
    private func handle(_ event: Scheduler.Event, _ change: (inout [Scheduler.ShardID: Place]) -> Void = { _ in }) {
        let told = state.withLock { state in
            change(&state.places)
            return state.handle(event, at: now())
        }
        for (waiter, answer) in told { waiter.resume(returning: answer) }
    }
}
