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
        state.withLock { $0.places[ask.id] = .asked(isWanted: isWanted) }
        handle(.asks(ask))
        do {
            if state.withLock({ if case .asked = $0.places[ask.id] { true } else { false } }) { try await onWait() }
        } catch {
            state.withLock { $0.places[ask.id] = nil }
            end(ask.id)
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
        let unwanted = state.withLock { state in state.places.filter { !$0.value.isWanted }.map(\.key) }
        for id in unwanted {
            let waiter = state.withLock { $0.answer(id, .unwanted) }
            waiter?.resume(returning: .unwanted)
            end(id)
        }
    }

    private func handle(_ event: Scheduler.Event) {
        let answers = state.withLock { state in
            state.scheduler.handle(event, at: now()).compactMap { action in
                switch action {
                case .start(let id): state.answer(id, .started).map { ($0, Answer.started) }
                case .sendAway(let id): state.answer(id, .sentAway).map { ($0, Answer.sentAway) }
                }
            }
        }
        for (waiter, answer) in answers { waiter.resume(returning: answer) }
    }
}
