import FlyingSocks
import Testing

@testable import Simulator

@Suite("A simulator listens from its making until it is cancelled", .timeLimit(.minutes(6)))
struct SimulatorTests {
    @Test("a connection made before it runs waits for it")
    func early() async throws {
        let simulator = try Simulator()
        let client = try await WireClient(simulator)
        try await client.post(chatBody)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await simulator.run() }
            let answer = try await client.answer()
            #expect(answer.status == 200)
            group.cancelAll()
        }
        try client.close()
    }

    @Test("cancelled, it closes connections in the middle of a hang and refuses new ones")
    func cancelled() async throws {
        let simulator = try Simulator(script: SimulatorScript(#"{"rules":[{"hang":true}]}"#))
        let client = try await WireClient(simulator)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await simulator.run() }
            try await client.post(chatBody)
            #expect(await becomesTrue { simulator.statistics.inFlight == 1 })
            group.cancelAll()
        }
        #expect(try await client.rest() == "")
        #expect(simulator.statistics.inFlight == 0)
        try client.close()
        await #expect(throws: (any Error).self) { try await WireClient(simulator) }
    }

    @Test("a port that is taken is named in the error")
    func portTaken() throws {
        let simulator = try Simulator()
        let error = #expect(throws: SimulatorError.self) { try Simulator(port: simulator.port) }
        #expect(error?.description.contains("127.0.0.1:\(simulator.port)") == true)
    }
}
