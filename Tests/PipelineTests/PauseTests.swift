import BatchCore
import DurableFiles
import Glibc
import Ledgers
import Pipeline
import Spooling
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite(
    "What an operator pauses sends nothing new, and goes on where it was once it is resumed", .timeLimit(.minutes(6)))
struct PauseTests {
    private let house: TestHouse
    private let lines = (100..<140).map { line("p\($0)") }

    init() throws {
        house = try TestHouse()
    }

    /// One shard of all lines, of which four are in flight.
    private let oneShard = Policies.test { $0.lane.shardLines = 100 }

    private static func held(_ sent: StubBackend.Sent) -> StubBackend.Reply { .held(answer("Echo \(sent.prompt)")) }

    private func job(_ stem: String = "a") throws -> JobID {
        try #require(try house.spool.jobs().first { $0.stem == stem }, "no job \(stem)")
    }

    private func state(_ stem: String = "a") throws -> JobState? { try house.spool.job(try job(stem)).state() }

    /// Asks as the commands do, and waits until it is done.
    private func ask(_ request: ControlRequest, _ dispatcher: Dispatcher) async throws {
        let path = try house.spool.ask(request, name: "pause-\(UInt64.random(in: .min ... .max))")
        dispatcher.send(.tick)
        #expect(try await eventually { try FileFacts(at: path) == nil })
        #expect(try Spool.takeReply(to: path) == .followed)
    }

    private func isParked(_ stem: String = "a", _ dispatcher: Dispatcher) async throws -> Bool {
        let job = try job(stem)
        return await eventually {
            if case .paused = await dispatcher.parkedJobs[job] { true } else { false }
        }
    }

    /// Two looks at what stands still, one after the other.
    private func lookTwice(_ dispatcher: Dispatcher) async {
        for _ in 0..<2 {
            let turns = dispatcher.turns.load(ordering: .relaxed)
            dispatcher.send(.tick)
            #expect(await eventually { dispatcher.turns.load(ordering: .relaxed) > turns })
        }
    }

    @Test("paused within a shard: what is in flight is booked, nothing else is sent; resumed: the rest, nothing twice")
    func inTheMiddle() async throws {
        try house.drop(lines)
        let backend = StubBackend(Self.held)
        try await house.withDaemon(backend, oneShard) { dispatcher in
            #expect(await eventually { backend.heldCount == 4 })
            let job = try job()
            try await ask(.pause(.job(job)), dispatcher)
            #expect(try house.book().open.count == 1, "what is in flight is still set aside")
            backend.release()
            #expect(try await isParked("a", dispatcher))
            await lookTwice(dispatcher)
            #expect(backend.sent.count == 4)
            let book = try house.book()
            #expect(book.open.isEmpty && book.unknown.isZero && book.spent.tokens == 4 * 15)
            let state = try #require(try state())
            #expect(state.phase == .paused && state.done == 4 && state.resumesAt == nil)
            #expect(state.reason.contains("uid \(getuid()) paused it at 2026-11-24T10:00:00"), "\(state.reason)")
            try await ask(.resume(.job(job)), dispatcher)
            try await house.wait(for: "done")
        }
        #expect(backend.sent.count == 40 && Set(backend.prompts).count == 40)
        let done = try house.only("done")
        #expect(done.count("lines", "answered") == 40)
        let notes = done.report["parked"]?["notes"]?.array ?? []
        #expect(notes.map { $0["cause"]?.string } == ["pause"] && notes[0]["subject"]?.string == "uid \(getuid())")
        for event in ["job.paused", "job.parked", "pause.ended", "job.resumed"] {
            #expect(house.events.count(event) == 1, "\(event)")
        }
    }

    @Test("a pause outlives the process, kill or stop; that it is over does too")
    func restarts() async throws {
        try house.drop(lines)
        let backend = StubBackend(Self.held)
        try await house.withDaemon(backend, oneShard) { dispatcher in
            #expect(await eventually { backend.heldCount == 4 })
            try await ask(.pause(.job(try job())), dispatcher)
            dispatcher.send(.stop)
            backend.release()
        }
        let next = StubBackend()
        for _ in 0..<2 { #expect(try await house.start(next, oneShard).end == .idle(parked: 1)) }
        #expect(next.sent.isEmpty && backend.sent.count == 4)
        #expect(try state()?.phase == .paused && state()?.done == 4)
        try await house.withDaemon(next, oneShard) { try await ask(.resume(.job(try job())), $0) }
        try await house.start(next, oneShard)
        #expect(next.sent.count == 36 && Set(next.prompts).isDisjoint(with: backend.prompts))
        #expect(try house.only("done").count("lines", "answered") == 40)
    }

    @Test(
        "a paused lane claims and plans what comes, and sends nothing; other lanes go on, and a restart changes nothing"
    )
    func lane() async throws {
        let policies = Policies.test { policies in
            var lane = policies.lane
            lane.name = "nightly"
            policies.lanes["nightly"] = lane
        }
        let backend = StubBackend()
        try await house.withDaemon(backend, policies) { dispatcher in
            try await ask(.pause(.lane("nightly")), dispatcher)
            try house.drop(lines, lane: "nightly")
            try house.drop([line("x")], as: "b.jsonl")
            dispatcher.send(.scan)
            try await house.wait(for: "done")
            #expect(try await eventually { try !house.spool.jobs().isEmpty })
            #expect(try await isParked("a", dispatcher))
        }
        #expect(try house.spool.job(try job()).plan() != nil && backend.prompts == ["x"])
        #expect(try await house.start(backend, policies).end == .idle(parked: 1))
        #expect(try state()?.reason.contains("`bobbin resume --lane nightly`") == true && backend.sent.count == 1)
        try await house.withDaemon(backend, policies) { dispatcher in
            try await ask(.resume(.lane("nightly")), dispatcher)
            try await house.wait(for: "done", 2)
        }
        #expect(backend.sent.count == 41)
    }

    /// Another lane, in which the other job stands, so that each has its turn.
    private func withOtherLane(_ policies: Policies) -> Policies {
        var policies = policies
        policies.lanes["other"] = policies.lane
        policies.lanes["other"]?.name = "other"
        return policies
    }

    @Test("who waits for its turn behind another job's requests does not wait for them to end")
    func turns() async throws {
        try house.drop(lines, as: "b.jsonl")
        let backend = StubBackend(Self.held)
        try await house.withDaemon(backend, oneShard) { dispatcher in
            #expect(await eventually { backend.heldCount == 4 })
            try house.drop((200..<210).map { line("p\($0)") })
            dispatcher.send(.scan)
            #expect(
                try await eventually {
                    try house.spool.jobs().count == 2 && state()?.reason == "it waits for its turn"
                })
            let job = try job()
            try await ask(.pause(.job(job)), dispatcher)
            #expect(try await isParked("a", dispatcher))
            #expect(try house.book().open.keys.map(\.job) == [try self.job("b").name], "it had none set aside")
            backend.release()
            try await house.wait(for: "done")
            #expect(backend.sent.count == 40)
        }
    }

    @Test("who waits for a request that another job has in flight does not wait for it to end")
    func inFlight() async throws {
        try house.drop(lines, as: "b.jsonl", lane: "other")
        let backend = StubBackend(Self.held)
        try await house.withDaemon(backend, withOtherLane(oneShard)) { dispatcher in
            #expect(await eventually { backend.heldCount == 4 })
            try house.drop(lines)
            dispatcher.send(.scan)
            #expect(
                try await eventually {
                    guard try house.spool.jobs().count == 2 else { return false }
                    return try state()?.reason.contains("another job has in flight") == true
                })
            let job = try job()
            try await ask(.pause(.job(job)), dispatcher)
            #expect(try await isParked("a", dispatcher))
            backend.release()
            try await house.wait(for: "done")
            try await ask(.resume(.job(job)), dispatcher)
            try await house.wait(for: "done", 2)
        }
        #expect(backend.sent.count == 40, "it is answered by what the other has paid")
    }

    @Test("who waits for money that another job has set aside leaves the line at once")
    func moneyLine() async throws {
        let worst = try worstCase(of: lines[0])
        let policies = Policies.test {
            $0.lane.shardLines = 100
            $0.budget.day = Cap(usd: 4 * worst.usd)
        }
        try house.drop(lines, as: "b.jsonl", lane: "other")
        let backend = StubBackend(Self.held)
        try await house.withDaemon(backend, withOtherLane(policies)) { dispatcher in
            #expect(await eventually { backend.heldCount == 4 })
            try house.drop((200..<210).map { line("p\($0)") })
            dispatcher.send(.scan)
            #expect(
                try await eventually {
                    guard try house.spool.jobs().count == 2 else { return false }
                    return try state()?.reason.contains("it waits for what is set aside elsewhere") == true
                })
            try await ask(.pause(.job(try job())), dispatcher)
            #expect(try await isParked("a", dispatcher))
            _ = try house.spool.ask(.raise(40 * worst.usd, on: house.today), name: "raise")
            backend.release()
            dispatcher.send(.tick)
            try await house.wait(for: "done")
        }
        #expect(backend.sent.count == 40)
    }

    @Test("a paused job that waits for money leaves what there is to those behind it")
    func money() async throws {
        let worst = try worstCase(of: line("p1"))
        let policies = Policies.test { $0.budget.day = Cap(usd: worst.usd) }
        let backend = StubBackend()
        try house.drop([line("p0")], as: "z.jsonl")
        try await house.withDaemon(backend, policies) { dispatcher in
            try await house.wait(for: "done")
            for (name, prompt) in [("a.jsonl", "p1"), ("b.jsonl", "p2")] {
                try house.drop([line(prompt)], as: name)
                dispatcher.send(.scan)
                let count = name == "a.jsonl" ? 1 : 2
                #expect(await eventually { await dispatcher.parkedJobs.count == count })
                house.clock.advance(by: .seconds(1))
            }
            try await ask(.pause(.job(try job())), dispatcher)
            let spent = try house.book(nil, policies.budget).spent.usd
            _ = try house.spool.ask(.raise(spent + worst.usd, on: house.today), name: "raise")
            dispatcher.send(.tick)
            try await house.wait(for: "done", 2)
            await lookTwice(dispatcher)
        }
        #expect(backend.prompts == ["p0", "p2"] && house.events.count("job.woken") == 1)
    }

    @Test("what is complete when the pause comes is delivered, and leaves no pause behind")
    func complete() async throws {
        try house.drop(Array(lines.prefix(4)))
        let backend = StubBackend(Self.held)
        try await house.withDaemon(backend, oneShard) { dispatcher in
            #expect(await eventually { backend.heldCount == 4 })
            let job = try job()
            try await ask(.pause(.job(job)), dispatcher)
            backend.release()
            try await house.wait(for: "done")
            #expect(try await eventually { try house.spool.pauses() == Pauses() })
            let late = try house.spool.ask(.pause(.job(job)), name: "late")
            dispatcher.send(.tick)
            #expect(try await eventually { try FileFacts(at: late) == nil })
            #expect(try Spool.takeReply(to: late) == .failed("\(job) is not in processing/ any more"))
        }
    }

    @Test(
        "killed at any step of a pause or its end: it is in force, or over, after the next start",
        arguments: [true, false])
    func killed(isPause: Bool) async throws {
        var step = 0
        while true {
            let house = try TestHouse()
            try house.drop(Array(lines.prefix(4)))
            let lane = Pause.Subject.lane(Lane.defaultName)
            if !isPause { _ = try house.spool.pause(lane, by: 7, at: house.clock.now) }
            _ = try house.spool.ask(isPause ? .pause(lane) : .resume(lane), name: "pause-1")
            let crash = Crash(under: house.directory.path, at: step) { operation, path in
                KillMatrix.isStep(operation)
                    && ["control", "paused"].contains { path.string.contains($0) }
            }
            let backend = StubBackend(unless: { crash.isDead.isRaised }) { .good($0) }
            do { try await house.start(backend, oneShard) } catch {
                guard crash.isDead.isRaised else { throw error }
            }
            crash.end()
            let next = StubBackend()
            let end = try await house.start(next, oneShard).end
            #expect(end == .idle(parked: isPause ? 1 : 0), "step \(step)")
            let sent = backend.prompts + next.prompts
            #expect(sent.count == (isPause ? 0 : 4) && Set(sent).count == sent.count, "step \(step)")
            #expect(try house.spool.pauses().all.count == (isPause ? 1 : 0), "step \(step)")
            #expect(try house.spool.controlRequests().isEmpty, "step \(step)")
            if !crash.isDead.isRaised { break }
            step += 1
        }
        #expect(step > 3, "\(step)")
    }
}
