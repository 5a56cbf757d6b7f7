import BatchCore
import TestSupport
import Testing

@Suite("Prompts that are nearly the same are counted, and nothing else is")
struct SimilarPromptsTests {
    private let kind = RequestKind(url: .chatCompletions, model: "m")

    private func report(_ texts: [String], kinds: [RequestKind]? = nil) -> SimilarPrompts.Report {
        var prompts = SimilarPrompts()
        for (index, text) in texts.enumerated() {
            prompts.add(
                Array(text.utf8), kind: kinds?[index] ?? kind, request: UInt64(index + 1),
                cost: Money(picodollars: Int128(index + 1)))
        }
        return prompts.report
    }

    private func random(_ count: Int, _ random: inout SeededGenerator) -> String {
        String(decoding: (0..<count).map { _ in UInt8.random(in: 97...122, using: &random) }, as: UTF8.self)
    }

    @Test(
        "the normal form",
        arguments: [
            (" Tell  me\n\tmore ", "tell me more"), ("IN 3 YEARS", "in 0 years"), ("pay 1,234.50 now", "pay 0 now"),
            ("version 1.2.3.", "version 0."), ("1, 2", "0, 0"), ("a1b22c", "a0b0c"), ("1..2", "0..0"),
            ("STRASSE \u{c4}\u{d6}", "strasse \u{e4}\u{f6}"), ("x\u{a0}\u{2003}y", "x y"),
            ("\u{663}\u{664} \u{627}", "0 \u{627}"),
            ("", ""), (" \n", ""),
        ])
    func normalForm(text: String, form: String) {
        #expect(String(decoding: NormalForm(Array(text.utf8)).bytes, as: UTF8.self) == form)
    }

    @Test("white space, case and numbers make one group; all but its first could go")
    func exact() {
        let found = report([
            "Sum of 3 and 4?", "sum  of 17 and 4.5?", "SUM OF 1 AND 1?", "Who are you?", "who are\nyou?", "else",
        ])
        #expect(found.groups == 2 && found.lines == 5)
        #expect(found.saved == Money(picodollars: 2 + 3 + 5))
        #expect(found.nearGroups == 0 && found.nearLines == 0 && found.nearSaved == .zero)
    }

    @Test("the same request counts once, and other models are not compared")
    func apart() {
        var prompts = SimilarPrompts()
        for _ in 0..<3 { prompts.add(Array("hello".utf8), kind: kind, request: 7, cost: Money(picodollars: 1)) }
        #expect(prompts.report == SimilarPrompts.Report())
        let other = RequestKind(url: .chatCompletions, model: "n")
        #expect(report(["hello", "Hello"], kinds: [kind, other]) == SimilarPrompts.Report())
        #expect(report(["", " ", "\n"]) == SimilarPrompts.Report(), "a prompt without a text is like no other")
    }

    @Test("random prompts are near to none", arguments: UInt64(0)..<4)
    func none(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let texts = (0..<300).map { _ in random(Int.random(in: 1...200, using: &generator) + 12, &generator) }
        #expect(report(texts) == SimilarPrompts.Report(), "seed \(seed)")
    }

    @Test("a long prompt with one other word is near; what it would save adds to the groups")
    func near() {
        var generator = SeededGenerator(seed: 1)
        let words = (0..<120).map { _ in random(6, &generator) }
        var changed = words
        changed[60] = "another"
        let (one, other) = (words.joined(separator: " "), changed.joined(separator: " "))
        let found = report([one, random(500, &generator), other, one.uppercased()])
        #expect(found.groups == 1 && found.lines == 2 && found.saved == Money(picodollars: 4))
        #expect(found.nearGroups == 1 && found.nearLines == 2 && found.nearSaved == Money(picodollars: 3))
    }

    @Test("the estimated resemblance is the true one, within three standard errors on the average of a hundred")
    func estimate() {
        for (common, own) in [(600, 33), (400, 100), (200, 400)] {
            var generator = SeededGenerator(seed: UInt64(common))
            var sum = 0.0
            var truth = 0.0
            for _ in 0..<100 {
                let shared = random(common, &generator)
                let (one, other) = (shared + random(own, &generator), shared + random(own, &generator))
                let (left, right) = (shingles(one), shingles(other))
                truth += Double(left.intersection(right).count) / Double(left.union(right).count)
                sum += MinHash(Array(one.utf8)).resemblance(to: MinHash(Array(other.utf8)))
            }
            let mean = truth / 100
            let error = (mean * (1 - mean) / 32 / 100).squareRoot()
            #expect(abs(sum / 100 - mean) < 3 * error, "\(common) bytes in common: \(sum / 100), in truth \(mean)")
        }
    }

    private func shingles(_ text: String) -> Set<[UInt8]> {
        let bytes = Array(text.utf8)
        return Set((0...bytes.count - MinHash.shingleBytes).map { Array(bytes[$0..<$0 + MinHash.shingleBytes]) })
    }

    @Test("the text of a prompt is what it asks about")
    func text() {
        var prompt = PromptText()
        func text(_ body: String, url: String = "/v1/chat/completions") -> String {
            let line = #"{"custom_id":"1","url":"\#(url)","body":\#(body)}"#
            return String(decoding: prompt.text(of: Array(line.utf8).span), as: UTF8.self)
        }
        #expect(
            text(#"{"model":"m","messages":[{"role":"system","content":"Be \u0041"},{"role":"user","content":"b"}]}"#)
                == "Be A\nb\n")
        #expect(
            text(
                #"{"messages":[{"role":"user","content":[{"type":"text","text":"see"},"#
                    + #"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}"#) == "see\n")
        #expect(text(#"{"input":["a","b"],"instructions":"i"}"#) == "i\na\nb\n")
        #expect(text(#"{"prompt":[1,2,3]}"#).isEmpty && text(#"{"user":"u"}"#).isEmpty)
        #expect(String(decoding: prompt.text(of: Array("{".utf8).span), as: UTF8.self).isEmpty)
    }
}
