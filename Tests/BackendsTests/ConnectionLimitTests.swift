import Backends
import Testing

@Suite("What finds no connection free waits, as long as it takes", .timeLimit(.minutes(6)))
struct ConnectionLimitTests {
    @Test("its own time begins when it is sent")
    func waits() async throws {
        let isSeen = Rendezvous(count: 2)
        try await ScriptedServer.run { connection in
            connection.readRequest()
            if connection.number == 0 { _ = isSeen.isComplete() }
            connection.answer()
            connection.answerAll()
        } _: { server in
            try await withBackend(connectionsAtOnceMax: 1) { backend in
                async let first = backend.send(request(to: server))
                #expect(await eventually { isSeen.arrivals == 1 })
                let begun = ContinuousClock.now
                let timeout = Duration.milliseconds(300)
                async let second = backend.send(request(to: server, timeout: timeout))
                async let third = backend.send(request(to: server, timeout: timeout))
                #expect(await eventually { ContinuousClock.now - begun > timeout * 3 })
                #expect(server.requests.count == 1)
                #expect(isSeen.isComplete())
                #expect(await [first, second, third].map(\.status) == [200, 200, 200])
                #expect(server.connectionCount == 1)
            }
        }
    }

    @Test("given up, or closed, nothing of it was sent")
    func givenUp() async throws {
        let isSeen = Rendezvous(count: 2)
        try await ScriptedServer.run { connection in
            connection.readRequest()
            _ = isSeen.isComplete()
            connection.answer()
        } _: { server in
            try await withBackend(connectionsAtOnceMax: 1) { backend in
                async let first = backend.send(request(to: server))
                #expect(await eventually { isSeen.arrivals == 1 })
                let second = Task { await backend.send(request(to: server)) }
                async let third = backend.send(request(to: server))
                second.cancel()
                #expect(await second.value.notSentKind == .cancelled)
                backend.close()
                #expect(await third.notSentKind == .cancelled)
                #expect(isSeen.isComplete())
                _ = await first
                #expect(server.requests.count == 1)
            }
        }
    }
}
