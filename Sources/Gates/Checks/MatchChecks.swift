import BatchCore

/// Regular expressions that must be found somewhere in the text.
struct MustMatchCheck: AnswerCheck {
    let name = "must_match"
    private let patterns: [Pattern]

    init(_ texts: [String]) throws(GateError) { patterns = try compiled(texts, for: name) }

    func defect(in answer: Answer) -> String? {
        answer.firstDefect(inTexts: { text in
            for pattern in patterns {
                switch pattern.find(in: text.utf8.span) {
                case .found: continue
                case .absent: return "its text does not match \(pattern.text)"
                case .gaveUp: return "its text takes too long to match \(pattern.text)"
                }
            }
            return nil
        })
    }
}

/// Regular expressions that must not be found anywhere in the text.
struct MustNotMatchCheck: AnswerCheck {
    let name = "must_not_match"
    private let patterns: [Pattern]

    init(_ texts: [String]) throws(GateError) { patterns = try compiled(texts, for: name) }

    func defect(in answer: Answer) -> String? {
        answer.firstDefect(inTexts: { text in
            for pattern in patterns {
                switch pattern.find(in: text.utf8.span) {
                case .found: return "its text matches \(pattern.text)"
                case .absent: continue
                case .gaveUp: return "its text takes too long to match \(pattern.text)"
                }
            }
            return nil
        })
    }
}

private func compiled(_ texts: [String], for check: String) throws(GateError) -> [Pattern] {
    var patterns: [Pattern] = []
    for text in texts {
        do throws(PatternError) { patterns.append(try Pattern(text)) } catch {
            throw GateError(reason: "checks.\(check): \(text) is no regular expression: \(error)")
        }
    }
    return patterns
}
