import Backends
import BatchCore
import Synchronization
import SystemPackage
import Testing

@Suite("OpenAI's batch interface, in its own words and those of others")
struct OpenAIBatchesTests {
    /// Answers everything alike, and keeps what was asked.
    private final class Canned: CompletionBackend {
        private let result: BackendResult
        private let asked = Mutex<[BackendRequest]>([])
        var requests: [BackendRequest] { asked.withLock { $0 } }

        init(_ result: BackendResult) { self.result = result }

        func send(_ request: BackendRequest) async -> BackendResult {
            asked.withLock { $0.append(request) }
            return result
        }
    }

    private func answer(_ status: Int, _ body: String) -> BackendResult {
        .response(BackendResponse(status: status, body: Array(body.utf8)))
    }

    private func batches(_ backend: Canned) -> OpenAIBatches {
        OpenAIBatches(
            backend, BackendRequest(url: "http://host", bearerToken: "k", body: [], timeout: .seconds(5)),
            scratchIn: "/tmp")
    }

    private func wanted(_ name: String, _ file: String?) -> BatchSearch {
        BatchSearch(name: name, file: file, lines: 1, plannedAt: Timestamp(seconds: 0))
    }

    private func results(_ file: String) async -> BatchResults? {
        var state = ProviderBatchState(end: .completed, word: "completed")
        state.results = ["file-1"]
        guard case .done(let found) = await batches(Canned(answer(200, file))).results(of: state) else { return nil }
        return found
    }

    @Test("an upload is a form with the file and its purpose")
    func upload() async throws {
        let backend = Canned(answer(200, #"{"id":"file-1"}"#))
        guard case .done("file-1") = await batches(backend).upload(Array("{}\n".utf8), named: "n-1-1") else {
            return #expect(Bool(false))
        }
        let request = try #require(backend.requests.first)
        #expect(request.url == "http://host/v1/files" && request.method == .post && request.bearerToken == "k")
        let boundary = try #require(request.contentType.split(separator: "=").last)
        #expect(request.contentType.hasPrefix("multipart/form-data;boundary="))
        #expect(
            String(decoding: request.body, as: UTF8.self) == """
                --\(boundary)\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n\
                --\(boundary)\r\nContent-Disposition: form-data; name="file"; filename="n-1-1.jsonl"\r\n\
                Content-Type: application/jsonl\r\n\r\n{}\n\r\n--\(boundary)--\r\n
                """)
    }

    @Test("what an answer to a creation says of it", arguments: [200, 400, 401, 404, 408, 409, 429, 500, 503])
    func certainty(status: Int) async {
        let reply = await batches(Canned(answer(status, #"{"id":"b","error":{"message":"why"}}"#)))
            .create(named: "n", file: "f", url: .chatCompletions, lines: [])
        switch (status, reply) {
        case (200, .done("b")), (400...404, .refused), (429, .refused): break
        case (408...409, .unanswered), (500..., .unanswered): break
        default: Issue.record("\(status): \(reply)")
        }
    }

    @Test("words of the provider come on one line, cut, and without the key")
    func words() async throws {
        let key = "sk-proj-0123456789"
        let said = #"no \u001b[2J\nkey \#(key) \u202e"# + String(repeating: "e\u{301}", count: 1000)
        let error = answer(400, #"{"error":{"message":"\#(said)"}}"#)
        let template = BackendRequest(url: "http://host", bearerToken: key, body: [], timeout: .seconds(5))
        let headers = BackendRequest(
            url: "http://host", headers: [("x-api-key", key)], body: [], timeout: .seconds(5))
        for batches: any BatchBackend in [
            OpenAIBatches(Canned(error), template, scratchIn: "/tmp"),
            AnthropicBatches(Canned(error), headers, scratchIn: "/tmp"),
        ] {
            guard
                case .refused(let reason) = await batches.create(
                    named: "n", file: "f", url: .chatCompletions, lines: Array("{}\n".utf8))
            else { return #expect(Bool(false)) }
            #expect(
                reason.hasPrefix("it answers 400: no  [2J key (the key)  ") && reason.utf8.count < 1000, "\(reason)")
            #expect(!reason.contains("sk-proj"))
        }
        let failed = #"{"id":"b","status":"failed","errors":{"data":[{"code":"c\n","message":"\#(said)"}]}}"#
        guard
            case .done(let state) = await OpenAIBatches(Canned(answer(200, failed)), template, scratchIn: "/tmp").look(
                at: "b")
        else {
            return #expect(Bool(false))
        }
        #expect(state.faults.first?.code == "c " && state.faults.first?.message.contains("sk-") == false)
    }

    @Test("a batch that has ended and names no file of what is done has results somewhere")
    func bare() async throws {
        func lacksResults(_ text: String) async -> Bool? {
            guard case .done(let state) = await batches(Canned(answer(200, text))).look(at: "b") else { return nil }
            return state.lacksResults
        }
        for (text, expected) in [
            (#"{"status":"completed"}"#, true), (#"{"status":"in_progress"}"#, false),
            (#"{"status":"completed","output_file_id":"f"}"#, false),
            (#"{"status":"completed","error_file_id":"f"}"#, false),
            (#"{"status":"expired","error_file_id":"f","request_counts":{"completed":1}}"#, true),
            (#"{"status":"cancelled"}"#, false), (#"{"status":"failed"}"#, false),
        ] { #expect(await lacksResults(text) == expected, "\(text)") }
    }

    @Test("counts that no batch can have are counted with all the same", arguments: [Int.max, Int.min, 1 << 60])
    func absurdCounts(_ count: Int) async throws {
        let text = #"{"status":"completed","output_file_id":"f","request_counts":{"total":\#(count),"completed":\#(count)}}"#
        let interface = batches(Canned(answer(200, text)))
        let state = try #require(await interface.look(at: "b").value)
        #expect(0...1_000_000 ~= state.total && state.completed == state.total)
        let results = try #require(await interface.results(of: state).value)
        #expect(results.unreadableLines == 1)
    }

    @Test("no byte of it left: not done; no answer: nobody knows")
    func unsent() async {
        let trouble = BackendTrouble(kind: .connect, message: "m")
        for (result, isKnown) in [(BackendResult.notSent(trouble), true), (.unknown(trouble), false)] {
            switch await batches(Canned(result)).upload([], named: "n") {
            case .refused: #expect(isKnown)
            case .unanswered: #expect(!isKnown)
            case .done, .missing, .undecided: Issue.record("\(result)")
            }
        }
        guard case .unanswered = await batches(Canned(.notSent(trouble))).findBatch(wanted("n", nil)) else {
            return #expect(Bool(false), "a look-up that was not sent says nothing")
        }
    }

    @Test("a batch is found by its name or by its file; an id that would mean something in a URL is none")
    func find() async {
        let list =
            #"{"data":[{"id":"a","input_file_id":"x","metadata":null},{"id":"b","input_file_id":"f"},"#
            + #"{"id":"c","metadata":{"bobbin":"n"}}],"has_more":false}"#
        for (name, file, id) in [("n", "other", "c"), ("other", "f", "b")] {
            guard case .done(id) = await batches(Canned(answer(200, list))).findBatch(wanted(name, file)) else {
                return #expect(Bool(false), "\(name) \(file)")
            }
        }
        guard case .missing = await batches(Canned(answer(200, list))).findBatch(wanted("z", "z")) else {
            return #expect(Bool(false))
        }
        guard case .unanswered = await batches(Canned(answer(200, #"{"id":"a/../b"}"#))).upload([], named: "n") else {
            return #expect(Bool(false))
        }
    }

    @Test("each shape of a line has its meaning")
    func lines() async throws {
        let found = try #require(
            await results(
                """
                {"id":"1","custom_id":"ok","response":{"status_code":200,"request_id":"q","body":{"a":1}},"error":null}
                {"id":"2","custom_id":"400","response":{"status_code":400,"request_id":"q","body":{"e":1}},"error":null}
                {"id":"3","custom_id":"vllm","response":{"status_code":400,"request_id":"q"},"error":"too long"}
                {"id":"4","custom_id":"expired","response":null,"error":{"code":"batch_expired","message":"m"}}
                {"id":"5","custom_id":"timeout","response":null,"error":{"code":"request_timeout","message":"m"}}
                {"id":"6","custom_id":"other","response":null,"error":{"code":"c","message":"m"}}
                {"id":"7","custom_id":"empty","response":null,"error":null}
                nonsense

                {"id":"8"}
                """))
        #expect(found.unreadableLines == 2 && found.entries.count == 7)
        func content(_ id: String) throws -> ProviderBatchResult.Content? {
            try found.entries.first { $0.id == id }.map { try found.content(of: $0) }
        }
        #expect(try content("ok") == .response(status: 200, requestID: "q", body: Array(#"{"a":1}"#.utf8)))
        #expect(try content("400") == .response(status: 400, requestID: "q", body: Array(#"{"e":1}"#.utf8)))
        guard case .response(400, _, let body)? = try content("vllm") else { return #expect(Bool(false)) }
        #expect(String(decoding: body, as: UTF8.self).contains("too long"))
        #expect(try content("expired") == .notRun(code: "batch_expired", message: "m"))
        #expect(try content("timeout") == .lost(code: "request_timeout", message: "m"))
        #expect(try content("other") == .lost(code: "c", message: "m"))
        guard case .lost? = try content("empty") else { return #expect(Bool(false)) }
    }
}
