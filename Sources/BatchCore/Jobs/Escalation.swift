/// The answers of a shard that the gate did not accept, and for which other models of the route are asked once. It is
/// decided when all requests of the shard have ended, and on disk before the first of these goes out: a gate that
/// changes over a restart neither adds to it nor takes from it.
package struct Escalation: Equatable, Sendable {
    package struct Line: Equatable, Sendable {
        package var line: Int
        /// That gave the first answer.
        package var model: String
        /// The check that found the defect, and what it said.
        package var check: String
        package var reason: String

        package init(line: Int, model: String, check: String, reason: String) {
            self.line = line
            self.model = model
            self.check = check
            self.reason = reason
        }
    }

    /// In ascending order.
    package var lines: [Line]

    package init(lines: [Line]) {
        self.lines = lines
    }

    /// One JSON text: `{"v":1,"lines":[{"line","model","check","reason"}]}`.
    package var record: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("v", 1)
            writer.array("lines") { writer in
                for line in lines {
                    writer.object { writer in
                        writer.member("line", line.line)
                        writer.member("model", line.model)
                        writer.member("check", line.check)
                        writer.member("reason", line.reason)
                    }
                }
            }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Reads what `record` writes; nil for anything else.
    package init?(record: [UInt8]) {
        let value: JSONValue
        do { value = try JSONValue(parsing: record) } catch { return nil }
        guard value["v"]?.int == 1, let entries = value["lines"]?.array else { return nil }
        lines = []
        for entry in entries {
            guard let line = entry["line"]?.int, line > lines.last?.line ?? 0, let model = entry["model"]?.string,
                let check = entry["check"]?.string, let reason = entry["reason"]?.string
            else { return nil }
            lines.append(Line(line: line, model: model, check: check, reason: reason))
        }
    }

    package subscript(line: Int) -> Line? {
        let place = lines.firstPlace { $0.line >= line }
        return place < lines.count && lines[place].line == line ? lines[place] : nil
    }
}
