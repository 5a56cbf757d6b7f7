import Backends
import Testing

@Suite("A request leaves at most once")
struct SentOnceTests {
    @Test("a kept connection that takes the second request and closes without an answer: unknown, not sent again")
    func closedWithoutAnswer() async throws {
        try await ScriptedServer.run { connection in
            if connection.number > 0 { return connection.answerAll() }
            connection.readRequest()
            connection.answer()
            connection.readRequest()
        } _: { server in
            try await withBackend { backend in
                #expect(await backend.send(request(to: server, body: "first")).status == 200)
                #expect(await backend.send(request(to: server, body: "second")).unknownKind == .reset)
                #expect(server.requests.map { String(decoding: $0.body, as: UTF8.self) } == ["first", "second"])
                #expect(server.requests.map(\.connection) == [0, 0])
                #expect(await backend.send(request(to: server, body: "third")).status == 200)
            }
        }
    }

    @Test("the same with a body of many reads")
    func closedWithoutAnswerLargeBody() async throws {
        try await ScriptedServer.run { connection in
            if connection.number > 0 { return connection.answerAll() }
            connection.readRequest()
            connection.answer()
            connection.readRequest()
        } _: { server in
            try await withBackend { backend in
                let large = String(repeating: "x", count: 3_000_000)
                #expect(await backend.send(request(to: server)).status == 200)
                #expect(await backend.send(request(to: server, body: large)).unknownKind == .reset)
                #expect(server.requests.count == 2)
                #expect(server.requests.last?.body.count == 3_000_000)
            }
        }
    }

    @Test("a kept connection reset under the second request")
    func reset() async throws {
        try await ScriptedServer.run { connection in
            if connection.number > 0 { return connection.answerAll() }
            connection.readRequest()
            connection.answer()
            connection.readRequest()
            connection.reset()
        } _: { server in
            try await withBackend { backend in
                #expect(await backend.send(request(to: server)).status == 200)
                #expect(await backend.send(request(to: server)).unknownKind == .reset)
                #expect(server.requests.count == 2)
            }
        }
    }

    @Test(
        "a redirect is an answer",
        arguments: ["301 Moved Permanently", "307 Temporary Redirect", "308 Permanent Redirect"])
    func redirect(status: String) async throws {
        try await ScriptedServer.run { connection in
            while connection.readRequest() != nil {
                connection.answer(status: status, headers: ["Location: /elsewhere"])
            }
        } _: { server in
            try await withBackend { backend in
                #expect(await backend.send(request(to: server)).status == Int(status.prefix(3)))
                #expect(server.requests.count == 1)
            }
        }
    }
}
