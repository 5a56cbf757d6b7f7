import BatchCore
import Gates

extension JobRun {
    /// What the gate finds in an answer. The input line is read only where a check wants it.
    /// - Parameters:
    ///   - response: the response member that `answer` was read from.
    ///   - line: the line that asked for it.
    func defect(
        in answer: ParsedAnswer?, _ response: [UInt8], to line: Int, url: RequestURL, by model: String,
        using workspace: Workspace
    ) throws -> Defect? {
        var inspected = Inspected(answer, response: response, url: url)
        if let entry = reading.entry(ofLine: line) {
            if gate.needsLine(by: model, asksForForm: entry.request.asksForForm) {
                inspected.line = try input.bytes(at: entry.offset, length: entry.length)
            }
        } else if let refused = reading.refused.first(where: { $0.line == line }) {
            // It was sent under an earlier configuration, and what it asked for holds.
            inspected.line = try input.bytes(at: refused.offset, length: refused.length)
        }
        return gate.inspect(inspected, by: model, using: workspace)
    }
}
