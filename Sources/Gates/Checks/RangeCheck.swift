import BatchCore

/// Numbers at places of the JSON of a text lie within bounds. They are compared as the nearest doubles.
struct RangeCheck: AnswerCheck {
    let name = "ranges"
    let ranges: [NumberRange]

    func defect(in answer: Answer) -> String? {
        answer.firstDefect(inJSON: { tape, text in
            for range in ranges {
                guard let node = range.at.node(from: JSONTape.root, of: tape, in: text) else {
                    return "nothing stands at \(range.at)"
                }
                guard let number = tape.double(node, in: text) else { return "\(range.at) is no number" }
                if let least = range.least, number < least { return "\(range.at) is below \(least)" }
                if let greatest = range.greatest, number > greatest { return "\(range.at) is above \(greatest)" }
            }
            return nil
        })
    }
}
