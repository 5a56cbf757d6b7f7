import Backends
import Glibc
import Testing

@Suite("What never left is not counted as spent", .timeLimit(.minutes(6)))
struct NotSentTests {
    private func send(to url: String, bearerToken: String? = nil, timeout: Duration = .seconds(20)) async throws
        -> BackendResult
    {
        try await withBackend { backend in
            await backend.send(
                BackendRequest(url: url, bearerToken: bearerToken, body: Array("{}".utf8), timeout: timeout))
        }
    }

    @Test("nobody listens")
    func refused() async throws {
        #expect(try await send(to: "http://127.0.0.1:\(Loopback.refusedPort())/").notSentKind == .connect)
    }

    @Test("a name without an address")
    func unresolved() async throws {
        // RFC 6761 §6.4: `invalid` never resolves.
        #expect(try await send(to: "http://bobbin.invalid/").notSentKind == .resolve)
    }

    @Test("TLS to a server that does not speak it")
    func noTLS() async throws {
        try await ScriptedServer.run { connection in
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
        } _: { server in
            let result = try await send(to: "https://127.0.0.1:\(server.port)/")
            #expect(result.notSentKind == .tls)
        }
    }

    @Test("out of time while connecting")
    func connectTimeout() async throws {
        // A listener whose queue is full: the kernel answers nothing.
        let (listener, port) = Loopback.listen(backlog: 0)
        let fillers = (0..<4).map { _ in Loopback.startConnecting(to: port) }
        defer { (fillers + [listener]).forEach { close($0) } }
        #expect(try await send(to: "http://127.0.0.1:\(port)/", timeout: .milliseconds(200)).notSentKind == .timeout)
    }

    @Test(
        "a URL that is none, or of another kind",
        arguments: ["", "http://", "ftp://127.0.0.1/", "file:///etc/passwd", "http://a b/"])
    func badURL(url: String) async throws {
        #expect(try await send(to: url).notSentKind != nil)
    }

    @Test("a key with a line break, which would be a header of its own")
    func keyWithLineBreak() async throws {
        try await ScriptedServer.run {
            $0.answerAll()
        } _: { server in
            let result = try await send(to: server.url, bearerToken: "key\r\nX-Other: 1")
            #expect(result.notSentKind == .other)
            #expect(server.connectionCount == 0)
        }
    }

    @Test("a task that was cancelled before")
    func cancelledBefore() async throws {
        try await ScriptedServer.run {
            $0.answerAll()
        } _: { server in
            try await withBackend { backend in
                // Many, since the cancellation races with the hand-over.
                for _ in 0..<500 {
                    let task = Task {
                        withUnsafeCurrentTask { $0?.cancel() }
                        return await backend.send(request(to: server))
                    }
                    #expect(await task.value.notSentKind == .cancelled)
                }
                #expect(server.requests.isEmpty)
            }
        }
    }

    @Test("a closed backend")
    func closed() async throws {
        try await ScriptedServer.run {
            $0.answerAll()
        } _: { server in
            try await withBackend { backend in
                backend.close()
                #expect(await backend.send(request(to: server)).notSentKind == .cancelled)
                #expect(server.connectionCount == 0)
            }
        }
    }
}
