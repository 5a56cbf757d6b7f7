import BatchCore
import Testing

@Suite("A reader that has read other lines reads a line as a new one does")
struct AlikeLinesTests {
    private static let bodies = [
        #"{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":10,"seed":7}"#,
        #"{"model": "small", "user": "a", "messages": [{"role": "system", "content": "s"}, {"content": [{"type": "text", "#
            + #""text": "a\u00e9\n"}, {"type": "image_url", "image_url": {"url": "data:x"}}]}], "temperature": 1.0}"#,
        #"{"prompt":["a","b"],"model":"dear","n":2,"echo":false,"stream":false,"tag":"x","trace":[1,2.50]}"#,
        #"{"input":[{"type":"message","role":"user","content":"a"},"b"],"model":"m","metadata":{"b":"1","a":"2"}}"#,
        #"{"input":"text","model":"other","user":null,"é":"1"}"#,
    ]

    @Test("the same request or the same refusal, at any url and of any model", arguments: UInt64(0)..<100)
    func changes(seed: UInt64) throws {
        var random = JSONSeed(seed)
        var catalogue = Sample.catalogue
        catalogue.models["m"]?.ignoredMembers = ["trace", "é", "tag"]
        catalogue.models["m"]?.imageTokens = 100
        catalogue.models["dear"]?.ignoredMembers = ["tag"]
        var reader = RequestReader(catalogue: catalogue)
        var good = 0
        var line = Array(Sample.line(Self.bodies[0]).utf8)
        for _ in 0..<120 {
            if Int.random(in: 0..<12, using: &random) == 0 || refusal(line) != nil {
                let body = Self.bodies.randomElement(using: &random)!
                line = Array(Sample.line(body, url: Self.urls.randomElement(using: &random)!).utf8)
            }
            if try Self.isSame(line, in: &reader, catalogue, "seed \(seed)") { good += 1 }
            let other = Self.other(line, using: &random)
            if try Self.isSame(other, in: &reader, catalogue, "seed \(seed)") { good += 1 }
            let changed = try JSONChange.changed(line, using: &random)
            _ = try Self.isSame(changed, in: &reader, catalogue, "seed \(seed)")
            if Bool.random(using: &random) { line = other }
            if Int.random(in: 0..<6, using: &random) == 0 { line = changed }
        }
        #expect(good > 20, "seed \(seed): too few good lines to prove anything")
    }

    private static let urls = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"]

    /// The line with another url, model or role, where it has such.
    private static func other(_ line: [UInt8], using random: inout JSONSeed) -> [UInt8] {
        let models = ["m", "small", "dear", "other", "none", "unpriced", "blind", "short"].map { "\"\($0)\"" }
        let urls = Self.urls.map { "\"\($0)\"" }
        let values = [models, urls, ["\"text\"", "\"image_url\"", "\"message\"", "\"file\""]].randomElement(
            using: &random)!
        var text = String(decoding: line, as: UTF8.self)
        for value in values {
            if let range = text.firstRange(of: value) {
                text.replaceSubrange(range, with: values.randomElement(using: &random)!)
                break
            }
        }
        return Array(text.utf8)
    }

    /// - Returns: whether it is a good line.
    private static func isSame(
        _ line: [UInt8], in reader: inout RequestReader, _ catalogue: ModelCatalogue, _ comment: String
    ) throws -> Bool {
        let about: Comment = "\(comment): \(String(decoding: line, as: UTF8.self))"
        var alone = RequestReader(catalogue: catalogue)
        let (found, expected) = (outcome(of: line, &reader), outcome(of: line, &alone))
        #expect(found == expected, about)
        guard case .success = expected else { return false }
        let model = try #require(catalogue.models["m"])
        func body(_ reader: inout RequestReader) -> [UInt8]? {
            do throws(LineRefusal) { return try reader.outgoing(line.span, to: model).body } catch { return nil }
        }
        let (sent, sentAlone) = (body(&reader), body(&alone))
        #expect(sent == sentAlone, about)
        return true
    }

    private static func outcome(of line: [UInt8], _ reader: inout RequestReader) -> Result<BatchRequest, LineRefusal> {
        do throws(LineRefusal) { return .success(try reader.read(line.span)) } catch { return .failure(error) }
    }
}
