import BatchCore
import Daemon
import TestSupport
import Testing

/// A memory that is fed events, as the outbox feeds it.
struct NoticeFeed {
    var memory = NoticeMemory()
    var records: [OutboxRecord] = []
    var time = Timestamp(seconds: 1_800_000_000)

    init(salt: String = "s") {
        add([.opened(at: time, salt: salt)])
    }

    mutating func add(_ new: [OutboxRecord]) {
        for record in new { memory.apply(record) }
        records += new
    }

    /// - Returns: the notice that the event made.
    @discardableResult
    mutating func say(_ event: String, _ facts: [String: String] = [:], to: [NoticeReceiver] = [.webhook]) -> Notice? {
        time = time + .seconds(1)
        guard let rule = NoticeRule(event: event, facts: facts),
            case .news(let new) = memory.decide(rule, event, facts, at: time, to: to)
        else { return nil }
        add(new)
        for case .notice(let notice, _, _) in new { return notice }
        return nil
    }
}

@Suite("The same event is told once")
struct NoticeMemoryTests {
    @Test("a threshold once a day, a cap once a day, scope and amount")
    func facts() {
        var feed = NoticeFeed()
        #expect(feed.say("budget.threshold", ["day": "2026-11-24", "threshold": "0.5"]) != nil)
        #expect(feed.say("budget.threshold", ["day": "2026-11-24", "threshold": "0.5", "spent_usd": "9"]) == nil)
        #expect(feed.say("budget.threshold", ["day": "2026-11-24", "threshold": "0.8"]) != nil)
        #expect(feed.say("budget.threshold", ["day": "2026-11-25", "threshold": "0.5"]) != nil)
        let day = ["day": "2026-11-24", "scope": "the day 2026-11-24", "cap": "$10"]
        #expect(feed.say("budget.exhausted", day) != nil && feed.say("budget.exhausted", day) == nil)
        #expect(feed.say("budget.exhausted", day.merging(["cap": "$20"]) { $1 }) != nil, "after a raise")
    }

    @Test("a job that is parked again for the same cause, or whose resumption comes to nothing, is not told again")
    func parked() {
        var feed = NoticeFeed()
        let cap = ["job": "j", "cause": "budget: the day"]
        #expect(feed.say("job.resumed", ["job": "j"]) == nil, "it was not parked")
        let first = feed.say("job.parked", cap)
        #expect(first != nil && feed.say("job.parked", cap.merging(["reason": "other sums"]) { $1 }) == nil)
        #expect(feed.say("job.parked", ["job": "j", "cause": "endpoint: local"]) != nil, "another cause")
        #expect(feed.say("job.parked", ["job": "k", "cause": "budget: the day"]) != nil, "another job")
        #expect(feed.say("job.resumed", ["job": "j"]) != nil && feed.say("job.resumed", ["job": "j"]) == nil)
        let second = feed.say("job.parked", cap)
        #expect(second != nil && second?.id != first?.id, "parked again after it went on: another event")
        feed.say("job.accepted", ["job": "j"])
        #expect(feed.say("job.resumed", ["job": "j"]) == nil, "it has ended")
    }

    @Test("out of quota is not the same trouble as unreachable, and one recovery ends both")
    func endpoint() {
        var feed = NoticeFeed()
        #expect(feed.say("endpoint.unavailable", ["endpoint": "e"]) != nil)
        #expect(
            feed.say("endpoint.quota", ["endpoint": "e"]) != nil && feed.say("endpoint.quota", ["endpoint": "e"]) == nil
        )
        #expect(feed.memory.subjects == ["endpoint e"])
        #expect(feed.say("endpoint.recovered", ["endpoint": "e"]) != nil)
        #expect(feed.say("endpoint.recovered", ["endpoint": "e"]) == nil)
    }

    @Test("an event is no notice of nobody, and is not told later to who comes later")
    func nobody() {
        var feed = NoticeFeed()
        #expect(feed.say("job.rejected", ["job": "j"], to: []) == nil && feed.memory.pending.isEmpty)
        #expect(feed.say("job.rejected", ["job": "j"], to: [.exec]) == nil)
    }

    @Test("the id follows from the event: the same after a lost record, another in another spool")
    func ids() {
        var (one, again, other) = (NoticeFeed(), NoticeFeed(), NoticeFeed(salt: "t"))
        let facts = ["job": "j", "cause": "window"]
        again.time = again.time + .seconds(3600)
        let id = one.say("job.parked", facts)?.id
        #expect(id?.hasPrefix("msg_") == true && id == again.say("job.parked", facts)?.id)
        #expect(id != other.say("job.parked", facts)?.id)
    }

    @Test("each receiver has its own account")
    func receivers() throws {
        var feed = NoticeFeed()
        let said = feed.say("spool.full", to: [.exec, .webhook])
        let notice = try #require(said)
        feed.add([.delivered(id: notice.id, .exec, at: feed.time)])
        #expect(feed.memory.pending.map(\.receivers) == [[.webhook]])
        feed.add([.givenUp(id: notice.id, .webhook, at: feed.time)])
        #expect(feed.memory.pending.isEmpty && feed.memory.givenUpCount == 1)
    }

    /// Any order of a few events, with deliveries between them.
    private func random(_ seed: UInt64, count: Int) -> NoticeFeed {
        var random = SeededGenerator(seed: seed)
        var feed = NoticeFeed()
        for _ in 0..<count { feed.step(&random) }
        return feed
    }

    @Test("compacted records come to the same, and so does every later event", arguments: UInt64(0)..<100)
    func compaction(seed: UInt64) {
        var feed = random(seed, count: 60)
        var again = feed
        again.memory = NoticeMemory()
        for record in feed.memory.compacted(at: feed.time) { again.memory.apply(record) }
        #expect(again.memory == feed.memory, "seed \(seed)")
        var (one, other) = (SeededGenerator(seed: seed + 1), SeededGenerator(seed: seed + 1))
        for _ in 0..<60 {
            feed.step(&one)
            again.step(&other)
        }
        #expect(again.memory == feed.memory, "seed \(seed)")
    }

    @Test("a record is read as it was written, and not at all if a byte is another", arguments: UInt64(0)..<20)
    func lines(seed: UInt64) {
        for record in random(seed, count: 60).records + NoticeMemory().compacted(at: Timestamp(seconds: 0)) {
            var line = Array(record.line.dropLast())
            #expect(OutboxRecord(line: line) == record, "seed \(seed)")
            line[line.count / 2] ^= 1
            #expect(OutboxRecord(line: line) == nil, "seed \(seed)")
        }
    }

    @Test("what is a month old is forgotten, but not a state that lasts")
    func old() {
        var feed = NoticeFeed()
        feed.say("job.rejected", ["job": "j"], to: [])
        feed.say("endpoint.unavailable", ["endpoint": "e"], to: [])
        let later = feed.time + NoticeMemory.memory
        var kept = NoticeMemory()
        for record in feed.memory.compacted(at: later) { kept.apply(record) }
        #expect(kept.isOn("endpoint e"))
        #expect(feed.memory.compacted(at: later).count == 2, "the first line and the endpoint")
    }

    @Test("every event that is a notice has a MESSAGE_ID")
    func messageIDs() {
        let events =
            NoticeFeed.events.map(\.event) + [
                "budget.raised", "job.stopped", "job.split", "spool.full", "spool.recovered", "environment.trouble",
                "environment.recovered", "config.rejected", "ledger.damaged",
            ]
        for event in events {
            #expect(NoticeRule(event: event, facts: [:]) != nil && EventCatalogue.entry(event) != nil, "\(event)")
        }
    }
}

extension NoticeFeed {
    static let events: [(event: String, facts: [String: String])] = [
        ("job.parked", ["job": "j", "cause": "window"]), ("job.parked", ["job": "j", "cause": "budget: the day"]),
        ("job.resumed", ["job": "j"]), ("job.accepted", ["job": "j"]), ("job.rejected", ["job": "k"]),
        ("endpoint.unavailable", ["endpoint": "e"]), ("endpoint.quota", ["endpoint": "e"]),
        ("endpoint.recovered", ["endpoint": "e"]), ("budget.threshold", ["day": "2026-11-24", "threshold": "0.5"]),
        ("budget.exhausted", ["day": "2026-11-24", "scope": "a job", "cap": "$1"]),
        ("price.unknown", ["job": "j", "reason": "the price of \"m\""]),
    ]

    mutating func step(_ random: inout SeededGenerator) {
        let choice = Int(random.next() % 14)
        if choice < Self.events.count {
            say(Self.events[choice].event, Self.events[choice].facts, to: [.exec, .webhook])
        } else if let notice = memory.pending.first, let receiver = notice.receivers.first {
            let id = notice.notice.id
            add([choice == 13 ? .givenUp(id: id, receiver, at: time) : .delivered(id: id, receiver, at: time)])
        }
    }
}
