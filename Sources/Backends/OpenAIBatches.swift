package import BatchCore
package import SystemPackage

/// OpenAI Files and Batches, and what is compatible with it.
package struct OpenAIBatches: BatchBackend {
    private let exchange: BatchExchange
    private let wire = OpenAIBatchWire()

    /// Of a page of a list; the interface's own limit is 100 for batches.
    private static let pageLength = 100
    /// Pages of a list that are read before "there is none" is believed: what was made minutes ago is in front.
    private static let pagesMax = 20

    /// - Parameters:
    ///   - template: a request to the endpoint: its url before `/v1`, who asks, and how it is reached.
    ///   - scratch: a directory for a file without a name, of all answers of a batch.
    package init(_ backend: any CompletionBackend, _ template: BackendRequest, scratchIn scratch: FilePath) {
        exchange = BatchExchange(backend: backend, template: template, scratch: scratch)
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
        return await exchange.post("/v1/files", form.body, as: form.contentType).map(
            BatchExchange.id, orElse: Self.noID)
    }

    private static let noID = "its answer names no id"

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
        return await exchange.post("/v1/batches", writer.bytes).map(BatchExchange.id, orElse: Self.noID)
    }

    /// The input file is this batch's alone, so that it tells the batch as well as the name does.
    package func findBatch(_ wanted: BatchSearch) async -> BatchReply<String> {
        await find("/v1/batches?limit=\(Self.pageLength)") {
            $0["metadata"]?[OpenAIBatchWire.nameMember]?.string == wanted.name
                || wanted.file != nil && $0["input_file_id"]?.string == wanted.file
        }
    }

    private func state(_ body: [UInt8]) -> ProviderBatchState? { wire.state(body).map(exchange.quoted) }

    package func look(at batch: String) async -> BatchReply<ProviderBatchState> {
        await exchange.get("/v1/batches/\(batch)").map(state, orElse: "its answer is no batch")
    }

    package func cancel(_ batch: String) async -> BatchReply<ProviderBatchState> {
        await exchange.post("/v1/batches/\(batch)/cancel", []).map(state, orElse: "its answer is no batch")
    }

    package func results(of state: ProviderBatchState) async -> BatchReply<BatchResults> {
        await exchange.results(of: state, at: { "/v1/files/\($0)/content" }, wire.result)
    }

    /// Reads the pages of a list until one of its objects fits.
    private func find(_ path: String, _ isMeant: (JSONValue) -> Bool) async -> BatchReply<String> {
        var after = ""
        for _ in 0..<Self.pagesMax {
            let reply = await exchange.get(path + after)
            guard case .done(let body) = reply else { return reply.ofList() }
            guard let page = wire.page(body) else { return .unanswered("its answer is no list") }
            if let found = page.objects.first(where: isMeant) {
                guard let id = found["id"]?.string, BatchExchange.isID(id) else { return .unanswered(Self.noID) }
                return .done(id)
            }
            guard page.hasMore, let last = page.objects.last?["id"]?.string else { return .missing }
            guard BatchExchange.isID(last) else { return .unanswered(Self.noID) }
            after = "&after=\(last)"
        }
        return .unanswered("its list has more than \(Self.pagesMax) pages")
    }
}
