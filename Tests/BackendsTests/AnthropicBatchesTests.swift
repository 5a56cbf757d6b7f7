import Backends
import BatchCore
import Synchronization
import SystemPackage
import Testing

@Suite("Anthropic's batch interface: one exchange makes a batch, and its results tell whose it is")
struct AnthropicBatchesTests {
    /// Answers by the end of the url.
    private final class Canned: CompletionBackend {
        private let answers: [String: String]
        private let asked = Mutex<[BackendRequest]>([])
        var requests: [BackendRequest] { asked.withLock { $0 } }

        init(_ answers: [String: String]) { self.answers = answers }

        func send(_ request: BackendRequest) async -> BackendResult {
            asked.withLock { $0.append(request) }
            let path = request.url.prefix { $0 != "?" }
            guard let body = answers.first(where: { path.hasSuffix($0.key) })?.value else {
                return .response(BackendResponse(status: 404, body: []))
            }
            return .response(BackendResponse(status: 200, body: Array(body.utf8)))
        }
    }

    private func batches(_ backend: Canned) -> AnthropicBatches {
        AnthropicBatches(
            backend, BackendRequest(url: "http://host", body: [], timeout: .seconds(5)), scratchIn: "/tmp")
    }

    private func batch(_ id: String, _ status: String, count: Int = 2, at time: String = "2026-11-24T10:00:01Z")
        -> String
    {
        #"{"id":"\#(id)","processing_status":"\#(status)","created_at":"\#(time)","#
            + #""request_counts":{"processing":0,"succeeded":\#(count - 1),"errored":1,"canceled":0,"expired":0}}"#
    }

    private func wanted(_ others: Set<String> = []) throws -> BatchSearch {
        BatchSearch(
            name: "n-1-1", file: nil, lines: 2, plannedAt: try #require(Timestamp("2026-11-24T10:00:00Z")),
            others: others)
    }

    @Test("counts that no batch can have are counted with all the same")
    func absurdCounts() async throws {
        let counts = ["processing", "succeeded", "errored", "canceled", "expired"].map { #""\#($0)":\#(Int.max)"# }
        let text = #"{"id":"b","processing_status":"ended","request_counts":{\#(counts.joined(separator: ","))}}"#
        let state = try #require(await batches(Canned(["batches/b": text])).look(at: "b").value)
        #expect(state.end == .completed && state.completed == 1_000_000)
    }

    @Test("the lines become the requests of one creation")
    func create() async throws {
        let backend = Canned(["batches": batch("msgbatch_1", "in_progress")])
        let interface = batches(backend)
        var lines: [UInt8] = []
        for line in [1, 2] {
            lines += interface.line(
                customID: "n-1-1-\(line)", url: .chatCompletions, body: Array("{\"a\":\(line)}".utf8))
            lines += "\n".utf8
        }
        guard
            case .done("msgbatch_1") = await interface.create(
                named: "n-1-1", file: nil, url: .chatCompletions, lines: lines)
        else { return #expect(Bool(false)) }
        let sent = try JSONValue(parsing: try #require(backend.requests.first).body)
        #expect(sent["requests"]?.array?.map { $0["custom_id"]?.string } == ["n-1-1-1", "n-1-1-2"])
        #expect(sent["requests"]?.array?.map { $0["params"]?["a"]?.int } == [1, 2])
    }

    @Test("a batch is ours if its results say so; one at work may be, and nothing is made before that is known")
    func find() async throws {
        let ours = #"{"custom_id":"n-1-1-1","result":{"type":"expired"}}"#
        let foreign = #"{"custom_id":"x-1-1-1","result":{"type":"expired"}}"#
        func list(_ batches: String...) -> String { #"{"data":[\#(batches.joined(separator: ","))],"has_more":false}"# }
        func find(_ answers: [String: String], _ others: Set<String> = []) async throws -> BatchReply<String> {
            try await batches(Canned(answers)).findBatch(wanted(others))
        }
        let both = list(batch("b1", "ended"), batch("b2", "ended"))
        guard case .done("b2") = try await find(["batches": both, "b1/results": foreign, "b2/results": ours]) else {
            return #expect(Bool(false))
        }
        guard case .missing = try await find(["batches": list(batch("b1", "ended")), "b1/results": foreign]) else {
            return #expect(Bool(false))
        }
        let atWork = list(batch("b1", "in_progress"))
        guard case .undecided = try await find(["batches": atWork]) else { return #expect(Bool(false)) }
        guard case .missing = try await find(["batches": atWork], ["b1"]) else {
            return #expect(Bool(false), "it is known to be another")
        }
        let others = list(batch("b1", "in_progress", count: 3), batch("b2", "in_progress", at: "2026-11-23T09:00:00Z"))
        guard case .missing = try await find(["batches": others]) else {
            return #expect(Bool(false), "of another size, or older")
        }
        let endless = #"{"data":[\#(batch("b1", "in_progress", count: 3))],"has_more":true}"#
        guard case .unanswered = try await find(["batches": endless]) else {
            return #expect(Bool(false), "nobody has looked to the end")
        }
    }

    @Test("each kind of result has its meaning, and none but an answer costs anything")
    func results() async throws {
        let file = """
            {"custom_id":"ok","result":{"type":"succeeded","message":{"id":"msg","type":"message"}}}
            {"custom_id":"bad","result":{"type":"errored","error":{"type":"error","error":{"type":"invalid_request_error","message":"m"}}}}
            {"custom_id":"busy","result":{"type":"errored","error":{"type":"error","error":{"type":"overloaded_error","message":"m"}}}}
            {"custom_id":"gone","result":{"type":"canceled"}}
            {"custom_id":"late","result":{"type":"expired"}}
            {"custom_id":"new","result":{"type":"unheard_of"}}
            """
        let interface = batches(Canned(["b1/results": file, "b1": batch("b1", "ended", count: 6)]))
        guard case .done(let state) = await interface.look(at: "b1") else { return #expect(Bool(false)) }
        #expect(state.end == .completed && state.total == 6 && state.completed == 5 && state.failed == 1)
        guard case .done(let found) = await interface.results(of: state) else { return #expect(Bool(false)) }
        #expect(found.unreadableLines == 1)
        func content(_ id: String) throws -> ProviderBatchResult.Content? {
            try found.entries.first { $0.id == id }.map { try found.content(of: $0) }
        }
        #expect(
            try content("ok")
                == .response(status: 200, requestID: "", body: Array(#"{"id":"msg","type":"message"}"#.utf8)))
        guard case .response(400, _, _)? = try content("bad"), case .response(529, _, _)? = try content("busy"),
            case .notRun("batch_cancelled", _)? = try content("gone"),
            case .notRun("batch_expired", _)? = try content("late")
        else { return #expect(Bool(false)) }
    }

    @Test("while it is at work it has no end")
    func atWork() async {
        for word in ["in_progress", "canceling"] {
            guard case .done(let state) = await batches(Canned(["b1": batch("b1", word)])).look(at: "b1") else {
                return #expect(Bool(false))
            }
            #expect(state.end == nil && state.word == word && !state.hasResults)
        }
        guard case .missing = await batches(Canned([:])).look(at: "b1") else { return #expect(Bool(false)) }
    }
}
