import BatchCore
import Pipeline
import Testing

@Suite("The trouble of an endpoint is news once, and so is its end")
struct EndpointHealthTests {
    private let time = Timestamp(seconds: 1_800_000_000)

    @Test("said once while it lasts, whatever its reason; that its account is out of quota is said beside it")
    func once() {
        let health = EndpointHealth()
        #expect(health.fail("e", "refused", at: time))
        #expect(!health.fail("e", "refused", at: time + .seconds(10)))
        #expect(!health.fail("e", "status 401", at: time + .seconds(20)))
        #expect(health.fail("e", AttemptStep.quotaReason, at: time + .seconds(100)))
        #expect(!health.fail("e", AttemptStep.quotaReason, at: time + .seconds(300)))
        #expect(health.succeed("e") && !health.succeed("e"))
        #expect(health.fail("e", "refused", at: time + .seconds(400)))
    }

    @Test("what an earlier process left in trouble is asked at once, and its recovery is news")
    func seeded() {
        let health = EndpointHealth(inTrouble: ["e"])
        let model = Model(name: "m", endpoint: "e", price: nil, maxOutputTokens: 1)
        #expect(health.choose(among: [model], at: time) == .use(model))
        #expect(health.succeed("e") && !health.succeed("another"))
    }

    @Test("of several that take nothing the one is named that is asked again first")
    func soonest() {
        let health = EndpointHealth()
        let models = ["a", "b", "c"].map { Model(name: $0, endpoint: $0, price: nil, maxOutputTokens: 1) }
        #expect(health.noteFault(of: "a", limit: 1) != nil)
        #expect(health.fail("b", "refused", at: time + .seconds(1)))
        #expect(health.fail("c", "refused", at: time))
        guard case .unavailable("c", _, let until) = health.choose(among: models, at: time + .seconds(1)) else {
            Issue.record("another is named")
            return
        }
        #expect(until == time + .seconds(2))
    }
}
