/// What a person hands in about a job that waits for review.
package enum ReviewSubmission: Equatable, Sendable {
    /// A verdict for each line of the request.
    case lines([ReviewVerdict])
    /// Over all that waits, without a look at single answers.
    case whole(accepts: Bool, reason: String)

    /// `{"lines":[…]}` or `{"whole":"accept","reason":…}`.
    package func write(to writer: inout JSONWriter) {
        switch self {
        case .lines(let verdicts):
            writer.array("lines") { writer in for verdict in verdicts { writer.object(verdict.write) } }
        case .whole(let accepts, let reason):
            writer.member("whole", accepts ? "accept" : "reject")
            writer.member("reason", reason)
        }
    }

    /// - Returns: nil for what `write` does not write.
    package init?(_ value: JSONValue) {
        if let lines = value["lines"]?.array {
            let verdicts = lines.compactMap { ReviewVerdict($0) }
            guard verdicts.count == lines.count else { return nil }
            self = .lines(verdicts)
        } else if let whole = value["whole"]?.string, ["accept", "reject"].contains(whole),
            let reason = value["reason"]?.string
        {
            self = .whole(accepts: whole == "accept", reason: reason)
        } else {
            return nil
        }
    }
}

/// What a person says about one answer.
package struct ReviewVerdict: Equatable, Sendable {
    package let line: Int
    package let passes: Bool
    package let note: String

    package init(line: Int, passes: Bool, note: String) {
        self.line = line
        self.passes = passes
        self.note = note
    }

    func write(to writer: inout JSONWriter) {
        writer.member("line", line)
        writer.member("verdict", passes ? "pass" : "fail")
        writer.member("note", note)
    }

    init?(_ value: JSONValue) {
        guard let line = value["line"]?.int, let verdict = value["verdict"]?.string, ["pass", "fail"].contains(verdict)
        else { return nil }
        self.init(line: line, passes: verdict == "pass", note: value["note"]?.string ?? "")
    }
}

/// Why a submission is not taken. Nothing has changed then.
package struct ReviewRefusal: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
