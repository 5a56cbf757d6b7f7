import BatchCore
import Testing

@testable import Pipeline

@Suite("The page of a job shows what others wrote, obeys none of it, and asks nobody for anything")
struct PageTests {
    /// What would be a script, leave an attribute, turn the direction, ring a bell, or fill the page.
    private static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'/><svg onload=alert(1)>",
        "</title></style><b>",
        "a\u{202E}gpj.exe", "\u{2066}\u{200F}x", "\u{0}\u{7}\u{1B}[2J\u{9B}31m", "line\nline\u{2028}line\r\tend",
        "&lt;script&gt; &#60;", "\u{FEFF}\u{E000}\u{AD}", String(repeating: "A", count: 1 << 20),
        "e" + String(repeating: "\u{301}", count: 1 << 20),
    ]

    @Test("hostile text in every place that others write", arguments: hostile)
    func hostileText(text: String) throws {
        var report = PageReport.of(shards: 3)
        report.name = text
        report.lane = text
        report.reason = text
        report.sha256 = text
        report.models = [text: Figures()]
        report.errorsByCode = [text: 3]
        report.parks = [ParkNote(.endpoint, on: try #require(CivilDate("2026-11-24")), subject: text)]
        for index in report.shards.indices {
            report.shards[index].isAccepted = false
            report.shards[index].reasons = [text]
            report.shards[index].evidence.defectsByCheck = [text: 2]
            report.shards[index].evidence.examples = [
                FailingExample(line: 1, customID: text, check: text, reason: text, answer: text)
            ]
        }
        let bytes = JobPage.html(of: ReportFacts(report, rejectable: 0.1))
        let page = try #require(String(validating: bytes, as: UTF8.self))
        #expect(bytes.count < 60_000)
        let kinds = Set(page.unicodeScalars.filter { $0 != "\n" }.map(\.properties.generalCategory))
        #expect(kinds.isDisjoint(with: [.control, .format, .lineSeparator, .paragraphSeparator, .privateUse]))
        // As many tags of each kind as a page of harmless text has.
        #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("onload=alert(1)>"))
        #expect(page.split(separator: "<title>").count == PageReport.titles(3))
        #expect(page.split(separator: "</style>").count == 2 && !page.contains("<b>\n"))
        if text.unicodeScalars.contains("\u{202E}") { #expect(page.contains("a<i>\\u{202e}</i>gpj.exe")) }
    }

    @Test("nothing is loaded: a policy that refuses all but our style, no script, no address")
    func asksNothing() throws {
        let page = String(
            decoding: JobPage.html(of: ReportFacts(PageReport.of(shards: 3), rejectable: 0.1)), as: UTF8.self)
        let sheet = try #require(page.split(separator: "<style>").last?.split(separator: "</style>").first)
        var hash = SHA256()
        hash.update(Array(sheet.utf8))
        let sum = Base64.encode(hash.finish().bytes)
        let policy = "default-src 'none'; style-src 'sha256-\(sum)'; base-uri 'none'; form-action 'none'"
        #expect(page.contains("<meta http-equiv=\"Content-Security-Policy\" content=\"\(policy)\">"))
        let harmless = page.replacing("http-equiv", with: "")
        for word in ["http", "src=", "href", "url(", "@import", "<script", "style=", " on", "//"] where word != " on" {
            #expect(!harmless.contains(word), "\(word)")
        }
        #expect(
            page
                == String(
                    decoding: JobPage.html(of: ReportFacts(PageReport.of(shards: 3), rejectable: 0.1)), as: UTF8.self))
    }

    @Test("a job of 50,000 lines in 1,000 shards, every example at its longest, is less than a megabyte")
    func size() {
        var report = PageReport.of(shards: 1000)
        let long = String(repeating: "\"", count: 1000)
        for index in report.shards.indices {
            report.shards[index].reasons = [long, long]
            report.shards[index].isAccepted = index % 2 == 0
            var sample = SampleFigures(plan: long)
            (sample.sampled, sample.defective) = (23, index % 3)
            report.shards[index].sample = sample.estimated(ofLot: 41)
            report.shards[index].evidence.examples = (1...3).map {
                FailingExample(line: $0, customID: long, check: long, reason: long, answer: long)
            }
            report.errorsByCode["\(index)"] = index
            report.models["\(index)\(long)"] = Figures()
        }
        let page = JobPage.html(of: ReportFacts(report, rejectable: 0.1))
        #expect(page.count < 1_000_000, "\(page.count)")
        let groups = ShardGroup.groups(of: report.shards)
        #expect(groups.count <= 200 && groups.reduce(0) { $0 + $1.shards } == 1000)
        #expect(groups.reduce(0) { $0 + $1.defects } == report.shards.reduce(0) { $0 + $1.defects })
    }

    @Test("a job of which nothing was sent has a page too")
    func nothing() {
        let page = JobPage.html(of: ReportFacts(PageReport.of(shards: 0), rejectable: 0.1))
        #expect(page.count > 1000)
    }

    @Test(
        "numbers are rounded so that nothing looks like nothing that is something",
        arguments: [(0.0, "0 %"), (0.0001, "< 0.1 %"), (0.125, "12.5 %"), (0.99999, "> 99.9 %"), (1, "100 %")])
    func percent(rate: Double, text: String) {
        #expect(PageNumber.percent(rate).replacing("\u{A0}", with: " ") == text)
    }

    @Test(
        "money is shown in cents from a dollar on, in three digits below",
        arguments: [
            ("0", "$0.00"), ("12.345", "$12.35"), ("0.012349", "$0.0123"), ("0.000000000001", "$0.000000000001"),
            ("1234567.891", "$1,234,567.89"), ("0.9999", "$1.00"), ("999.99", "$999.99"),
        ])
    func money(exact: String, text: String) throws {
        #expect(PageNumber.money(try #require(Money(decimal: exact))) == text)
    }
}

/// Reports as a job would write them.
enum PageReport {
    static func of(shards: Int) -> JobReport {
        let time = Timestamp("2026-11-24T10:00:00Z") ?? Timestamp(seconds: 0)
        var report = JobReport(
            job: "a.20261124T100000Z.abcdef", name: "a.jsonl", lane: "default", sha256: "", verdict: .split,
            arrivedAt: time, claimedAt: time, startedAt: time, finishedAt: time)
        report.lines.answered = 50 * shards
        for number in 0..<shards {
            var shard = JobReport.Shard(
                number: number + 1, role: number == 0 ? .canary : .regular, lines: 50, isAccepted: number % 9 != 2,
                reasons: [], checked: 50, defects: number % 9, spent: Money(picodollars: 1_234_000_000))
            shard.evidence.defectsByCheck = ["json": number % 9]
            shard.evidence.estimate = RateEstimate(checked: 50, defects: number % 9)
            report.shards.append(shard)
            for length in 0..<50 { report.lengths.add(120 + number % 7 * length, isDefective: length < number % 9) }
        }
        return report
    }

    /// Pieces between `<title>`: the page has one of its own, each shard one, each column of lengths one.
    static func titles(_ shards: Int) -> Int {
        let page = String(decoding: JobPage.html(of: ReportFacts(of(shards: shards), rejectable: 0.1)), as: UTF8.self)
        return page.split(separator: "<title>").count
    }
}
