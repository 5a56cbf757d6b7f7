import BatchCore
import TestSupport
import Testing

@Suite("Whatever comes, the scheduler keeps its windows, its priorities and its bounds, and leaves no slot empty")
struct SchedulerPropertyTests {
    @Test("windows, priorities, max_wait, free slots: each start is one that may be, and none that may be is left out")
    func rules() {
        var (starts, sentAway, overdue) = (0, 0, 0)
        for seed in 0..<UInt64(24) {
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
        #expect(starts > 5000 && sentAway > 100 && overdue > 100, "\(starts), \(sentAway), \(overdue)")
    }

    @Test("while two lanes, or two jobs of a lane, both could start, they differ by at most the largest shard of each")
    func shares() {
        var starts = 0
        for seed in 1000..<UInt64(1024) {
            var run = SchedulerRun(seed: seed, plain: true)
            for step in 0..<2000 {
                if let complaint = run.step() {
                    Issue.record("seed \(seed), step \(step): \(complaint)")
                    return
                }
            }
            starts += run.starts
        }
        #expect(starts > 5000, "\(starts)")
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

    @Test("a lane whose slots were full for a while gets no more than its share afterwards")
    func nothingIsSavedUp() {
        var lanes = ["a": Lane(name: "a"), "b": Lane(name: "b")]
        lanes["a"]?.concurrency = 3
        lanes["b"]?.concurrency = 4
        var scheduler = Scheduler(Scheduler.Rules(lanes: lanes, concurrency: 4))
        let time = Timestamp(seconds: 0)
        var running = scheduler.handle(.asks(ask("long", 1, of: "a", requests: 3)), at: time)
        for shard in 1...4 { _ = scheduler.handle(.asks(ask("a", shard, of: "a")), at: time) }
        running += scheduler.handle(.asks(ask("b", 1, of: "b")), at: time)
        for shard in 2...4 { _ = scheduler.handle(.asks(ask("b", shard, of: "b")), at: time) }
        var next = ["a": 5, "b": 5]
        var starts: [String] = []
        for turn in 0..<110 {
            // Fifty shards of b in one slot; then the long one ends, and the oldest of four each time.
            let index = turn < 50 ? running.count - 1 : 0
            guard case .start(let id)? = running.indices.contains(index) ? running.remove(at: index) : nil else {
                Issue.record("nothing runs at turn \(turn)")
                return
            }
            for case .start(let started) in scheduler.handle(.ended(id), at: time) {
                running.append(.start(started))
                if turn > 50 { starts.append(started.job) }
                _ = scheduler.handle(.asks(ask(started.job, next[started.job] ?? 0, of: started.job)), at: time)
                next[started.job, default: 0] += 1
            }
        }
        let (a, b) = (starts.count { $0 == "a" }, starts.count { $0 == "b" })
        #expect(a + b == 59 && abs(a - b) <= 4, "\(a) of a, \(b) of b")
    }

    @Test("turns for having waited too long put nobody who comes later behind the others")
    func outOfTurn() {
        var lanes = ["overdue": Lane(name: "overdue"), "old": Lane(name: "old"), "new": Lane(name: "new")]
        for name in lanes.keys { lanes[name]?.concurrency = 1 }
        lanes["overdue"]?.maxWait = .zero
        var scheduler = Scheduler(Scheduler.Rules(lanes: lanes, concurrency: 1))
        let time = Timestamp(seconds: 0)
        var running = scheduler.handle(.asks(ask("overdue", 0, of: "overdue")), at: time)
        for shard in 1...20 { _ = scheduler.handle(.asks(ask("old", shard, of: "old")), at: time) }
        func endFirst() -> String? {
            guard case .start(let id)? = running.first else { return nil }
            running = scheduler.handle(.ended(id), at: time)
            if case .start(let id)? = running.first { return id.job }
            return nil
        }
        for shard in 1...20 {
            _ = scheduler.handle(.asks(ask("overdue", shard, of: "overdue")), at: time)
            #expect(endFirst() == "overdue")
        }
        for shard in 1...20 { _ = scheduler.handle(.asks(ask("new", shard, of: "new")), at: time) }
        let starts = (1...10).map { _ in endFirst() }
        #expect(starts.count { $0 == "new" } == 5 && starts.count { $0 == "old" } == 5, "\(starts)")
    }

    private func ask(
        _ job: String, _ shard: Int, of lane: String = Lane.defaultName, requests: Int = 1
    ) -> Scheduler.Ask {
        Scheduler.Ask(
            id: Scheduler.ShardID(job: job, shard: shard), lane: lane, requests: requests, tokens: 100,
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
