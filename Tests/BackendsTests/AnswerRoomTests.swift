import Backends
import Testing

@Suite("Answers that take all the room wait for each other, and none is ended for it", .timeLimit(.minutes(6)))
struct AnswerRoomTests {
    private static let bytes = 200_000

    /// Answers of that many bytes, each whole at once.
    private func withServer(
        room: Int, _ body: (ScriptedServer, CurlBackend) async throws -> Void
    ) async throws {
        try await ScriptedServer.run { connection in
            while connection.readRequest() != nil {
                connection.answer(bytes: [UInt8](repeating: 0x20, count: Self.bytes))
            }
        } _: { server in
            let backend = try CurlBackend(idleSecondsMax: 60, answerRoomBytes: room, wallClock: { 0 })
            defer { backend.close() }
            try await body(server, backend)
        }
    }

    @Test("one that is held keeps the next one waiting, beyond its time limit, until it is let go of")
    func held() async throws {
        try await withServer(room: 300_000) { server, backend in
            var first = await backend.send(request(to: server)).response
            #expect(first?.body.count == Self.bytes)
            let limit = Duration.milliseconds(300)
            async let second = backend.send(request(to: server, timeout: limit))
            #expect(await eventually { backend.waitingAnswers == 1 })
            let since = ContinuousClock.now
            #expect(await eventually { ContinuousClock.now > since + limit * 2 })
            #expect(backend.waitingAnswers == 1)
            first = nil
            #expect(await second.response?.body.count == Self.bytes)
            #expect(backend.waitingAnswers == 0)
        }
    }

    @Test("each larger than the room, many at once: they come one after the other")
    func larger() async throws {
        try await withServer(room: 50_000) { server, backend in
            let sizes: [Int?] = await withTaskGroup(of: Int?.self) { group in
                for _ in 0..<16 { group.addTask { await backend.send(request(to: server)).response?.body.count } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(sizes == [Int?](repeating: Self.bytes, count: 16))
            #expect(backend.waitingAnswers == 0)
        }
    }

    @Test("one that stands still can be given up, and the next goes on")
    func cancelled() async throws {
        try await withServer(room: 300_000) { server, backend in
            var first = await backend.send(request(to: server)).response
            let second = Task { await backend.send(request(to: server)) }
            #expect(await eventually { backend.waitingAnswers == 1 })
            second.cancel()
            #expect(await second.value.unknownKind == .cancelled)
            #expect(first?.status == 200 && backend.waitingAnswers == 0)
            first = nil
            #expect(await backend.send(request(to: server)).status == 200)
        }
    }
}
