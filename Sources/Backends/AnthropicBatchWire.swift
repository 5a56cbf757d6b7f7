import BatchCore

/// The texts of Anthropic Message Batches.
struct AnthropicBatchWire: Sendable {
    struct Batch {
        let id: String
        /// nil: it cannot be read, and no age is known.
        let createdAt: Timestamp?
        let state: ProviderBatchState
    }

    func page(_ body: [UInt8]) -> (batches: [Batch], hasMore: Bool)? {
        guard let value = BatchExchange.json(body), let entries = value["data"]?.array else { return nil }
        let batches = entries.compactMap { entry -> Batch? in
            guard let id = entry["id"]?.string, let state = state(entry) else { return nil }
            return Batch(id: id, createdAt: entry["created_at"]?.string.flatMap { Timestamp($0) }, state: state)
        }
        return (batches, value["has_more"]?.bool == true)
    }

    func state(_ body: [UInt8]) -> ProviderBatchState? { BatchExchange.json(body).flatMap { state($0) } }

    private func state(_ value: JSONValue) -> ProviderBatchState? {
        guard let word = value["processing_status"]?.string, let id = value["id"]?.string, BatchExchange.isID(id) else {
            return nil
        }
        // Each line says for itself whether it was run.
        var state = ProviderBatchState(end: word == "ended" ? .completed : nil, word: word)
        func count(_ name: String) -> Int { BatchExchange.count(value["request_counts"]?[name]) }
        state.completed = count("succeeded")
        state.failed = count("errored") + count("canceled") + count("expired")
        state.total = count("processing") + state.completed + state.failed
        if state.end != nil { state.results = [id] }
        return state
    }

    /// `{"custom_id", "result": {"type", "message" or "error"}}`.
    func result(_ line: [UInt8]) -> ProviderBatchResult? {
        var tape = JSONTape()
        do { try tape.scan(line.span) } catch { return nil }
        func member(_ name: StaticString, of node: Int?) -> Int? {
            node.flatMap { tape.member(name, of: $0, in: line.span) }
        }
        func string(_ node: Int?) -> String? { node.flatMap { tape.string($0, in: line.span) } }
        guard tape.kind(JSONTape.root) == .object, let id = string(member("custom_id", of: JSONTape.root)),
            let result = member("result", of: JSONTape.root), let type = string(member("type", of: result))
        else { return nil }
        func response(_ status: Int, _ node: Int) -> ProviderBatchResult.Content {
            .response(status: status, requestID: "", body: Array(line[tape.bytes(node)]))
        }
        switch type {
        case "succeeded":
            guard let message = member("message", of: result) else { return nil }
            return ProviderBatchResult(id: id, content: response(200, message))
        case "errored":
            guard let error = member("error", of: result) else { return nil }
            let kind = string(member("type", of: member("error", of: error))) ?? ""
            return ProviderBatchResult(id: id, content: response(Self.status(of: kind), error))
        case "canceled":
            let message = "the batch was cancelled before the request was run"
            return ProviderBatchResult(id: id, content: .notRun(code: "batch_cancelled", message: message))
        case "expired":
            let message = "the batch expired before the request was run"
            return ProviderBatchResult(id: id, content: .notRun(code: "batch_expired", message: message))
        default: return nil
        }
    }

    /// What the error would have been answered with (Anthropic API, errors). None of them is billed, so that a timeout
    /// is not the status by which nobody knows.
    private static func status(of kind: String) -> Int {
        switch kind {
        case "invalid_request_error": 400
        case "authentication_error": 401
        case "billing_error": 402
        case "permission_error": 403
        case "not_found_error": 404
        case "request_too_large": 413
        case "rate_limit_error": 429
        case "overloaded_error": 529
        default: 500
        }
    }
}
