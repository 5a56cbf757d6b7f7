package import BatchCore
package import SystemPackage

/// Anthropic Message Batches: the requests stand in the creation itself. A batch has no name and no metadata, so that
/// one whose creation was not answered is recognised by the custom_ids of its results alone.
package struct AnthropicBatches: BatchBackend {
    private let exchange: BatchExchange
    private let wire = AnthropicBatchWire()

    private static let place = "/v1/messages/batches"
    private static let pageLength = 100
    private static let pagesMax = 20
    /// By so much the clocks of both sides may differ: one that shows local time as UTC is half a day off.
    private static let clockDifference = Duration.seconds(86_400)

    /// - Parameters:
    ///   - template: a request to the endpoint: its url before `/v1`, who asks, and how it is reached.
    ///   - scratch: a directory for a file without a name, of all answers of a batch.
    package init(_ backend: any CompletionBackend, _ template: BackendRequest, scratchIn scratch: FilePath) {
        exchange = BatchExchange(backend: backend, template: template, scratch: scratch)
    }

    package var hasFiles: Bool { false }

    package func line(customID: String, url: RequestURL, body: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(reserving: body.count + 96)
        writer.object { writer in
            writer.member("custom_id", customID)
            writer.member("params", raw: body)
        }
        return writer.bytes
    }

    package func upload(_ lines: [UInt8], named name: String) async -> BatchReply<String> {
        .refused("it has no files")
    }

    package func findFile(named name: String) async -> BatchReply<String> { .missing }

    package func create(named name: String, file: String?, url: RequestURL, lines: [UInt8]) async -> BatchReply<String>
    {
        var body = Array(#"{"requests":["#.utf8)
        body.reserveCapacity(lines.count + 32)
        // The ends of lines stand between the requests; inside one there is none (RFC 8259, section 7).
        for byte in lines.dropLast() { body.append(byte == UInt8(ascii: "\n") ? UInt8(ascii: ",") : byte) }
        body += "]}".utf8
        return await exchange.post(Self.place, body).map(BatchExchange.id, orElse: "its answer names no id")
    }

    /// Looks at the results of every batch of that age and size that has ended. While one of them is at work, nobody
    /// knows whose it is.
    package func findBatch(_ wanted: BatchSearch) async -> BatchReply<String> {
        var (after, undecided, isSearched) = ("", [String](), false)
        pages: for _ in 0..<Self.pagesMax {
            let reply = await exchange.get("\(Self.place)?limit=\(Self.pageLength)\(after)")
            guard case .done(let body) = reply else { return reply.ofList() }
            guard let page = wire.page(body) else { return .unanswered("its answer is no list") }
            for batch in page.batches {
                // The youngest are in front.
                if let time = batch.createdAt, time + Self.clockDifference < wanted.plannedAt {
                    isSearched = true
                    break pages
                }
                guard batch.state.total == wanted.lines, !wanted.others.contains(batch.id) else { continue }
                guard batch.state.end != nil else {
                    undecided.append(batch.id)
                    continue
                }
                let reply = await results(of: batch.state)
                if case .missing = reply { continue }
                guard case .done(let found) = reply else { return reply.ofList() }
                if found.entries.contains(where: { $0.id.hasPrefix("\(wanted.name)-") }) { return .done(batch.id) }
            }
            guard page.hasMore, let last = page.batches.last?.id else {
                isSearched = true
                break
            }
            after = "&after_id=\(last)"
        }
        if undecided.isEmpty {
            return isSearched ? .missing : .unanswered("its list has more than \(Self.pagesMax) pages of such an age")
        }
        return .undecided("whether one of \(undecided.joined(separator: ", ")) is this batch shows when it has ended")
    }

    private func state(_ body: [UInt8]) -> ProviderBatchState? { wire.state(body).map(exchange.quoted) }

    package func look(at batch: String) async -> BatchReply<ProviderBatchState> {
        await exchange.get("\(Self.place)/\(batch)").map(state, orElse: "its answer is no batch")
    }

    package func cancel(_ batch: String) async -> BatchReply<ProviderBatchState> {
        await exchange.post("\(Self.place)/\(batch)/cancel", []).map(state, orElse: "its answer is no batch")
    }

    /// By its id, not by `results_url`: who was asked is asked again, with the key that is meant for it.
    package func results(of state: ProviderBatchState) async -> BatchReply<BatchResults> {
        await exchange.results(of: state, at: { "\(Self.place)/\($0)/results" }, wire.result)
    }
}
