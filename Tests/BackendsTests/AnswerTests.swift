import Backends
import Testing

@Suite("A whole answer comes back as it was sent", .timeLimit(.minutes(1)))
struct AnswerTests {
    private func answer(
        limitBytes: Int = 1 << 20, wallClock: @escaping @Sendable () -> Int64 = { 0 },
        _ script: @escaping ScriptedServer.Script
    ) async throws -> BackendResponse? {
        try await ScriptedServer.run(script) { server in
            try await withBackend(wallClock: wallClock) { backend in
                await backend.send(request(to: server, limitBytes: limitBytes)).response
            }
        }
    }

    @Test("status, body, content type and request id")
    func plain() async throws {
        let response = try await answer { connection in
            connection.readRequest()
            connection.answer(
                #"{"choices":[]}"#, headers: ["Content-Type: application/json", "X-Request-ID: req_1"])
        }
        let body = Array(#"{"choices":[]}"#.utf8)
        #expect(
            response == BackendResponse(status: 200, body: body, requestID: "req_1", contentType: "application/json"))
    }

    @Test("the other name of the request id")
    func anthropicRequestID() async throws {
        let response = try await answer { connection in
            connection.readRequest()
            connection.answer(headers: ["request-id: req_2"])
        }
        #expect(response?.requestID == "req_2")
    }

    @Test("chunks")
    func chunked() async throws {
        let response = try await answer { connection in
            connection.readRequest()
            connection.write(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n")
        }
        #expect(response?.body == Array(#"{"a":1}"#.utf8))
    }

    @Test(
        "compressed, exactly as large as the limit",
        arguments: [
            ("gzip", Compressed.gzip), ("br", Compressed.brotli), ("zstd", Compressed.zstd),
        ])
    func compressed(coding: String, bytes: [UInt8]) async throws {
        let response = try await answer(limitBytes: 10_000) { connection in
            let accepted = connection.readRequest()?.header("accept-encoding") ?? ""
            #expect(accepted.contains(coding))
            connection.answer(bytes: bytes, headers: ["Content-Encoding: \(coding)"])
        }
        #expect(response?.body == [UInt8](repeating: 0x20, count: 10_000))
    }

    @Test("an error with its body", arguments: [400, 401, 404, 429, 500, 503])
    func errors(status: Int) async throws {
        let response = try await answer { connection in
            connection.readRequest()
            connection.answer(#"{"error":{}}"#, status: "\(status) Whatever")
        }
        #expect(response == BackendResponse(status: status, body: Array(#"{"error":{}}"#.utf8)))
    }

    @Test("429 with seconds to wait")
    func retryAfterSeconds() async throws {
        let response = try await answer { connection in
            connection.readRequest()
            connection.answer(status: "429 Too Many Requests", headers: ["Retry-After: 17"])
        }
        #expect(response?.retryAfter == .seconds(17))
    }

    @Test("429 with a date, measured by the given clock")
    func retryAfterDate() async throws {
        let response = try await answer(wallClock: { 784_111_770 }) { connection in
            connection.readRequest()
            connection.answer(status: "429 Slow", headers: ["Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"])
        }
        #expect(response?.retryAfter == .seconds(7))
    }

    @Test("429 with milliseconds, which go before seconds")
    func retryAfterMilliseconds() async throws {
        let response = try await answer { connection in
            connection.readRequest()
            connection.answer(status: "429 Slow", headers: ["Retry-After: 2", "retry-after-ms: 1250"])
        }
        #expect(response?.retryAfter == .milliseconds(1250))
    }

    @Test("an interim answer first")
    func interim() async throws {
        let response = try await answer { connection in
            connection.readRequest()
            connection.write("HTTP/1.1 103 Early Hints\r\nX-Request-ID: early\r\n\r\n")
            connection.answer(headers: ["X-Request-ID: final"])
        }
        #expect(response?.status == 200)
        #expect(response?.requestID == "final")
    }

    @Test("an error that comes while the body is still on its way")
    func earlyError() async throws {
        try await ScriptedServer.run { connection in
            connection.answer(status: "413 Content Too Large", headers: ["Connection: close"])
            connection.waitForHangUp()
        } _: { server in
            try await withBackend { backend in
                let large = request(to: server, body: String(repeating: "x", count: 8_000_000))
                #expect(await backend.send(large).status == 413)
            }
        }
    }
}

/// Ten thousand spaces: `head -c 10000 /dev/zero | tr '\0' ' '`
enum Compressed {
    /// `brotli -c`
    static let brotli: [UInt8] = [
        0x1B, 0x0F, 0x27, 0xF8, 0x25, 0x40, 0xE2, 0xB1, 0x40, 0x20, 0xD9, 0x03, 0x00,
    ]
    /// `zstd -19 -c`
    static let zstd: [UInt8] = [
        0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x68, 0x45, 0x00, 0x00, 0x08, 0x20, 0x01, 0x00,
        0x0C, 0x87, 0x07, 0x42, 0xFC, 0xF1, 0x67, 0x34,
    ]
    /// `gzip -9n`
    static let gzip: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xED, 0xC1, 0x01, 0x0D,
        0x00, 0x00, 0x00, 0xC2, 0xA0, 0x2A, 0xEF, 0x9F, 0xD2, 0x1C, 0x6E, 0x40, 0x01, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xC0, 0xBF, 0x01, 0x54, 0xD6, 0x06, 0x37,
        0x10, 0x27, 0x00, 0x00,
    ]
}
