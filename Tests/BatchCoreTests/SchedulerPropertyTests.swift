import BatchCore
import TestSupport
import Testing

@Suite("Whatever comes, the scheduler keeps its windows, its priorities and its bounds, and leaves no slot empty")
struct SchedulerPropertyTests {
    @Test("windows, priorities, max_wait, free slots: each start is one that may be, and none that may be is left out")
    func rules() {
        var (starts, sentAway, overdue) = (0, 0, 0)
        for seed in 0..<UInt64(40) {
            var run = SchedulerRun(seed: seed)
            for step in 0..<2000 {
                if let complaint = run.step() {
                    Issue.record("seed \(seed), step \(step): \(complaint)")
                    return
                }
            }
            starts += run.starts
            sentAway += run.sentAway
            overdue += run.overdueStarts
        }
        #expect(starts > 10_000 && sentAway > 100 && overdue > 200, "\(starts), \(sentAway), \(overdue)")
    }

    @Test("while two lanes, or two jobs of a lane, both could start, they differ by at most the largest shard of each")
    func shares() {
        var starts = 0
        for seed in 1000..<UInt64(1040) {
            var run = SchedulerRun(seed: seed, plain: true)
            for step in 0..<2000 {
                if let complaint = run.step() {
                    Issue.record("seed \(seed), step \(step): \(complaint)")
                    return
                }
            }
            starts += run.starts
        }
        #expect(starts > 10_000, "\(starts)")
    }

    @Test("when everything has ended, nothing is kept of it")
    func idle() {
        for seed in 2000..<UInt64(2020) {
            var run = SchedulerRun(seed: seed)
            for _ in 0..<1000 { if let complaint = run.step() { Issue.record("seed \(seed): \(complaint)") } }
            if let complaint = run.drain() { Issue.record("seed \(seed): \(complaint)") }
            #expect(values(in: run.scheduler, except: "rules") == 0, "seed \(seed)")
        }
    }

    @Test("a daemon that is never idle keeps nothing of the jobs that have left")
    func books() {
        var scheduler = Scheduler(Scheduler.Rules(lanes: [:], concurrency: 16))
        let time = Timestamp(seconds: 0)
        _ = scheduler.handle(.asks(ask("long", 1)), at: time)
        for number in 0..<10_000 {
            _ = scheduler.handle(.asks(ask("job\(number)", 1)), at: time)
            _ = scheduler.handle(.ended(Scheduler.ShardID(job: "job\(number)", shard: 1)), at: time)
        }
        #expect(values(in: scheduler, except: "rules") < 400)
    }

    @Test("small files that come without end do not keep a big one of their lane from its turn")
    func bigJob() {
        var lane = Lane(name: Lane.defaultName)
        lane.concurrency = 1
        var scheduler = Scheduler(Scheduler.Rules(lanes: [lane.name: lane], concurrency: 1))
        let time = Timestamp(seconds: 0)
        var running = scheduler.handle(.asks(ask("big", 1)), at: time)
        _ = scheduler.handle(.asks(ask("big", 2)), at: time)
        _ = scheduler.handle(.asks(ask("small0", 1)), at: time)
        var (big, small) = (1, 0)
        for number in 1...300 {
            guard case .start(let id)? = running.first else {
                Issue.record("nothing runs")
                return
            }
            running = scheduler.handle(.ended(id), at: time)
            // Whoever has started is followed by the next.
            if running == [.start(Scheduler.ShardID(job: "big", shard: big + 1))] {
                big += 1
                _ = scheduler.handle(.asks(ask("big", big + 1)), at: time)
            } else {
                small += 1
                _ = scheduler.handle(.asks(ask("small\(number)", 1)), at: time)
            }
        }
        #expect(big >= 90 && small >= 150, "\(big) shards of the big job, \(small) small ones")
    }

    private func ask(_ job: String, _ shard: Int) -> Scheduler.Ask {
        Scheduler.Ask(
            id: Scheduler.ShardID(job: job, shard: shard), lane: Lane.defaultName, requests: 1, tokens: 100,
            claimedAt: Timestamp(seconds: 0))
    }

    /// How many elements the collections within a value have.
    private func values(in subject: Any, except name: String) -> Int {
        Mirror(reflecting: subject).children.filter { $0.label != name }.reduce(0) { sum, child in
            let mirror = Mirror(reflecting: child.value)
            let isCollection = mirror.displayStyle == .collection || mirror.displayStyle == .dictionary
            return sum + (isCollection ? mirror.children.count : 0) + values(in: child.value, except: name)
        }
    }
}
