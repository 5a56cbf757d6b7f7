import Testing

@testable import Backends

@Suite("A request leaves at most once", .timeLimit(.minutes(6)))
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
                let second = await backend.send(request(to: server, body: "second"))
                #expect(second.unknownKind == .reset)
                // CURLE_SEND_FAIL_REWIND: libcurl wanted to send it again and could not have the body again.
                #expect("\(second)".contains("(libcurl 65)"))
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

    @Test("libcurl begins again with the body gone out already: refused")
    func beginsAgain() {
        var progress = CurlProgress()
        let beforeTheBody = [progress.mayBegin(), progress.mayBegin()]  // the second: a kept connection was dead
        let parts = [progress.takeNext(of: [1, 2, 3], atMost: 2)]
        let withinTheBody = progress.mayBegin()
        let rest = (0..<2).map { _ in progress.takeNext(of: [1, 2, 3], atMost: 2) }
        let afterTheBody = progress.mayBegin()
        #expect(beforeTheBody == [true, true])
        #expect(parts + rest == [[1, 2], [3], []])
        #expect(!withinTheBody && !afterTheBody)
    }
}
