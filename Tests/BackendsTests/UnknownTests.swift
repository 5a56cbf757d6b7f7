import Backends
import Testing

@Suite("A request that may have been read and has no whole answer is unknown", .timeLimit(.minutes(1)))
struct UnknownTests {
    private func send(
        timeout: Duration = .seconds(20), limitBytes: Int = 1 << 20, answeredBy script: @escaping ScriptedServer.Script
    ) async throws -> BackendResult {
        try await ScriptedServer.run(script) { server in
            try await withBackend { backend in
                let result = await backend.send(request(to: server, timeout: timeout, limitBytes: limitBytes))
                #expect(server.requests.count == 1)
                return result
            }
        }
    }

    @Test("closed before an answer")
    func noAnswer() async throws {
        #expect(try await send { $0.readRequest() }.unknownKind == .reset)
    }

    @Test("cut within its Content-Length")
    func cutLength() async throws {
        let result = try await send { connection in
            connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"choices\":")
        }
        #expect(result.unknownKind == .cutAnswer)
    }

    @Test("cut between chunks")
    func cutChunks() async throws {
        let result = try await send { connection in
            connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n")
        }
        #expect(result.unknownKind == .cutAnswer)
    }

    @Test("cut within its headers, and reset")
    func cutHeaders() async throws {
        let result = try await send { connection in
            connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Type: appl")
            connection.reset()
        }
        #expect(result.unknownKind != nil)
    }

    @Test("no HTTP at all")
    func noHTTP() async throws {
        let result = try await send { connection in
            connection.readRequest()
            connection.write("220 mail.example.org ESMTP\r\n")
        }
        #expect(result.unknownKind == .other)
    }

    @Test("a compressed answer that is damaged")
    func damagedGzip() async throws {
        let result = try await send { connection in
            connection.readRequest()
            connection.answer(
                bytes: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xFF, 0xFF, 0xFF], headers: ["Content-Encoding: gzip"])
        }
        #expect(result.unknownKind == .cutAnswer)
    }

    @Test("a server that hangs")
    func hangs() async throws {
        let result = try await send(timeout: .milliseconds(200)) { connection in
            connection.readRequest()
            connection.waitForHangUp()
        }
        #expect(result.unknownKind == .timeout)
    }

    @Test("a server that drips: the time is for the whole answer, not for a byte")
    func drips() async throws {
        let result = try await send(timeout: .milliseconds(300)) { connection in
            connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while connection.write("x") { connection.pause(milliseconds: 10) }
        }
        #expect(result.unknownKind == .timeout)
    }

    @Test("an answer of a gigabyte is given up at the limit")
    func tooLarge() async throws {
        let result = try await send(limitBytes: 1 << 20) { connection in
            connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
            let block = [UInt8](repeating: 0x20, count: 1 << 16)
            var blocks = 0
            while blocks < 1 << 14, connection.write(bytes: block) { blocks += 1 }
            #expect(blocks < 1 << 10, "the client went on reading")
        }
        #expect(result.unknownKind == .tooLarge)
    }

    @Test(
        "an answer that is small only while it is compressed",
        arguments: [
            ("gzip", Compressed.gzip), ("br", Compressed.brotli), ("zstd", Compressed.zstd),
        ])
    func tooLargeInflated(coding: String, bytes: [UInt8]) async throws {
        let result = try await send(limitBytes: 9_999) { connection in
            connection.readRequest()
            connection.answer(bytes: bytes, headers: ["Content-Encoding: \(coding)"])
        }
        #expect(result.unknownKind == .tooLarge)
    }

    @Test("headers without an end")
    func endlessHeaders() async throws {
        let result = try await send { connection in
            connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n")
            let line = "X-Filler: " + String(repeating: "f", count: 1000) + "\r\n"
            while connection.write(line) {}
        }
        #expect(result.unknownKind == .tooLarge)
    }
}
