import Backends
import BatchCore
import Synchronization

/// A provider of batches that outlives the processes that talk to it. It runs each request once a batch asks for it.
final class StubProvider: Sendable {
    enum Verb: Hashable, Sendable {
        case upload, listFiles, create, listBatches, look, results, cancel
    }

    enum Fault: Sendable {
        case none
        /// Nothing is done, and this is the answer.
        case instead(BackendResult)
        /// It is done, and this is the answer.
        case after(BackendResult)
    }

    struct Batch: Sendable {
        let id: String
        let name: String
        let file: String
        var status = "in_progress"
        var looks = 0
        var output = ""
        var errors = ""
        var faults = "null"
        var total = 3
        /// What it counts as completed, where that is another number than its output has lines.
        var completed: Int?
    }

    struct State: Sendable {
        var files: [(id: String, name: String, content: String)] = []
        var batches: [Batch] = []
        var calls: [Verb] = []
        /// Every request that was run, by its prompt.
        var run: [String] = []
    }

    private let state = Mutex(State())
    private let kind: BatchInterface.Kind
    private let isShy: Bool
    /// The verb and how often it was called, this time included.
    private let faults: @Sendable (Verb, Int) -> Fault
    /// Ends a batch, whose input lines are given, when it is looked at for the second time.
    private let end: End

    struct Line: Sendable {
        let id: String
        let prompt: String
        var kind = BatchInterface.Kind.openAI

        /// An output line with this status and body.
        func result(_ status: Int, _ body: String) -> String {
            #"{"id":"r","custom_id":"\#(id)","response":{"status_code":\#(status),"request_id":"q","body":\#(body)},"#
                + #""error":null}"# + "\n"
        }

        func error(_ code: String) -> String {
            if kind == .anthropic {
                return #"{"custom_id":"\#(id)","result":{"type":"\#(code.dropFirst("batch_".count))"}}"# + "\n"
            }
            return #"{"id":"r","custom_id":"\#(id)","response":null,"error":{"code":"\#(code)","message":"because"}}"#
                + "\n"
        }

        var good: String {
            if kind == .openAI { return result(200, StubProvider.body("Echo \(prompt)")) }
            return #"{"custom_id":"\#(id)","result":{"type":"succeeded","message":{"id":"msg","type":"message","#
                + #""role":"assistant","model":"m","content":[{"type":"text","text":"Echo \#(prompt)"}],"#
                + #""stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":5}}}}"# + "\n"
        }
    }

    typealias End = @Sendable (inout Batch, [Line]) -> Void

    /// Every line is answered, in another order.
    static let complete: End = { batch, lines in
        batch.status = "completed"
        batch.output = lines.reversed().map(\.good).joined()
    }

    /// - Parameter isShy: the first look that shows a batch to be completed does not show where its results are.
    init(
        _ kind: BatchInterface.Kind = .openAI, isShy: Bool = false,
        faults: @escaping @Sendable (Verb, Int) -> Fault = { _, _ in .none }, end: @escaping End = complete
    ) {
        self.kind = kind
        self.isShy = isShy
        self.faults = faults
        self.end = end
    }

    var now: State { state.withLock { $0 } }
    /// The names under which batches were made.
    var names: [String] { now.batches.map(\.name) }

    /// 10 tokens in and 5 out.
    static func body(_ text: String) -> String {
        #"{"object":"chat.completion","choices":[{"finish_reason":"stop","message":{"content":"\#(text)"}}],"#
            + #""usage":{"prompt_tokens":10,"completion_tokens":5}}"#
    }

    /// What one process talks to it by.
    func connection(unless isDead: @escaping @Sendable () -> Bool = { false }) -> any CompletionBackend {
        Connection(provider: self, isDead: isDead)
    }

    private struct Connection: CompletionBackend {
        let provider: StubProvider
        let isDead: @Sendable () -> Bool

        func send(_ request: BackendRequest) async -> BackendResult {
            if isDead() { return .notSent(BackendTrouble(kind: .cancelled, message: "the process has ended")) }
            return provider.answer(request)
        }
    }

    private func answer(_ request: BackendRequest) -> BackendResult {
        let path = request.url.dropFirst("http://local".count).prefix { $0 != "?" }
        let parts = path.split(separator: "/").map(String.init)
        // `/v1/messages/batches/ID` is where `/v1/batches/ID` is elsewhere.
        let id = parts.dropFirst(kind == .openAI ? 2 : 3).first ?? ""
        let verb: Verb =
            switch (request.method, id.isEmpty, parts[1]) {
            case (.post, true, "files"): .upload
            case (.get, true, "files"): .listFiles
            case (.post, true, _): .create
            case (.get, true, _): .listBatches
            case (.post, _, _): .cancel
            case (.get, _, "files"): .results
            case (.get, _, _): parts.last == "results" ? .results : .look
            }
        return state.withLock { state in
            state.calls.append(verb)
            let fault = faults(verb, state.calls.count { $0 == verb })
            if case .instead(let result) = fault { return result }
            let result = answer(verb, id, request, &state)
            if case .after(let lost) = fault { return lost }
            return result
        }
    }

    private func answer(
        _ verb: Verb, _ id: String, _ request: BackendRequest, _ state: inout State
    ) -> BackendResult {
        func ok(_ text: String) -> BackendResult { .response(BackendResponse(status: 200, body: Array(text.utf8))) }
        let gone = BackendResult.response(BackendResponse(status: 404, body: []))
        let text = String(decoding: request.body, as: UTF8.self)
        switch verb {
        case .upload:
            let name = text.between("filename=\"", "\"") ?? ""
            let content = text.between("application/jsonl\r\n\r\n", "\r\n--") ?? ""
            state.files.append(("file-\(state.files.count + 1)", name, content))
            return ok(#"{"id":"file-\#(state.files.count)"}"#)
        case .listFiles:
            let files = state.files.map { #"{"id":"\#($0.id)","filename":"\#($0.name)"}"# }
            return ok(#"{"data":[\#(files.joined(separator: ","))],"has_more":false}"#)
        case .create:
            var file = text.between("\"input_file_id\":\"", "\"") ?? ""
            var name = text.between("\"bobbin\":\"", "\"") ?? ""
            if kind == .anthropic {
                file = "file-\(state.files.count + 1)"
                name = (text.between("\"custom_id\":\"", "\"") ?? "").split(separator: "-").dropLast()
                    .joined(separator: "-")
                state.files.append((file, name, text.replacing(#"{"custom_id""#, with: "\n{\"custom_id\"")))
            }
            let total = kind == .anthropic ? text.ranges(of: "\"custom_id\"").count : 3
            state.batches.append(Batch(id: "batch_\(state.batches.count + 1)", name: name, file: file, total: total))
            return ok(json(state.batches[state.batches.count - 1]))
        case .listBatches:
            // Whose an Anthropic batch is shows when it has ended.
            if kind == .anthropic { for place in state.batches.indices { look(place, &state) } }
            return ok(#"{"data":[\#(state.batches.map(json).joined(separator: ","))],"has_more":false}"#)
        case .look, .cancel:
            guard let place = state.batches.firstIndex(where: { $0.id == id }) else { return gone }
            if verb == .cancel { state.batches[place].status = "cancelling" }
            look(place, &state)
            return ok(json(state.batches[place]))
        case .results:
            guard let batch = state.batches.first(where: { ["out-\($0.id)", "err-\($0.id)", $0.id].contains(id) })
            else {
                return gone
            }
            if kind == .anthropic { return ok(batch.output + batch.errors) }
            return ok(id.hasPrefix("out") ? batch.output : batch.errors)
        }
    }

    private func look(_ place: Int, _ state: inout State) {
        state.batches[place].looks += 1
        if state.batches[place].looks == 2 { finish(place, &state) }
    }

    private func finish(_ place: Int, _ state: inout State) {
        let content = state.files.first { $0.id == state.batches[place].file }?.content ?? ""
        let lines = content.split(separator: "\n").filter { $0.contains("custom_id") }.map { line in
            Line(
                id: String(line).between("\"custom_id\":\"", "\"") ?? "",
                prompt: String(line).between("\"content\":\"", "\"") ?? "", kind: kind)
        }
        end(&state.batches[place], lines)
        let said = state.batches[place].output
        state.run += lines.filter { said.contains("\"\($0.id)\"") }.map(\.prompt)
    }

    private func json(_ batch: Batch) -> String {
        let completed = batch.completed ?? batch.output.split(separator: "\n").count
        if kind == .anthropic {
            let isAtWork = ["in_progress", "cancelling"].contains(batch.status)
            return #"{"id":"\#(batch.id)","processing_status":"\#(isAtWork ? "in_progress" : "ended")","#
                + #""created_at":"2026-11-24T10:00:00Z","request_counts":{"processing":\#(isAtWork ? batch.total : 0),"#
                + #""succeeded":\#(completed),"errored":0,"canceled":0,"#
                + #""expired":\#(batch.errors.split(separator: "\n").count)}}"#
        }
        let isHidden = batch.output.isEmpty || isShy && batch.looks == 2
        let output = isHidden ? "null" : "\"out-\(batch.id)\""
        let errors = batch.errors.isEmpty ? "null" : "\"err-\(batch.id)\""
        return #"{"id":"\#(batch.id)","status":"\#(batch.status)","input_file_id":"\#(batch.file)","#
            + #""output_file_id":\#(output),"error_file_id":\#(errors),"errors":\#(batch.faults),"#
            + #""request_counts":{"total":3,"completed":\#(completed),"failed":0},"metadata":{"bobbin":"\#(batch.name)"}}"#
    }
}

extension String {
    /// The first text between two others.
    fileprivate func between(_ before: String, _ after: String) -> String? {
        guard let start = firstRange(of: before)?.upperBound, let end = self[start...].firstRange(of: after) else {
            return nil
        }
        return String(self[start..<end.lowerBound])
    }
}
