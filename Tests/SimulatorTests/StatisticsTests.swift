import BatchCore
import Testing

@testable import Simulator

@Suite("The statistics are the other side of a client's books", .timeLimit(.minutes(6)))
struct StatisticsTests {
    @Test("requests are the sum of statuses, unanswered and in flight", arguments: UInt64(0)..<50)
    func sums(seed: UInt64) throws {
        var random = DigestRandom(Ask.chat("\(seed)").digest, stream: 0)
        var statistics = SimulatorStatistics()
        var open: [(SimulatedRequest, SimulatedAnswer)] = []
        for _ in 0..<200 {
            if open.isEmpty || random.below(2) == 0 {
                let request = Ask.chat("\(random.below(20))")
                statistics.begin(request)
                open.append((request, SimulatedAnswer(status: random.pick(from: [200, 429, 503]), body: [])))
            } else {
                let (request, answer) = open.remove(at: random.below(open.count))
                statistics.end(request, with: answer, sent: random.below(4) > 0)
            }
            let sum = statistics.statuses.values.reduce(0, +) + statistics.unanswered + statistics.inFlight
            #expect(statistics.requests.values.reduce(0, +) == sum, "seed \(seed)")
            #expect(statistics.inFlight == open.count, "seed \(seed)")
            #expect(statistics.maxInFlight >= open.count, "seed \(seed)")
        }
        #expect(statistics.distinctBodies <= 20)
    }

    @Test("a body that gets a second whole answer counts as answered again; faults and cut answers do not")
    func answeredAgain() {
        let request = Ask.chat("a")
        var cut = SimulatedAnswer(status: 200, body: [])
        cut.ending = .cut
        var statistics = SimulatorStatistics()
        for answer in [SimulatedAnswer(status: 503, body: []), cut, .init(status: 200, body: [])] {
            statistics.begin(request)
            statistics.end(request, with: answer, sent: true)
        }
        #expect(statistics.answeredAgain == 0)
        statistics.begin(request)
        statistics.end(request, with: .init(status: 200, body: []), sent: true)
        #expect(statistics.answeredAgain == 1)
    }

    @Test("GET /stats gives them as JSON and leaves them alone")
    func stats() async throws {
        try await withSimulator(#"{"rules":[{"match":"hello","first":1,"status":503}]}"#) { simulator in
            let client = try await WireClient(simulator)
            for path in ["/v1/chat/completions", "/v1/chat/completions", "/v1/audio"] {
                try await client.post(chatBody, to: path)
                _ = try await client.answer()
            }
            var stats = JSONValue.null
            for _ in 0..<2 {
                try await client.send("GET /stats HTTP/1.1\r\n\r\n")
                stats = try JSONValue(parsing: try await client.answer().body)
            }
            #expect(stats["requests"]?["/v1/chat/completions"]?.int == 2)
            #expect(stats["requests"]?["other"]?.int == 1)
            #expect(stats["statuses"] == (try JSONValue(parsing: #"{"200":1,"404":1,"503":1}"#)))
            #expect(stats["unanswered"]?.int == 0)
            #expect(stats["in_flight"]?.int == 0)
            #expect(stats["max_in_flight"]?.int == 1)
            #expect(stats["distinct_bodies"]?.int == 1)
            #expect(stats["tokens"]?["input"]?.int == 6)
            try client.close()
        }
    }

    @Test("requests that wait together are in flight together")
    func inFlight() async throws {
        try await withSimulator(#"{"rules":[{"hang":true}]}"#) { simulator in
            var clients: [WireClient] = []
            for _ in 0..<5 {
                clients.append(try await WireClient(simulator))
                try await clients.last?.post(chatBody)
            }
            #expect(await becomesTrue { simulator.statistics.inFlight == 5 })
            for client in clients { try client.close() }
            #expect(await becomesTrue { simulator.statistics.inFlight == 0 })
            #expect(simulator.statistics.maxInFlight == 5)
        }
    }
}
