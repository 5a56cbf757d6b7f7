import BatchCore
import Testing

@testable import Simulator

@Suite("Over the wire comes what the script decided", .timeLimit(.minutes(6)))
struct WireTests {
    @Test("requests follow each other on one connection, with the same bytes for the same body")
    func keepAlive() async throws {
        try await withSimulator { simulator in
            let client = try await WireClient(simulator)
            var answers: [WireClient.Answer] = []
            for _ in 0..<3 {
                try await client.post(chatBody)
                answers.append(try await client.answer())
            }
            #expect(answers[0].status == 200)
            #expect(answers[0] == answers[1] && answers[1] == answers[2])
            try client.close()
        }
    }

    @Test("a request may come byte by byte, in chunks, or two at once")
    func framing() async throws {
        try await withSimulator { simulator in
            let client = try await WireClient(simulator)
            try await client.post(chatBody)
            let whole = try await client.answer()

            let text = "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: \(chatBody.utf8.count)\r\n\r\n\(chatBody)"
            for character in text { try await client.send(character == "\r\n" ? "\r\n" : String(character)) }
            #expect(try await client.answer() == whole)

            let (first, second) = (chatBody.prefix(20), chatBody.dropFirst(20))
            try await client.send(
                "POST /v1/chat/completions?a=b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n\(first)\r\n"
                    + String(second.utf8.count, radix: 16) + ";x=y\r\n\(second)\r\n0\r\nTrailer: 1\r\n\r\n")
            #expect(try await client.answer() == whole)

            try await client.send(text + text)
            #expect(try await client.answer() == whole)
            #expect(try await client.answer() == whole)
            try client.close()
        }
    }

    @Test("a client that waits for 100 Continue gets it before it sends the body")
    func expectContinue() async throws {
        try await withSimulator { simulator in
            let client = try await WireClient(simulator)
            try await client.send(
                "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: \(chatBody.utf8.count)\r\n"
                    + "Expect: 100-continue\r\n\r\n")
            #expect(try await client.answer().status == 100)
            try await client.send(chatBody)
            #expect(try await client.answer().status == 200)
            try client.close()
        }
    }

    @Test("cut: the connection closes in the middle of the body")
    func cut() async throws {
        try await withSimulator(#"{"rules":[{"body":"0123456789","cut":true}]}"#) { simulator in
            let client = try await WireClient(simulator)
            try await client.post(chatBody)
            let rest = try await client.rest()
            #expect(rest.contains("Content-Length: 10\r\n"))
            #expect(rest.hasSuffix("\r\n\r\n01234"))
            try client.close()
            #expect(await becomesTrue { simulator.statistics.statuses == [200: 1] })
        }
    }

    @Test("drop: the second request of a connection is read whole, then it closes without a byte")
    func drop() async throws {
        try await withSimulator(#"{"rules":[{"every":2,"drop":true}]}"#) { simulator in
            let client = try await WireClient(simulator)
            try await client.post(chatBody)
            #expect(try await client.answer().status == 200)
            try await client.post(chatBody)
            #expect(try await client.rest() == "")
            try client.close()
            #expect(await becomesTrue { simulator.statistics.unanswered == 1 })
            #expect(simulator.statistics.requests == ["/v1/chat/completions": 2])
        }
    }

    @Test(
        "hang and delay: nothing comes, and a client that leaves is not in flight any more",
        arguments: [#""hang":true"#, #""delay_ms":600000"#])
    func leaving(rule: String) async throws {
        try await withSimulator(#"{"rules":[{\#(rule)}]}"#) { simulator in
            let client = try await WireClient(simulator)
            try await client.post(chatBody)
            #expect(await becomesTrue { simulator.statistics.inFlight == 1 })
            try client.close()
            #expect(await becomesTrue { simulator.statistics.inFlight == 0 })
            #expect(simulator.statistics.unanswered == 1)
            #expect(simulator.statistics.statuses.isEmpty)
        }
    }

    @Test("a delayed answer comes late, and bytes that the client sends meanwhile are kept")
    func delay() async throws {
        try await withSimulator(#"{"rules":[{"first":1,"delay_ms":200}]}"#) { simulator in
            let client = try await WireClient(simulator)
            let start = ContinuousClock.now
            try await client.post(chatBody)
            #expect(await becomesTrue { simulator.statistics.inFlight == 1 })
            try await client.post(chatBody)
            let first = try await client.answer()
            #expect(ContinuousClock.now - start >= .milliseconds(200))
            #expect(try await client.answer() == first)
            try client.close()
        }
    }

    @Test("headers as scripted, the lengths and types that are lies too")
    func headers() async throws {
        let script = #"{"rules":[{"body":"0123456789","headers":{"content-length":"4","Content-Type":"text/html"}}]}"#
        try await withSimulator(script) { simulator in
            let client = try await WireClient(simulator)
            try await client.post(chatBody, headers: "Connection: close\r\n")
            let rest = try await client.rest()
            #expect(
                rest == "HTTP/1.1 200 OK\r\nx-request-id: req_\(Ask.request("", chatBody).digest.hex.prefix(32))\r\n"
                    + "content-length: 4\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n0123456789")
            try client.close()
        }
    }

    @Test("a client that asks for it sees the connection close after its answer")
    func close() async throws {
        try await withSimulator { simulator in
            let client = try await WireClient(simulator)
            try await client.post(chatBody, headers: "Connection: close\r\n")
            #expect(try await client.rest().contains("Connection: close\r\n"))
            try client.close()
        }
    }

    @Test("a body of megabytes is read whole")
    func bigBody() async throws {
        try await withSimulator { simulator in
            let client = try await WireClient(simulator)
            let prompt = String(repeating: "x", count: 4_000_000)
            try await client.post(#"{"model":"m","messages":[{"role":"user","content":"\#(prompt)"}]}"#)
            let answer = try JSONValue(parsing: try await client.answer().body)
            #expect(answer.usage("prompt_tokens") == 1_000_004)
            try client.close()
        }
    }

    enum Nonsense: String, CaseIterable {
        case noRequestLine = "hello\r\n\r\n"
        case length = "POST /v1/completions HTTP/1.1\r\nContent-Length: x\r\n\r\n"
        case hugeBody = "POST /v1/completions HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n"
        case chunk = "POST /v1/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        case hugeHead = "GET / HTTP/1.1\r\nX: "

        var expected: Int {
            switch self {
            case .hugeBody: 413
            case .hugeHead: 431
            case .noRequestLine, .length, .chunk: 400
            }
        }
    }

    @Test("what is no HTTP is answered once, then the connection closes", arguments: Nonsense.allCases)
    func notHTTP(nonsense: Nonsense) async throws {
        try await withSimulator { simulator in
            let client = try await WireClient(simulator)
            try await client.send(nonsense.rawValue)
            // More than anybody reads for a head, and more behind it than the server has read when it gives up.
            if nonsense == .hugeHead { try await client.send(String(repeating: "x", count: 1_000_000)) }
            #expect(try await client.answer().status == nonsense.expected)
            #expect(try await client.rest() == "")
            try client.close()
        }
    }

    @Test("paths beside the answers")
    func aside() async throws {
        try await withSimulator { simulator in
            let client = try await WireClient(simulator)
            func status(_ line: String) async throws -> Int? {
                try await client.send("\(line) HTTP/1.1\r\n\r\n")
                return try await client.answer().status
            }
            #expect(try await status("GET /health") == 200)
            #expect(try await status("GET /v1/models") == 200)
            #expect(try await status("GET /stats") == 200)
            #expect(try await status("POST /health") == 405)
            #expect(try await status("GET /v1/chat/completions") == 405)
            #expect(try await status("GET /nowhere") == 404)
            try client.close()
        }
    }
}
