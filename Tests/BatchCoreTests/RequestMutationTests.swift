import BatchCore
import Glibc
import TestSupport
import Testing

@Suite("No line can bring the reader down")
struct RequestMutationTests {
    private static let seeds = [
        Sample.line(Sample.hello),
        Sample.line(
            #"{"model":"small","messages":[{"role":"user","content":[{"type":"text","text":"é\ud83d\ude00"}]}],"n":2}"#),
        Sample.line(#"{"model":"m","input":["a",[1,2]],"user":null}"#, url: "/v1/embeddings"),
        Sample.line(#"{"model":"m","input":[{"type":"message","role":"user","content":"a"}]}"#, url: "/v1/responses"),
        Sample.line(#"{"model":"m","prompt":["a","b"],"best_of":2,"max_tokens":null}"#, url: "/v1/completions"),
    ].map { Array($0.utf8) }

    @Test("10,000 random mutations are read or refused; what is read can be sent and read again")
    func mutations() throws {
        var reader = RequestReader(catalogue: Sample.catalogue)
        let model = try #require(Sample.catalogue.models["dear"])
        var read = 0
        let rounds: UInt64 = getenv("BOBBIN_LONG") == nil ? 10_000 : 1_000_000
        for seed in 0..<rounds {
            var random = SeededGenerator(seed: seed)
            let line = Self.mutated(&random)
            do throws(LineRefusal) {
                let request = try reader.read(line.span)
                read += 1
                let body = try reader.outgoing(line.span, to: model).body
                let again = Array(
                    Sample.line(String(decoding: body, as: UTF8.self), url: request.kind.url.rawValue).utf8)
                let second = try reader.read(again.span)
                #expect(second.kind.model == "dear" && !second.boundInjected, "seed \(seed)")
            } catch {
                #expect(!error.reason.isEmpty, "seed \(seed)")
            }
        }
        #expect(read > rounds / 50, "too few mutations were good lines to prove anything: \(read)")
    }

    private static func mutated(_ random: inout SeededGenerator) -> [UInt8] {
        var line = seeds[Int.random(in: 0..<seeds.count, using: &random)]
        for _ in 0..<Int.random(in: 1...4, using: &random) where !line.isEmpty {
            let at = Int.random(in: 0..<line.count, using: &random)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: line[at] = UInt8.random(in: 0...255, using: &random)
            case 1: line[at] = Array(#"{}[]",:\0129-+.eEntf "#.utf8).randomElement(using: &random) ?? 0
            case 2: line.remove(at: at)
            case 3: line.insert(contentsOf: line[at..<min(line.count, at + 20)], at: at)
            case 4: line.removeSubrange(at..<min(line.count, at + Int.random(in: 1...20, using: &random)))
            case 5: line.insert(contentsOf: tokens.randomElement(using: &random) ?? [], at: at)
            default: line[at] ^= 0x20
            }
        }
        return line
    }

    private static let tokens = [
        "null", "true", "-1", "1e308", "9223372036854775807", "\"\\ud800\"", "[[[[", "\"a\":1,", "\u{FEFF}", "\\u0000",
        "\"n\":9223372036854775807,", "\"max_tokens\":9223372036854775807,",
    ].map { Array($0.utf8) }
}
