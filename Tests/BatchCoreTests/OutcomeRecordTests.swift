import BatchCore
import TestSupport
import Testing

@Suite("An outcome reads back from its line as it was, or not at all")
struct OutcomeRecordTests {
    private func read(_ record: [UInt8]) -> Outcome? {
        var tape = JSONTape()
        return Outcome(record: record.span, using: &tape)
    }

    /// Everything stated, with text that a line could break at.
    private static var full: Outcome {
        var outcome = Outcome(line: 7, result: .answered)
        outcome.round = 2
        outcome.attempts = 3
        outcome.model = "modèle \"x\"\n\u{2028}"
        outcome.origin = .inFlight
        outcome.spent = Amount(usd: Money(picodollars: 12_345), tokens: 42)
        outcome.usage = Usage(input: 10, cached: 4, output: 3, reasoning: 1)
        outcome.isEstimated = true
        outcome.exceedsBound = true
        outcome.response = ResponseMember.bytes(
            status: 200, requestID: "r\n\u{1}", body: Array("{ \"a\" :\n \"é\\n\\u0000\" }".utf8))
        outcome.error = ("code\n", "line one\nline two\r\t\u{0}\u{7F} 😀 \\ \" /")
        return outcome
    }

    @Test("with everything in it, in one line")
    func full() {
        let record = Self.full.record
        #expect(!record.contains(UInt8(ascii: "\n")) && !record.contains(UInt8(ascii: "\r")))
        #expect(read(record) == Self.full)
    }

    @Test("with next to nothing in it", arguments: ["answered", "reused", "failed", "refused"])
    func bare(result: String) throws {
        let outcome = Outcome(line: 1, result: try #require(Outcome.Result(rawValue: result)))
        #expect(String(decoding: outcome.record, as: UTF8.self) == #"{"line":1,"result":"\#(result)"}"#)
        #expect(read(outcome.record) == outcome)
    }

    @Test("a refusal keeps its code and reason")
    func refusal() {
        let outcome = Outcome.refused(line: 3, LineRefusal(.priceUnknown, "wh\u{e4}\n"))
        #expect(read(outcome.record) == outcome)
        #expect(outcome.error?.code == "price_unknown" && outcome.error?.message == "wh\u{e4}\n")
        #expect(!outcome.hasAnswer && outcome.spent.isZero)
    }

    @Test("an amount larger than a person may write is not lost")
    func largeAmount() {
        var outcome = Self.full
        outcome.spent.usd = .limit + .limit
        #expect(read(outcome.record) == outcome)
    }

    @Test("a line that was cut anywhere is no outcome")
    func cut() {
        let record = Self.full.record
        for length in 0..<record.count { #expect(read(Array(record[..<length])) == nil, "\(length) bytes") }
    }

    @Test(
        "a money member that does not read as money is no outcome rather than a free one",
        arguments: [
            #"{"line":1,"result":"answered","usd":"x","tokens":1}"#,
            #"{"line":1,"result":"answered","usd":1,"tokens":1}"#,
            #"{"line":1,"result":"answered","usd":"1"}"#, #"{"line":1,"result":"answered","usage":[1,2,3]}"#,
            #"{"line":1,"result":"answered","usage":[1,2,3,"4"]}"#, #"{"line":1}"#, #"{"result":"answered"}"#,
            #"{"line":1,"result":"lost"}"#, #"{"line":"1","result":"answered"}"#, "[]", "1",
        ])
    func malformed(text: String) {
        #expect(read(Array(text.utf8)) == nil)
    }

    @Test("random outcomes round trip")
    func random() {
        for seed in UInt64(0)..<500 {
            var random = SeededGenerator(seed: seed)
            var outcome = Outcome(line: Int.random(in: 1...1_000_000, using: &random), result: .failed)
            outcome.round = Int.random(in: 0...3, using: &random)
            outcome.attempts = Int.random(in: 0...9, using: &random)
            outcome.model = Self.text(&random)
            if random.once(in: 2) { outcome.spent = .units(Int.random(in: 0...1000, using: &random)) }
            if random.once(in: 2) { outcome.usage.input = Int.random(in: 0...1000, using: &random) }
            if random.once(in: 2) { outcome.error = (Self.text(&random), Self.text(&random)) }
            if random.once(in: 2) {
                outcome.response = ResponseMember.bytes(
                    status: 500, requestID: Self.text(&random), body: Array(Self.text(&random).utf8))
            }
            #expect(read(outcome.record) == outcome, "seed \(seed)")
        }
    }

    private static func text(_ random: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let limit: UInt32 = random.once(in: 2) ? 0x7F : 0x10FFFF
            if let scalar = UnicodeScalar(UInt32.random(in: 0...limit, using: &random)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    @Test("the same request again costs nothing, and says what it would have used")
    func repeated() {
        let copy = Self.full.repeated(forLine: 9)
        #expect(copy.line == 9 && copy.result == .reused && copy.origin == .file)
        #expect(copy.spent.isZero && copy.usage == Self.full.usage && copy.attempts == 0 && copy.round == 0)
        #expect(copy.response == Self.full.response && copy.model == Self.full.model)
        var failed = Outcome(line: 1, result: .failed)
        failed.error = ("no_answer", "reset")
        failed.spent = .units(4)
        let repeated = failed.repeated(forLine: 2)
        #expect(repeated.result == .failed && repeated.error?.code == "no_answer" && repeated.spent.isZero)
        #expect(repeated.origin == nil)
        let refused = Outcome.refused(line: 1, LineRefusal(.exceedsCap, "too dear")).repeated(forLine: 2)
        #expect(refused.result == .refused && refused.line == 2)
    }
}

@Suite("A response member is one line of JSON, whatever the server said")
struct ResponseMemberTests {
    @Test(
        "JSON is kept without its white space, anything else as a string",
        arguments: [
            ("{ \"a\" :\n[ 1 , 2.50 ] }", #"{"a":[1,2.50]}"#), ("<html>\n</html>", #""<html>\n</html>""#), ("", #""""#),
            ("{\"a\":1", #""{\"a\":1""#), ("null", "null"), ("\"x\"", "\"x\""),
        ])
    func body(text: String, expected: String) {
        let bytes = ResponseMember.bytes(status: 200, requestID: "r", body: Array(text.utf8))
        #expect(
            String(decoding: bytes, as: UTF8.self) == #"{"status_code":200,"request_id":"r","body":\#(expected)}"#)
    }

    @Test("bytes that are no UTF-8 do not spoil the line")
    func invalidUTF8() throws {
        let bytes = ResponseMember.bytes(status: 502, requestID: "", body: [0xFF, 0x0A, 0x00, 0x80])
        let value = try JSONValue(parsing: bytes)
        #expect(value["body"]?.string == "\u{FFFD}\n\u{0}\u{FFFD}")
    }

    @Test("the answer inside is found again")
    func answer() {
        let body = Array(#"{"choices":[{"text":"a"}]}"#.utf8)
        let bytes = ResponseMember.bytes(status: 200, requestID: "r", body: body)
        #expect(ResponseMember.answer(in: bytes, url: .completions)?.choices == [.init(text: "a")])
        #expect(ResponseMember.answer(in: bytes, url: .responses) == nil)
        #expect(ResponseMember.answer(in: Array("{}".utf8), url: .completions) == nil)
    }
}
