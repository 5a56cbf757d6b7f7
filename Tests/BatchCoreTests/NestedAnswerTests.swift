import Testing

@testable import BatchCore

@Suite("An answer that was paid for can be read again, however deep it is nested")
struct NestedAnswerTests {
    @Test("up to the depth that a scan takes, and beyond", arguments: [1, 2, 500, 503, 504, 505, 510, 511, 512, 513, 600])
    func readAgain(depth: Int) {
        let body = Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        var outcome = Outcome(line: 1, result: .answered)
        outcome.response = ResponseMember.bytes(status: 200, requestID: "r", body: body)
        var tape = JSONTape()
        let record = outcome.record
        let read = Outcome(record: record.span, using: &tape)
        #expect(read?.response == outcome.response)
    }

    @Test(
        "depth counts what stands within each other, not beside",
        arguments: [
            ("1", 0), ("[]", 1), ("{}", 1), (#"{"a":[],"b":[[]]}"#, 3), ("[[],[],[]]", 2), (#"["[[["]"#, 1),
            (#"[{"a":{"b":1}},[[[]]]]"#, 4),
        ])
    func depth(text: String, expected: Int) throws {
        var tape = JSONTape()
        let bytes = Array(text.utf8)
        try tape.scan(bytes.span)
        #expect(tape.depth == expected)
    }
}
