import BatchCore

/// The texts of the OpenAI batch interface, read as several servers write them (OpenAI, LiteLLM, vLLM).
struct OpenAIBatchWire: Sendable {
    /// Of the metadata of a batch: its own name.
    static let nameMember = "bobbin"

    struct Page {
        let objects: [JSONValue]
        let hasMore: Bool
    }

    func page(_ body: [UInt8]) -> Page? {
        guard let value = BatchExchange.json(body), let objects = value["data"]?.array else { return nil }
        return Page(objects: objects, hasMore: value["has_more"]?.bool == true)
    }

    func state(_ body: [UInt8]) -> ProviderBatchState? {
        guard let value = BatchExchange.json(body), let word = value["status"]?.string else { return nil }
        let end: ProviderBatchState.End? =
            switch word {
            case "completed": .completed
            case "expired": .expired
            case "cancelled", "canceled": .cancelled
            case "failed": .refused
            default: nil
            }
        var state = ProviderBatchState(end: end, word: word)
        let counts = value["request_counts"]
        state.total = BatchExchange.count(counts?["total"])
        state.completed = BatchExchange.count(counts?["completed"])
        state.failed = BatchExchange.count(counts?["failed"])
        func file(_ member: String) -> String? { value[member]?.string.flatMap { BatchExchange.isID($0) ? $0 : nil } }
        let (output, errors) = (file("output_file_id"), file("error_file_id"))
        state.results = [output, errors].compactMap(\.self)
        state.lacksResults =
            end != nil && end != .refused && output == nil
            && (state.completed > 0 || end == .completed && errors == nil)
        state.faults = (value["errors"]?["data"]?.array ?? []).map { fault in
            ProviderBatchState.Fault(
                code: fault["code"]?.string ?? "batch_failed", message: fault["message"]?.string ?? "",
                line: fault["line"]?.int)
        }
        return state
    }

    /// `{"custom_id", "response": {"status_code", "request_id", "body"}, "error": {"code", "message"}}`. An error
    /// status has no error beside it at OpenAI, and no body but a text as its error at vLLM.
    func result(_ line: [UInt8]) -> ProviderBatchResult? {
        var tape = JSONTape()
        do { try tape.scan(line.span) } catch { return nil }
        let root = JSONTape.root
        func member(_ name: StaticString, of node: Int?) -> Int? {
            node.flatMap { tape.member(name, of: $0, in: line.span) }.flatMap { tape.kind($0) == .null ? nil : $0 }
        }
        func string(_ node: Int?) -> String? { node.flatMap { tape.string($0, in: line.span) } }
        guard tape.kind(root) == .object, let id = string(member("custom_id", of: root)) else { return nil }
        let error = member("error", of: root)
        let code = string(member("code", of: error)) ?? "batch_error"
        let message = string(member("message", of: error)) ?? string(error) ?? "the batch gave no reason"
        if let response = member("response", of: root),
            let status = member("status_code", of: response).flatMap({ tape.integer($0, in: line.span) })
        {
            let requestID = string(member("request_id", of: response)) ?? ""
            if let body = member("body", of: response) {
                let bytes = Array(line[tape.bytes(body)])
                return ProviderBatchResult(
                    id: id, content: .response(status: status, requestID: requestID, body: bytes))
            }
            if !(200..<300 ~= status) {
                var writer = JSONWriter()
                writer.object { writer in
                    writer.object("error") { writer in
                        writer.member("message", message)
                        writer.member("code", code)
                    }
                }
                return ProviderBatchResult(
                    id: id, content: .response(status: status, requestID: requestID, body: writer.bytes))
            }
        }
        switch code {
        case "batch_expired", "batch_cancelled", "batch_canceled":
            return ProviderBatchResult(id: id, content: .notRun(code: code, message: message))
        case _ where error == nil:
            return ProviderBatchResult(id: id, content: .lost(code: code, message: "its result is empty"))
        // `request_timeout`, and codes that no document names: it may have been run.
        default: return ProviderBatchResult(id: id, content: .lost(code: code, message: message))
        }
    }
}
