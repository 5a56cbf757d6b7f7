import BatchCore

/// A regular expression that must be found somewhere in the text.
// Sendable: the expression is compiled once and only read; Regex itself lacks the annotation.
struct MustMatchCheck: AnswerCheck, @unchecked Sendable {
    let name = "must_match"
    private let pattern: String
    private let expression: Regex<AnyRegexOutput>

    init(pattern: String) throws(GateError) {
        self.pattern = pattern
        do { expression = try Regex(pattern) } catch {
            throw GateError(reason: "checks.must_match: \(pattern) is no regular expression: \(error)")
        }
    }

    func defect(in answer: ParsedAnswer) -> String? {
        for choice in answer.choices where !choice.calledTool {
            do {
                if try expression.firstMatch(in: choice.text) == nil { return "its text does not match \(pattern)" }
            } catch {
                return "its text cannot be matched with \(pattern)"
            }
        }
        return nil
    }
}

/// A gate that cannot be built as configured.
package struct GateError: Error, Equatable, CustomStringConvertible {
    package let reason: String
    package var description: String { "gate.toml: \(reason)" }
}
