import BatchCore
import DurableFiles
import SystemPackage

/// One exchange with a batch interface, and what its status says of what was asked.
struct BatchExchange: Sendable {
    let backend: any CompletionBackend
    /// To the endpoint: its url before `/v1`, who asks, and how it is reached.
    let template: BackendRequest
    /// A directory for a file without a name, of all answers of a batch.
    let scratch: FilePath

    /// The slowest upload that is waited for.
    private static let bytesPerSecond = 128 << 10
    private static let resultsLimitBytes = 4 << 30

    /// A question.
    func get(_ path: String, _ change: (inout BackendRequest) -> Void = { _ in }) async -> BatchReply<[UInt8]> {
        var request = template
        request.method = .get
        request.url += path
        change(&request)
        return reply(to: await backend.send(request), isAsking: false)
    }

    /// Something is to be made: what is not known may be there.
    func post(_ path: String, _ body: [UInt8], as contentType: String? = nil) async -> BatchReply<[UInt8]> {
        var request = template
        request.url += path
        request.body = body
        if let contentType { request.contentType = contentType }
        request.timeout += .seconds(body.count / Self.bytesPerSecond)
        let reply = reply(to: await backend.send(request), isAsking: true)
        if case .missing = reply { return .refused("it answers 404") }
        return reply
    }

    /// All results of a batch that has ended.
    /// - Parameters:
    ///   - path: where one of `state.results` is read.
    ///   - result: of one line; nil: it cannot be read.
    func results(
        of state: ProviderBatchState, at path: (String) -> String,
        _ result: @escaping @Sendable ([UInt8]) -> ProviderBatchResult?
    ) async -> BatchReply<BatchResults> {
        var found = BatchResults { result($0).map(quoted) }
        do throws(FileError) {
            for place in state.results {
                let lines = try ScratchLines(in: scratch)
                let reply = await get(path(place)) { request in
                    request.answerFile = lines
                    request.responseLimitBytes = Self.resultsLimitBytes
                    request.timeout += .milliseconds(10 * state.total)
                }
                guard case .done(let body) = reply else { return reply.map({ _ in nil }, orElse: "") }
                // From a backend that has it in memory anyway.
                if !body.isEmpty { try lines.append(body.span) }
                try found.add(lines)
            }
        } catch {
            return .unanswered("its results cannot be kept: \(error)")
        }
        return .done(found)
    }

    private func reply(to result: BackendResult, isAsking: Bool) -> BatchReply<[UInt8]> {
        switch result {
        case .notSent(let trouble): return isAsking ? .refused(trouble.message) : .unanswered(trouble.message)
        case .unknown(let trouble): return .unanswered(trouble.message)
        case .response(let response):
            let words = Self.json(response.body)?["error"]?["message"]?.string.map { ": \(quoted($0))" } ?? ""
            switch response.status {
            case 200..<300: return .done(response.body)
            case 404, 410: return .missing
            // 408 and 409 say that it may be there, or on its way.
            case 408, 409: return .unanswered("it answers \(response.status)\(words)")
            // Their words may hold a part of the key.
            case 401, 403: return .refused("it answers \(response.status)")
            case 400..<500: return .refused("it answers \(response.status)\(words)")
            default: return .unanswered("it answers \(response.status)\(words)")
            }
        }
    }

    static func json(_ body: [UInt8]) -> JSONValue? {
        do { return try JSONValue(parsing: body) } catch { return nil }
    }

    /// A number of lines, of a batch of far fewer: whatever a provider says, it can be counted with.
    static func count(_ value: JSONValue?) -> Int { min(max(value?.int ?? 0, 0), 1_000_000) }

    /// The id in an answer; nil for one that would mean something in a URL.
    static func id(_ body: [UInt8]) -> String? { json(body)?["id"]?.string.flatMap { isID($0) ? $0 : nil } }

    static func isID(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
