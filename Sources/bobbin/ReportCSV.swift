import BatchCore
import Spooling

extension Report {
    /// RFC 4180: a head, then one row a group; the names are those of the JSON. A model or a day that was not there
    /// has no row.
    func csv(by grouping: ReportGrouping) -> [UInt8] {
        let heads: [String]
        let rows: [(keys: [String], figures: Figures)]
        switch grouping {
        case .job:
            heads = ["job", "lane", "day", "verdict"]
            rows = jobs.map { entry in
                let job = entry.job
                return ([job.id.name, job.lane, entry.day.description, job.verdict], job.figures)
            }
        case .lane:
            heads = ["lane", "jobs"]
            rows = lanes.sorted.map { ([$0.name, "\($0.jobs)"], $0.figures) }
        case .model:
            heads = ["model", "jobs"]
            rows = models.sorted.map { ([$0.name, "\($0.jobs)"], $0.figures) }
        case .day:
            heads = ["day", "jobs", "book_spent_usd", "book_unknown_usd"]
            rows = days.sorted.map { group in
                let book = books[group.name]
                let money = [book?.spent.usd.decimal ?? "", book?.unknown.usd.decimal ?? ""]
                return ([group.name, "\(group.jobs)"] + money, group.figures)
            }
        }
        let names = Figures().members.map(\.name) + Figures().membersWithout.map { "without_" + $0.name }
        let table =
            [heads + names]
            + rows.map {
                $0.keys.map(Self.guarded) + ($0.figures.members + $0.figures.membersWithout).map(\.value.text)
            }
        return table.flatMap { Array(($0.map(Self.field).joined(separator: ",") + "\r\n").utf8) }
    }

    /// A name of others that a spreadsheet would take for a formula stands behind a quotation mark, as text.
    static func guarded(_ name: String) -> String {
        name.utf8.first.map { "=+-@\t\r".utf8.contains($0) } == true ? "'" + name : name
    }

    /// Quoted where it has to be, quotes inside doubled.
    static func field(_ text: String) -> String {
        let hasToBe = text.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
        guard hasToBe else { return text }
        var quoted = "\""
        for character in text.unicodeScalars {
            quoted.unicodeScalars.append(character)
            if character == "\"" { quoted += "\"" }
        }
        return quoted + "\""
    }
}
