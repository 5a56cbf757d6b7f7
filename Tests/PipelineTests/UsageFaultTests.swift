import Backends
import BatchCore
import DurableFiles
import Pipeline
import Spooling
import TestSupport
import Testing

@Suite(
    "An endpoint whose usage cannot be believed too often gets nothing more until a person has looked",
    .timeLimit(.minutes(6)))
struct UsageFaultTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
        try house.drop((100..<120).map { line("p\($0)") })
    }

    private func policies(most: Int) -> Policies {
        .test {
            $0.catalogue.endpoints["local"]?.usageFaultsMax = most
            $0.lane.concurrency = 1
        }
    }

    private static func answer(_ sent: StubBackend.Sent, usage: String) -> StubBackend.Reply {
        .now(result(sent.prompt, usage: usage))
    }

    private static func result(_ prompt: String = "", usage: String) -> BackendResult {
        let body = #"{"choices":[{"finish_reason":"stop","message":{"content":"Echo \#(prompt)"}}],"usage":\#(usage)}"#
        return .response(BackendResponse(status: 200, body: Array(body.utf8), requestID: "r"))
    }

    private static let truth = #"{"prompt_tokens":10,"completion_tokens":5}"#
    private static let lie = #"{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":11}}"#

    @Test("it stops at the count, the job says why, and what was answered is booked and kept")
    func stops() async throws {
        let backend = StubBackend { Self.answer($0, usage: Self.lie) }
        let (end, _) = try await house.start(backend, policies(most: 5))
        #expect(end == .idle(parked: 1) && backend.sent.count == 5)
        let job = try #require(try house.spool.jobs().first)
        let state = try house.spool.job(job).state()
        #expect(
            state?.reason.contains("usage_faults_max = 5") == true && state?.reason.contains("asked again") == false)
        #expect(house.events.count("endpoint.unavailable") == 1)
        #expect(try house.book().reserved.isZero && !house.book().spent.isZero)
    }

    @Test("a configuration that is loaded again lets it go on")
    func goesOn() async throws {
        let backend = StubBackend { $0.prompt < "p105" ? Self.answer($0, usage: Self.lie) : .good($0) }
        try await house.withDaemon(backend, policies(most: 5)) { dispatcher in
            #expect(await eventually { house.events.count("job.parked") == 1 })
            dispatcher.send(.tick)
            dispatcher.send(.reload(policies(most: 5)))
            dispatcher.send(.tick)
            try await house.wait(for: "done")
        }
        #expect(backend.sent.count == 20)
        #expect(try house.only("done").count("notes", "estimated") == 5)
    }

    @Test(
        "usage that is missing or zero is estimated and flagged, and is no fault",
        arguments: ["null", #"{"prompt_tokens":0,"completion_tokens":0}"#])
    func missing(usage: String) async throws {
        let backend = StubBackend { Self.answer($0, usage: usage) }
        try await house.start(backend, policies(most: 5))
        let done = try house.only("done")
        #expect(done.count("lines", "answered") == 20 && done.count("notes", "estimated") == 20)
        #expect(try done.text("output.jsonl").contains(#""estimated":true"#))
    }

    @Test("a claim above the bound is one, booked in full and flagged")
    func aboveBound() async throws {
        let backend = StubBackend { Self.answer($0, usage: #"{"prompt_tokens":10,"completion_tokens":101}"#) }
        let (end, _) = try await house.start(backend, policies(most: 3))
        #expect(end == .idle(parked: 1) && backend.sent.count == 3)
        #expect(try house.book().spent.tokens == 3 * 111)
    }

    @Test("a claim that carries the books above a cap stops every job, also what it had reserved before")
    func overdrawn() async throws {
        let policies = Policies.test {
            $0.budget.day = Cap(tokens: 100_000)
            // Of one reservation, and the cap alone is to hold back its rest.
            $0.lane.shardLines = 20
            $0.catalogue.endpoints["local"]?.usageFaultsMax = 100
        }
        let hasLied = Flag()
        let backend = StubBackend { sent in
            if hasLied.isRaised { return .held(Self.result(sent.prompt, usage: Self.truth)) }
            hasLied.raise()
            return Self.answer(sent, usage: #"{"prompt_tokens":200000,"completion_tokens":5}"#)
        }
        try await house.withDaemon(backend, policies) { dispatcher in
            let isBooked = try await eventually { try house.book(nil, policies.budget).spent.tokens > 200_000 }
            #expect(isBooked)
            backend.release()
            #expect(await eventually { await !dispatcher.parkedJobs.isEmpty })
        }
        let job = try #require(try house.spool.jobs().first)
        #expect(try house.spool.job(job).state()?.reason.contains("cap") == true)
        #expect(backend.sent.count <= 5, "those that were in flight")
    }
}
