import BatchCore
import Ledgers
import Pipeline
import Spooling
import SystemPackage
import Testing

/// Two kinds, duplicates, refused lines, a retry; with `split` the second kind is not good enough.
struct WholeJob: Sendable, CustomTestStringConvertible {
    let isSplit: Bool
    let moment: Crash.Moment
    var testDescription: String { "\(isSplit ? "split" : "accepted"), \(moment) each step" }

    /// Right after a step is right before the next one, but for what is sent between the two.
    static let all = [WholeJob(isSplit: false, moment: .before), WholeJob(isSplit: true, moment: .after)]

    let lines = [
        line("m1"), line("m2"), line("n1", model: "n"), line("m1", id: "m1 again"), "nonsense", line("m3"),
        line("n2", model: "n"), line("m4"), line("m5"), line("n1", id: "n1 again", model: "n"), line("m6"),
    ]
    let ids = ["m1", "m2", "n1", "m1 again", "-", "m3", "n2", "m4", "m5", "n1 again", "m6"]
    /// What a run that nobody kills pays for. The canary of the second kind is a whole shard of one line.
    var paid: Set<String> {
        Set(["m1", "m2", "n1", "m3", "m4", "m5", "m6"] + (isSplit ? [] : ["n2"]))
    }

    /// Is it a sending that costs something?
    func isPaid(_ sent: StubBackend.Sent) -> Bool { sent.prompt != "m4" || sent.time > 1 }

    var policies: Policies {
        .test(canary: 1) {
            $0.lane.concurrency = 2
            $0.lane.shardLines = 3
        }
    }

    var script: StubBackend.Script {
        { sent in
            if !isPaid(sent) { return .status(503) }
            return isSplit && sent.model == "n" ? .text("no") : .good(sent)
        }
    }

    /// What must be true of the spool once its only job has left it, whatever happened on the way.
    /// - Parameters:
    ///   - paid: the prompts that were sent, by all processes, and cost something.
    ///   - unknownMax: the most requests that may have been in flight.
    ///   - isTidy: nothing that lies there was said to be gone when it was to be removed.
    ///   - isCharted: nothing kept the charts of the gate from being written.
    func check(
        _ house: TestHouse, _ paid: [String], unknownMax: Int, isTidy: Bool = true, isCharted: Bool = true,
        _ context: Comment
    ) throws {
        // 1: nothing is lost, and each line has one end.
        #expect(try house.names("inbox").isEmpty && house.names("processing").isEmpty, context)
        let parts = try house.finished("done") + house.finished("rejected")
        #expect(parts.map(\.place) == (isSplit ? ["done", "rejected"] : ["done"]), context)
        var ends: [String] = []
        for part in parts { ends += try part.ids("output.jsonl") + part.ids("errors.jsonl") }
        #expect(ends.sorted() == ids.sorted(), context)
        let results = ["errors.jsonl", "output.jsonl", "report.html", "report.json", "reprocess.jsonl"]
        for part in parts {
            let input = part.place == "rejected" ? ["input.jsonl"] : []
            #expect(try !isTidy || Set(part.files).subtracting(results + input).isEmpty, context)
        }
        guard let report = parts.first else { return }
        #expect(report.count("lines", "total") == ids.count, context)
        #expect(report.verdict == (isSplit ? "split" : "accepted"), context)
        // 2: the books replay, nothing is left open, and they say what the report says.
        let book = try house.book()
        #expect(book.open.isEmpty && book.reserved.isZero && book.committed.fits(book.cap), context)
        #expect(report.money("cost", "spent_usd") == book.spent.usd, context)
        #expect(report.money("cost", "unknown_usd") == book.unknown.usd, context)
        // What the gate found is charted once.
        var charted: [DriftRecord] = []
        try DriftBook.read(house.spool.drift) { charted.append($0) }
        #expect(
            !isCharted && charted.isEmpty
                || charted.count == 1 && charted.first?.counts.reduce(0) { $0 + $1.checked } == self.paid.count,
            context)
        #expect(try house.booked().map(\.head.job) == [report.job.name], context)
        // 3: what is sent again was in flight, and is charged.
        let unknown = book.unknown.usd.picodollars / (try worstCase(of: line("m1"))).usd.picodollars
        #expect(Set(paid) == self.paid, context)
        let again = paid.count - self.paid.count
        #expect(again <= Int(unknown) && unknown <= unknownMax, "\(context): \(again) sent again, \(unknown) charged")
    }
}
