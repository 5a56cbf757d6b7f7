import BatchCore
import Testing

@Suite("A person's verdicts decide over the shards that wait, and over nothing else")
struct ReviewDecisionTests {
    private let time = Timestamp(seconds: 1_700_000_000)

    private func shard(_ number: Int, accepted: Bool = false, checked: Int = 20, defects: Int) -> ReviewRequest.Shard {
        ReviewRequest.Shard(
            number: number, role: .regular, isAccepted: accepted, reasons: [], checked: checked, defects: defects)
    }

    private func lines(_ numbers: ClosedRange<Int>, of shard: Int, bad: Bool = true) -> [ReviewRequest.Line] {
        numbers.map { ReviewRequest.Line(line: $0, shard: shard, offset: 0, length: 1, defect: bad ? "json: x" : nil) }
    }

    private func decide(
        _ shards: [ReviewRequest.Shard], _ lines: [ReviewRequest.Line], lot: ReviewRequest.Lot? = nil,
        failing: Set<Int>
    ) throws -> [Bool] {
        let request = ReviewRequest(shards: shards, lines: lines, lot: lot, rejectable: 0.1)
        let verdicts = lines.map { ReviewVerdict(line: $0.line, passes: !failing.contains($0.line), note: "") }
        return try ReviewDecision(on: request, .lines(verdicts), by: 7, at: time, request: "r").shards.map(\.isAccepted)
    }

    @Test("defects that a person confirms count, others do not")
    func confirmed() throws {
        let shards = [shard(1, defects: 4), shard(2, defects: 4)]
        let shown = lines(1...4, of: 1) + lines(21...24, of: 2)
        #expect(try decide(shards, shown, failing: [1, 21, 22]) == [true, false])
        #expect(try decide(shards, shown, failing: []) == [true, true])
    }

    @Test("defects that nobody was shown are taken to be as those that were; of a shard without any all count")
    func notShown() throws {
        let shards = [shard(1, checked: 100, defects: 40), shard(2, checked: 100, defects: 40)]
        #expect(try decide(shards, lines(1...4, of: 1), failing: [1]) == [false, false])
        #expect(try decide(shards, lines(1...4, of: 1), failing: []) == [true, false])
    }

    @Test("more bad answers in the sample than are allowed reject all that waits")
    func sample() throws {
        let shards = [shard(1, accepted: true, checked: 100, defects: 0), shard(2, defects: 2)]
        let shown = lines(1...10, of: 1, bad: false) + lines(200...201, of: 2)
        let lot = ReviewRequest.Lot(answers: 118, allowed: 1)
        #expect(try decide(shards, shown, lot: lot, failing: [3]) == [true, true])
        #expect(try decide(shards, shown, lot: lot, failing: [3, 4]) == [false, false])
        #expect(try decide(shards, shown, lot: lot, failing: [200, 201]) == [true, false])
    }

    @Test("verdicts over other answers than those asked for are refused")
    func others() {
        let request = ReviewRequest(
            shards: [shard(1, defects: 2)], lines: lines(1...2, of: 1), lot: nil, rejectable: 0.1)
        for numbers in [[1], [1, 3], [1, 1], [1, 2, 2]] {
            let verdicts = numbers.map { ReviewVerdict(line: $0, passes: true, note: "") }
            #expect(throws: ReviewRefusal.self) {
                try ReviewDecision(on: request, .lines(verdicts), by: 7, at: time, request: "r")
            }
        }
    }

    @Test("what is written is read back, and nothing else is")
    func records() throws {
        let request = ReviewRequest(
            shards: [shard(1, defects: 2)], lines: lines(1...2, of: 1) + lines(3...3, of: 1, bad: false),
            lot: ReviewRequest.Lot(answers: 9, allowed: 1), rejectable: 0.05)
        #expect(ReviewRequest(record: request.record) == request)
        #expect(ReviewRequest(record: Array("{}".utf8)) == nil)
        let verdicts = request.lines.map { ReviewVerdict(line: $0.line, passes: $0.line > 1, note: "\u{1B}\"\n") }
        for submission in [ReviewSubmission.lines(verdicts), .whole(accepts: false, reason: "why\n")] {
            let decision = try ReviewDecision(on: request, submission, by: 7, at: time, request: "r")
            var writer = JSONWriter()
            writer.object(decision.write)
            #expect(ReviewDecision(try JSONValue(parsing: writer.bytes)) == decision)
        }
        #expect(ReviewDecision(.null) == nil)
    }
}
