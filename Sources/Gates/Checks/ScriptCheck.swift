import BatchCore

/// Enough of the letters are of the scripts. A text without letters has no script, and passes.
struct ScriptCheck: AnswerCheck {
    let name = "script"
    private let scripts: [String]
    private let share: Double
    private let letters: CharacterTable

    init(scripts: [String], share: Double) throws(GateError) {
        self.scripts = scripts
        self.share = share
        do throws(PatternError) { letters = try CharacterTable(scripts: scripts) } catch {
            throw GateError(reason: "checks.script: \(scripts.joined(separator: ", ")): \(error)")
        }
    }

    func defect(in answer: Answer) -> String? {
        answer.firstDefect(inTexts: { text in
            let (wanted, all) = letters.count(in: text.utf8.span)
            guard all > 0, Double(wanted) < share * Double(all) else { return nil }
            return "\(wanted * 100 / all) of 100 letters are \(scripts.joined(separator: " or "))"
        })
    }
}
