import BatchCore

/// One thing that a good answer has. Each is a small type with a name and a reason text; a new check is a new file and
/// a line in `Gate.checks(of:)`.
protocol AnswerCheck: Sendable {
    /// As it stands in gate.toml and in reports.
    var name: String { get }

    /// - Returns: what is wrong, in words, without the text of the answer (names of the request's own schema may stand
    ///   in it); nil: nothing.
    func defect(in answer: Answer) -> String?
}

/// Why an answer is not good enough.
package struct Defect: Equatable, Sendable, CustomStringConvertible {
    package let check: String
    package let reason: String

    package init(check: String, reason: String) {
        self.check = check
        self.reason = reason
    }

    package var description: String { "\(check): \(reason)" }
}
