import Backends
import BatchCore
import Pipeline
import TestSupport
import Testing

@Suite("What a provider shows late is waited for", .timeLimit(.minutes(6)))
struct BatchLookupTests {
    private let house: TestHouse
    private let policies = BatchCase.policies {
        $0.lane.shardLines = 3
        $0.catalogue.endpoints["local"]?.batch?.lookup = .seconds(600)
    }

    init() throws {
        house = try TestHouse()
        try house.drop((1...3).map { line("p\($0)") })
    }

    private func check(_ provider: StubProvider) throws {
        #expect(try house.only("done").count("lines", "answered") == 3)
        #expect(provider.names.count == 1 && provider.now.run.sorted() == ["p1", "p2", "p3"])
        let book = try house.book()
        #expect(book.open.isEmpty && book.unknown.isZero)
        #expect(book.spent.usd == Money(picodollars: Int128(3 * BatchCase.cost)))
    }

    private func answer(_ status: Int, _ body: String = "") -> BackendResult {
        .response(BackendResponse(status: status, body: Array(body.utf8)))
    }

    @Test("a batch that was made late is not asked for again before its time is over")
    func lateCreation() async throws {
        let (clock, empty) = (house.clock, answer(200, #"{"data":[]}"#))
        let provider = StubProvider(faults: { verb, time in
            if verb == .listBatches { clock.advance(by: .seconds(60)) }
            if verb == .listBatches, time < 10 { return .instead(empty) }
            guard verb == .create, time == 1 else { return .none }
            return .after(.unknown(BackendTrouble(kind: .timeout, message: "out of time")))
        })
        try await house.start(provider.connection(), policies)
        try check(provider)
        #expect(provider.now.calls.count { $0 == .listBatches } == 10)
    }

    @Test("one that is known is not lost before its time is over, though nobody finds it meanwhile")
    func missing() async throws {
        let (clock, gone) = (house.clock, answer(404))
        let provider = StubProvider(faults: { verb, time in
            if verb == .look { clock.advance(by: .seconds(60)) }
            return verb == .look && time < 10 ? .instead(gone) : .none
        })
        try await house.start(provider.connection(), policies)
        try check(provider)
    }

    @Test("a completed one that says later where its results are")
    func results() async throws {
        let provider = StubProvider(isShy: true)
        try await house.start(provider.connection(), policies)
        try check(provider)
    }

    @Test("an endpoint that goes on not answering is in trouble, and out of it with its first answer")
    func trouble() async throws {
        let silent = answer(503)
        let provider = StubProvider(faults: { verb, time in verb == .look && time <= 3 ? .instead(silent) : .none })
        try await house.start(provider.connection(), policies)
        try check(provider)
        #expect(house.events.count("endpoint.unavailable") == 1 && house.events.count("endpoint.recovered") == 1)
    }
}
