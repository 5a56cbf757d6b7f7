import Backends
import Testing

@Suite("A request goes out as it should, and shows nobody what is in it", .timeLimit(.minutes(6)))
struct RequestTests {
    @Test("method, headers and body")
    func asSent() async throws {
        try await ScriptedServer.run {
            $0.answerAll()
        } _: { server in
            try await withBackend { backend in
                _ = await backend.send(request(to: server, body: #"{"model":"m","n":1}"#))
                let sent = try #require(server.requests.first)
                #expect(sent.head.first == "POST /v1/chat/completions HTTP/1.1")
                #expect(sent.header("content-type") == "application/json")
                #expect(sent.header("accept") == "application/json")
                #expect(sent.header("user-agent") == "bobbin")
                #expect(sent.header("authorization") == "Bearer secret-key")
                #expect(sent.header("transfer-encoding") == nil)
                #expect(sent.body == Array(#"{"model":"m","n":1}"#.utf8))
            }
        }
    }

    @Test("a GET has no body, and the next request on its connection is a POST again")
    func get() async throws {
        try await ScriptedServer.run {
            $0.answerAll()
        } _: { server in
            try await withBackend { backend in
                var question = request(to: server)
                question.method = .get
                #expect(await backend.send(question).status == 200)
                _ = await backend.send(request(to: server))
                #expect(server.requests.map { $0.head[0].prefix(4) } == ["GET ", "POST"])
                #expect(server.requests[0].body.isEmpty && server.requests[0].header("content-type") == nil)
                #expect(server.requests[1].body.count > 0)
            }
        }
    }

    @Test("a large body does not wait for 100 Continue")
    func noExpect() async throws {
        try await ScriptedServer.run {
            $0.answerAll()
        } _: { server in
            try await withBackend { backend in
                _ = await backend.send(request(to: server, body: String(repeating: "x", count: 2_000_000)))
                #expect(server.requests.first?.header("expect") == nil)
                #expect(server.requests.first?.body.count == 2_000_000)
            }
        }
    }

    @Test("without a key there is no header for it, also on a handle that had one before")
    func noKey() async throws {
        try await ScriptedServer.run {
            $0.answerAll()
        } _: { server in
            try await withBackend { backend in
                _ = await backend.send(request(to: server))
                _ = await backend.send(BackendRequest(url: server.url, body: [], timeout: .seconds(20)))
                #expect(server.requests.map { $0.header("authorization") } == ["Bearer secret-key", nil])
            }
        }
    }

    @Test("neither key nor prompt is in a description, a dump or a message")
    func secrets() async throws {
        let secret = BackendRequest(
            url: "http://user:hidden@127.0.0.1:\(Loopback.refusedPort())/v1?key=hidden#hidden", bearerToken: "hidden",
            headers: [("x-api-key", "hidden")], body: Array("hidden".utf8), timeout: .seconds(20),
            transport: Transport(proxy: .server("http://127.0.0.1:1", login: ProxyLogin("hidden:hidden"))))
        var dumped = ""
        dump(secret, to: &dumped)
        dump(secret.transport, to: &dumped)
        let trouble = try await withBackend { "\(await $0.send(secret))" }
        for text in ["\(secret)", String(reflecting: secret), "\([secret])", "\(secret.transport)", dumped, trouble] {
            #expect(!text.contains("hidden"))
        }
        #expect(!dumped.contains("104"), "the bytes of the body")
        #expect("\(secret)".hasPrefix("POST http://127.0.0.1:"))
        #expect("\(secret)".hasSuffix("/v1, 6 bytes"))
    }
}
