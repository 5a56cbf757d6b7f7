package import BatchCore

/// OpenAI Files and Batches, and what is compatible with it.
package struct OpenAIBatches: BatchBackend {
    private let backend: any CompletionBackend
    private let url: String
    private let key: String?
    private let timeout: Duration
    private let wire = OpenAIBatchWire()

    /// Of a page of a list; the interface's own limit is 100 for batches.
    private static let pageLength = 100
    /// Pages of a list that are read before "there is none" is believed: what was made minutes ago is in front.
    private static let pagesMax = 20
    /// The slowest line that is waited for.
    private static let bytesPerSecond = 128 << 10
    private static let resultsLimitBytes = 4 << 30

    /// - Parameters:
    ///   - url: of the endpoint, before `/v1`.
    ///   - timeout: of an exchange without a large body; one with it has more.
    package init(_ backend: any CompletionBackend, url: String, key: String?, timeout: Duration) {
        self.backend = backend
        self.url = url
        self.key = key
        self.timeout = timeout
    }

    package var hasFiles: Bool { true }

    package func line(customID: String, url: RequestURL, body: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(reserving: body.count + 160)
        writer.object { writer in
            writer.member("custom_id", customID)
            writer.member("method", "POST")
            writer.member("url", url.rawValue)
            writer.member("body", raw: body)
        }
        return writer.bytes
    }

    package func upload(_ lines: [UInt8], named name: String) async -> BatchReply<String> {
        let form = MultipartForm(fields: [("purpose", "batch")], file: lines, named: "\(name).jsonl")
        var request = request("/v1/files", form.body)
        request.contentType = form.contentType
        request.timeout += .seconds(lines.count / Self.bytesPerSecond)
        return made(await backend.send(request))
    }

    package func findFile(named name: String) async -> BatchReply<String> {
        await find("/v1/files?purpose=batch&limit=\(Self.pageLength)") {
            $0["filename"]?.string == "\(name).jsonl"
        }
    }

    package func create(named name: String, file: String?, url: RequestURL, lines: [UInt8]) async -> BatchReply<String>
    {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("input_file_id", file)
            writer.member("endpoint", url.rawValue)
            writer.member("completion_window", "24h")
            writer.object("metadata") { $0.member(OpenAIBatchWire.nameMember, name) }
        }
        return made(await backend.send(request("/v1/batches", writer.bytes)))
    }

    /// The input file is this batch's alone, so that it tells the batch as well as the name does.
    package func findBatch(named name: String, file: String?) async -> BatchReply<String> {
        await find("/v1/batches?limit=\(Self.pageLength)") {
            $0["metadata"]?[OpenAIBatchWire.nameMember]?.string == name
                || file != nil && $0["input_file_id"]?.string == file
        }
    }

    package func look(at batch: String) async -> BatchReply<ProviderBatchState> {
        state(await backend.send(request("/v1/batches/\(batch)")))
    }

    package func cancel(_ batch: String) async -> BatchReply<ProviderBatchState> {
        state(await backend.send(request("/v1/batches/\(batch)/cancel", [])))
    }

    package func results(of state: ProviderBatchState) async -> BatchReply<BatchResults> {
        var found = BatchResults()
        for file in state.results {
            var request = request("/v1/files/\(file)/content")
            request.responseLimitBytes = Self.resultsLimitBytes
            request.timeout += .milliseconds(10 * state.total)
            switch answer(await backend.send(request), isAsking: false) {
            case .done(let body): wire.read(body, into: &found)
            case .missing: return .missing
            case .refused(let reason): return .refused(reason)
            case .unanswered(let reason): return .unanswered(reason)
            }
        }
        return .done(found)
    }

    /// - Parameter body: nil: a question, GET.
    private func request(_ path: String, _ body: [UInt8]? = nil) -> BackendRequest {
        var request = BackendRequest(url: url + path, bearerToken: key, body: body ?? [], timeout: timeout)
        request.method = body == nil ? .get : .post
        return request
    }

    private func made(_ result: BackendResult) -> BatchReply<String> {
        switch answer(result, isAsking: true) {
        case .done(let body): wire.id(body).map { .done($0) } ?? .unanswered("its answer names no id")
        case .missing: .refused("it answers 404")
        case .refused(let reason): .refused(reason)
        case .unanswered(let reason): .unanswered(reason)
        }
    }

    private func state(_ result: BackendResult) -> BatchReply<ProviderBatchState> {
        switch answer(result, isAsking: false) {
        case .done(let body): wire.state(body).map { .done($0) } ?? .unanswered("its answer is no batch")
        case .missing: .missing
        case .refused(let reason): .refused(reason)
        case .unanswered(let reason): .unanswered(reason)
        }
    }

    /// Reads the pages of a list until one of its objects fits.
    private func find(_ path: String, _ isMeant: (JSONValue) -> Bool) async -> BatchReply<String> {
        var after = ""
        for _ in 0..<Self.pagesMax {
            switch answer(await backend.send(request(path + after)), isAsking: false) {
            case .done(let body):
                guard let page = wire.page(body) else { return .unanswered("its answer is no list") }
                if let found = page.objects.first(where: isMeant)?["id"]?.string { return .done(found) }
                guard page.hasMore, let last = page.objects.last?["id"]?.string else { return .missing }
                after = "&after=\(last)"
            case .missing: return .unanswered("it answers 404 to a list")
            case .refused(let reason), .unanswered(let reason): return .unanswered(reason)
            }
        }
        return .missing
    }

    /// - Parameter isAsking: something is to be made by it, so that what is not known may be there.
    private func answer(_ result: BackendResult, isAsking: Bool) -> BatchReply<[UInt8]> {
        switch result {
        case .notSent(let trouble): return isAsking ? .refused(trouble.message) : .unanswered(trouble.message)
        case .unknown(let trouble): return .unanswered(trouble.message)
        case .response(let response):
            let words = wire.error(response.body).map { ": \($0)" } ?? ""
            switch response.status {
            case 200..<300: return .done(response.body)
            case 404: return .missing
            // 408 and 409 say that it may be there, or on its way.
            case 408, 409: return .unanswered("it answers \(response.status)\(words)")
            case 300..<500: return .refused("it answers \(response.status)\(words)")
            default: return .unanswered("it answers \(response.status)\(words)")
            }
        }
    }
}
