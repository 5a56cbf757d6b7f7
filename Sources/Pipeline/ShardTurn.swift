import BatchCore
import Spooling
import Synchronization

/// The turn of one shard: it tells the scheduler how many slots the shard could fill.
final class ShardTurn: Sendable {
    private let turns: ShardTurns
    private let id: Scheduler.ShardID
    /// Requests that could be in flight.
    private let busy = Mutex(0)

    init(of id: Scheduler.ShardID, among turns: ShardTurns) {
        self.id = id
        self.turns = turns
    }

    /// Waits for it.
    /// - Parameter entries: the requests that have no outcome yet.
    func take(by run: JobRun, for entries: [Reading.Entry]) async throws -> ShardTurns.Answer {
        let time = run.services.now()
        let ask = Scheduler.Ask(
            id: id, lane: run.lane.name, requests: entries.count,
            tokens: entries.reduce(0) { $0 + $1.request.worstCase(at: time).tokens },
            claimedAt: run.record.claimedAt)
        busy.withLock { $0 = entries.count }
        return try await turns.take(
            ask, while: { !run.isHalted && run.pause == nil },
            onWait: {
                if !turns.isStarted(run.job) { try run.progress.note("it waits for its turn") }
            })
    }

    /// So many of its requests could be in flight from now on.
    func isBusy(with count: Int) {
        busy.withLock { busy in
            busy = count
            turns.busy(id, requests: count)
        }
    }

    /// It waits for something else than a slot.
    func isIdle() { isBusy(with: 0) }

    /// One of its requests has its outcome, or waits before it is tried again.
    func oneLess() { change(by: -1) }

    /// One of its requests is tried again.
    func oneMore() { change(by: 1) }

    private func change(by difference: Int) {
        // Told under the lock, so that the last word is the last count.
        busy.withLock { busy in
            busy += difference
            turns.busy(id, requests: max(0, busy))
        }
    }

    func end() { turns.end(id) }
}
