import BatchCore
import Ledgers

/// A line that a producer dropped, and one of an export of answers.
enum ForeignRequests {
    static let readers: [FuzzReaders.Reader] = [request, answerToImport, cursor]

    private static let price = Price(input: Money(picodollars: 150_000), output: Money(picodollars: 600_000))
    private static let anthropic = {
        var model = Model(name: "far", endpoint: "far", price: price, maxOutputTokens: 512)
        model.interface = .anthropic
        return model
    }()
    private static let models = [
        "m": Model(name: "m", endpoint: "near", price: price, maxOutputTokens: 1024),
        "short": Model(name: "short", endpoint: "near", price: price, maxOutputTokens: 100, contextTokens: 50),
        "far": anthropic,
    ]
    private static let catalogue = ModelCatalogue(
        endpoints: [:], models: models, routes: ["route": Route(name: "route", models: ["m", "far"])])

    /// A line that is taken has a bound that is not above the limit, a key that is found again, and goes out to each
    /// model as JSON, or with a reason not to.
    private static func request(_ bytes: [UInt8]) {
        var reader = RequestReader(catalogue: catalogue)
        let request: BatchRequest
        do throws(LineRefusal) { request = try reader.read(bytes.span) } catch {
            precondition(!error.reason.isEmpty, "refused without a reason")
            _ = reader.customID(of: bytes.span)
            return
        }
        precondition(request.worstCase.tokens >= 0 && request.worstCase.usd >= .zero, "a worst case below nothing")
        var again = RequestReader(catalogue: catalogue)
        do throws(LineRefusal) {
            let (same, _) = try again.readWithText(bytes.span)
            precondition(same == request, "read twice, it is another request")
        } catch { preconditionFailure("taken, and then refused") }
        precondition(reader.customID(of: bytes.span) != nil, "a request without a custom_id")
        let names = request.kind.models ?? catalogue.routes[request.kind.model]?.models ?? [request.kind.model]
        for name in names {
            guard let model = models[name] else { preconditionFailure("a model that nobody configured") }
            do throws(LineRefusal) {
                let outgoing = try reader.outgoing(bytes.span, to: model)
                var tape = JSONTape()
                do { try tape.scan(outgoing.body.span) } catch { preconditionFailure("what goes out is no JSON") }
                let worst = price.worstCase(of: outgoing.bound)
                precondition(worst <= request.worstCase.usd, "an attempt is dearer than the worst case of its line")
            } catch { continue }
        }
    }

    private static func answerToImport(_ bytes: [UInt8]) {
        var answers = AnswerImport(now: Timestamp(seconds: 1_790_000_000))
        do throws(JSONError) { try answers.take(bytes.span) } catch {
            precondition(0...bytes.count ~= error.offset, "a fault beyond the text")
            return
        }
        _ = answers.takeBatch()
    }

    /// A path into a text, and the text behind a line feed.
    private static func cursor(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let pointer = JSONPointer(String(decoding: parts[0], as: UTF8.self)) else { return }
        let text = Array(parts[1])
        var tape = JSONTape()
        do throws(JSONError) { try tape.scan(text.span) } catch { return }
        guard let node = pointer.node(from: JSONTape.root, of: tape, in: text.span) else { return }
        let range = tape.bytes(node)
        precondition(0 <= range.lowerBound && range.upperBound <= text.count, "a place beyond the text")
    }
}
