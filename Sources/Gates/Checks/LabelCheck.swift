import BatchCore

/// The text, or a string at a place of its JSON, is one of a few.
struct LabelCheck: AnswerCheck {
    let name = "labels"
    let labels: Set<String>
    let place: JSONPointer?

    func defect(in answer: Answer) -> String? {
        guard let place else {
            return answer.firstDefect(inTexts: { text in
                labels.contains(Self.trimmed(text)) ? nil : "its text is none of the \(labels.count) labels"
            })
        }
        return answer.firstDefect(inJSON: { tape, text in
            guard let node = place.node(from: JSONTape.root, of: tape, in: text) else {
                return "nothing stands at \(place)"
            }
            guard let label = tape.string(node, in: text), labels.contains(label) else {
                return "\(place) is none of the \(labels.count) labels"
            }
            return nil
        })
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
