import BatchCore
import Spooling

extension Report {
    var json: String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.array("jobs") { writer in for entry in jobs { writer.element(raw: entry.job.report) } }
            writer.object("figures", figures.write)
            write("lanes", lanes, of: "lane", to: &writer)
            write("models", models, of: "model", to: &writer)
            writer.array("trials") { writer in
                for trial in TrialReport.sums(of: jobs.flatMap(\.job.trials)) { writer.object(trial.write) }
            }
            writer.array("days") { writer in
                for group in days.sorted { writer.object { write(day: group, to: &$0) } }
            }
            writer.object("today") { write(day: allDays[today.description], to: &$0) }
            writer.object("yesterday") { write(day: allDays[today.yesterday.description], to: &$0) }
        }
        return writer.text
    }

    private func write(_ name: String, _ groups: FigureGroups, of kind: String, to writer: inout JSONWriter) {
        writer.array(name) { writer in
            for group in groups.sorted {
                writer.object { writer in
                    writer.member(kind, group.name)
                    writer.member("jobs", group.jobs)
                    group.figures.write(to: &writer)
                }
            }
        }
    }

    private func write(day group: FigureGroups.Group, to writer: inout JSONWriter) {
        writer.member("day", group.name)
        writer.member("jobs", group.jobs)
        group.figures.write(to: &writer)
        writer.member("stopped_by_caps", CivilDate(group.name).flatMap { stops[$0] } ?? 0)
        guard let book = books[group.name] else {
            writer.member("book", raw: "null".utf8)
            return
        }
        writer.object("book") { writer in
            writer.member("spent_usd", book.spent.usd.decimal)
            writer.member("unknown_usd", book.unknown.usd.decimal)
            writer.member("reserved_usd", book.reserved.usd.decimal)
            writer.member("cap_usd", book.cap.usd?.decimal)
            writer.member("tokens", book.spent.tokens + book.unknown.tokens)
        }
    }
}
