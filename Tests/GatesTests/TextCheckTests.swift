import BatchCore
import Gates
import TestSupport
import Testing

@Suite("A check of the text finds what it is for, and nothing else")
struct TextCheckTests {
    private func defect(_ text: String, _ change: (inout CheckPolicy) -> Void) throws -> String? {
        try defect(.init(finishReason: "stop", text: text), change)
    }

    private func defect(_ choice: ParsedAnswer.Choice, _ change: (inout CheckPolicy) -> Void) throws -> String? {
        var policy = GatePolicy()
        change(&policy.checks)
        return try Gate(policy).inspect(Inspected(ParsedAnswer(choices: [choice]), url: .chatCompletions), by: "m")?
            .description
    }

    @Test("refusal: a member, the filter, a phrase at the beginning")
    func refusal() throws {
        var refused = ParsedAnswer.Choice(finishReason: "stop", text: "")
        refused.isRefused = true
        #expect(try defect(refused) { _ in } == "refusal: the model refused")
        let filtered = ParsedAnswer.Choice(finishReason: "content_filter", text: "a")
        #expect(try defect(filtered) { _ in } == "refusal: a content filter stopped it")
        #expect(try defect(filtered) { $0.refusal = false }?.hasPrefix("finish_reason") == true)
        let phrases: (inout CheckPolicy) -> Void = { $0.refusalPhrases = ["as an AI", "I can't help with"] }
        #expect(try defect("Sorry, but I can’t HELP with that.", phrases) == "refusal: it begins with phrase 2")
        #expect(try defect("I can help with that.", phrases) == nil)
        #expect(try defect(String(repeating: "x", count: 300) + "I can't help with", phrases) == nil)
        #expect(try defect("I ca", phrases) == nil)
        let more: (inout CheckPolicy) -> Void = { $0.refusalPhrases = ["", "I", "’s no", "zz"] }
        #expect(try defect("Well, i", more) == "refusal: it begins with phrase 2")
        #expect(try defect("That’S NO", more) == "refusal: it begins with phrase 3")
        #expect(try defect("That’S NO") { $0.refusalPhrases = ["'s no"] } == "refusal: it begins with phrase 1")
        #expect(try defect("That's no, I say", more) == "refusal: it begins with phrase 2", "the first of the list")
        #expect(try defect(String(repeating: "’", count: 200) + "zz", more) == "refusal: it begins with phrase 4")
        #expect(try defect(String(repeating: "’", count: 201) + "zz", more) == nil)
    }

    @Test("must_not_match: none of the patterns is found; all of must_match are")
    func patterns() throws {
        let change: (inout CheckPolicy) -> Void = {
            $0.mustMatch = ["a", "^b"]
            $0.mustNotMatch = ["```", #"\bLATER\b"#]
        }
        #expect(try defect("b a", change) == nil)
        #expect(try defect("ab", change) == "must_match: its text does not match ^b")
        #expect(try defect("ba LATER", change) == #"must_not_match: its text matches \bLATER\b"#)
        #expect(try defect("ba LATERS", change) == nil)
        #expect(try defect("Äpfel") { $0.mustMatch = [#"^\w+$"#, "^.{5}$"] } == nil, "characters, not bytes")
    }

    @Test("min_length: counted in Unicode scalars, the bound included")
    func minLength() throws {
        #expect(try defect("äöü") { $0.minLength = 3 } == nil)
        #expect(try defect("äö") { $0.minLength = 3 } == "min_length: its text has 2 characters, fewer than 3")
    }

    @Test("labels: the whole text, or a string in its JSON")
    func labels() throws {
        let whole: (inout CheckPolicy) -> Void = { $0.labels = ["yes", "no"] }
        #expect(try defect(" yes\n", whole) == nil)
        #expect(try defect("Yes", whole) == "labels: its text is none of the 2 labels")
        let inside: (inout CheckPolicy) -> Void = {
            $0.labels = ["yes", "no"]
            $0.labelsAt = JSONPointer("/a/0")
        }
        #expect(try defect(#"{"a":["no"]}"#, inside) == nil)
        #expect(try defect(#"{"a":["No"]}"#, inside) == "labels: /a/0 is none of the 2 labels")
        #expect(try defect(#"{"a":["secret"]}"#, inside) == "labels: /a/0 is none of the 2 labels")
        #expect(try defect(#"{"a":[]}"#, inside) == "labels: nothing stands at /a/0")
        #expect(try defect("yes", inside)?.hasPrefix("labels: its text is no JSON") == true)
    }

    @Test("ranges: numbers at places")
    func ranges() throws {
        let change: (inout CheckPolicy) -> Void = {
            $0.ranges = [
                NumberRange(at: JSONPointer("/s")!, least: 0, greatest: 1),
                NumberRange(at: JSONPointer("/t")!, least: 5),
            ]
        }
        #expect(try defect(#"{"s":1,"t":5e0}"#, change) == nil)
        #expect(try defect(#"{"s":1.01,"t":5}"#, change) == "ranges: /s is above 1.0")
        #expect(try defect(#"{"s":-0.01,"t":5}"#, change) == "ranges: /s is below 0.0")
        #expect(try defect(#"{"s":0,"t":"5"}"#, change) == "ranges: /t is no number")
        #expect(try defect(#"{"s":0}"#, change) == "ranges: nothing stands at /t")
    }

    @Test("script: the share of letters that are of a script; signs and digits have none")
    func script() throws {
        let latin: (inout CheckPolicy) -> Void = { $0.scripts = ["Latin"] }
        #expect(try defect("Füße, naïve: 12 ½!", latin) == nil)
        #expect(try defect("Это по-русски", latin) == "script: 0 of 100 letters are Latin")
        #expect(try defect("123 !?", latin) == nil)
        let japanese: (inout CheckPolicy) -> Void = { $0.scripts = ["Han", "Hiragana", "Katakana"] }
        #expect(try defect("これは日本語のテキストです。", japanese) == nil)
        #expect(try defect("これは English の text です", japanese)?.hasPrefix("script: ") == true)
        #expect(
            try defect("𝒜𠀀") {
                $0.scripts = ["Han"]; $0.scriptShare = 0.5
            } == nil)
    }

    @Test("script: letters are counted wherever they stand in a text of any length")
    func scriptCounts() throws {
        let characters: [(text: String, isLetter: Bool, isLatin: Bool)] = [
            ("a", true, true), ("z", true, true), ("A", true, true), ("Z", true, true), ("@", false, false),
            ("[", false, false), ("`", false, false), ("{", false, false), ("\u{7F}", false, false),
            ("é", true, true), ("ª", true, true), ("×", false, false), ("я", true, false), ("漢", true, false),
            ("€", false, false), ("𠀀", true, false), ("😀", false, false),
        ]
        var policy = GatePolicy()
        policy.checks.scripts = ["Latin"]
        policy.checks.scriptShare = 1
        let gate = try Gate(policy)
        for seed in UInt64(0)..<40 {
            var random = SeededGenerator(seed: seed)
            let asciiOnly = seed % 4 == 0
            var (text, letters, latin) = ("漢", 1, 0)
            for _ in 0..<Int.random(in: 0...700, using: &random) {
                let character = characters[Int.random(in: 0..<(asciiOnly ? 9 : characters.count), using: &random)]
                text += character.text
                letters += character.isLetter ? 1 : 0
                latin += character.isLatin ? 1 : 0
            }
            let answer = ParsedAnswer(choices: [.init(finishReason: "stop", text: text)])
            let said = gate.inspect(Inspected(answer, url: .chatCompletions), by: "m")?.reason
            #expect(said == "\(latin * 100 / letters) of 100 letters are Latin", "seed \(seed)")
        }
    }

    @Test("max_repeats: a loop of any period is found, wherever in the text it begins")
    func everyPeriod() throws {
        let prose = (0..<60).map { "Item \($0 * 7919 % 1000) costs \($0 * 31 % 97) euros. " }.joined()
        let words = (1...200).map { String($0 * 7919 % 46_656, radix: 36) }.joined()
        for period in 1...512 {
            let passage = String(words.prefix(period))
            let text = prose.prefix(period % 300) + String(repeating: passage, count: 5 + 520 / period) + prose
            let said = try defect(String(text)) { $0.maxRepeats = 4 }
            #expect(said?.hasPrefix("max_repeats: a passage of ") == true, "period \(period)")
        }
    }

    @Test("max_repeats: a passage that stands too often in a row, at the end or in the middle")
    func repetition() throws {
        let change: (inout CheckPolicy) -> Void = { $0.maxRepeats = 6 }
        let prose = (0..<60).map { "Item \($0 * 7919 % 1000) costs \($0 * 31 % 97) euros. " }.joined()
        let loop = String(repeating: "and so on and on, ", count: 40)
        #expect(try defect(prose, change) == nil)
        #expect(
            try defect(prose + loop, change)
                == "max_repeats: a passage of 18 bytes stands 40 times in a row, more than 6")
        #expect(try defect(prose + loop + prose, change)?.hasPrefix("max_repeats: a passage of 18 bytes") == true)
        #expect(try defect(prose + String(repeating: "-", count: 60), change) == nil)
        #expect(
            try defect(String(repeating: "ha", count: 200), change)?.hasPrefix(
                "max_repeats: a passage of 2 bytes stands 200") == true)
        #expect(try defect(String(repeating: "abcdefghij", count: 6) + "xyzabcdefgh", change) == nil)
        #expect(try defect(String(repeating: "a", count: 1_000_000), change) != nil)
    }

    @Test("embeddings: dimension, finite, not zero, norm")
    func embeddings() throws {
        func defect(_ vectors: String, _ change: (inout CheckPolicy) -> Void = { _ in }) throws -> String? {
            var policy = GatePolicy()
            change(&policy.checks)
            let body = #"{"data":[\#(vectors)]}"#
            let response = ResponseMember.bytes(status: 200, requestID: "", body: Array(body.utf8))
            let answer = ResponseMember.answer(in: response, url: .embeddings)
            return try Gate(policy).inspect(Inspected(answer, response: response, url: .embeddings), by: "m")?
                .description
        }
        let good = #"{"embedding":[0.6,0.8]}"#
        #expect(try defect(good) == nil)
        #expect(try defect(good) { $0.embeddingDimension = 3 } == "embeddings: vector 1 has 2 dimensions, not 3")
        #expect(try defect(good + #",{"embedding":[1]}"#) == "embeddings: vector 2 has 1 dimensions, not 2")
        #expect(try defect(#"{"embedding":[0,0.0]}"#) == "embeddings: vector 1 is zero")
        #expect(try defect(#"{"embedding":[]}"#) == "embeddings: vector 1 is zero")
        #expect(try defect(#"{"embedding":[1,"a"]}"#) == "embeddings: vector 1 is none")
        let unit: (inout CheckPolicy) -> Void = { $0.embeddingNorm = 0.99...1.01 }
        #expect(try defect(good, unit) == nil)
        #expect(try defect(#"{"embedding":[3,4]}"#, unit) == "embeddings: vector 1 has a norm outside of 0.99 to 1.01")
        // 0.6 and 0.8, then 1 and NaN, as little-endian floats.
        #expect(try defect(#"{"embedding":"mpkZP83MTD8="}"#, unit) == nil)
        #expect(
            try defect(#"{"embedding":"AACAPwAAwH8="}"#)
                == "embeddings: vector 1 has an element that is no finite number")
        #expect(try defect(#"{"embedding":[0,0]}"#) { $0.embeddings = false } == nil)
    }
}
