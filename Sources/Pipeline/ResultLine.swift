import BatchCore
import Gates

/// One line of output.jsonl or errors.jsonl: an OpenAI Batch output line with one member more, `bobbin`.
struct ResultLine {
    let job: String
    let fate: LineFate
    /// nil: it cannot be read.
    let customID: String?
    /// The outcome with its response, where there is one.
    let outcome: Outcome?

    var bytes: [UInt8] {
        let response = outcome?.response
        var writer = JSONWriter(reserving: 512 + (response?.count ?? 0))
        writer.object { writer in
            writer.member("id", "batch_req_\(job)_\(fate.line)")
            writer.member("custom_id", customID)
            switch fate.end {
            case .output:
                writer.member("response", raw: response ?? Array("null".utf8))
                writer.member("error", raw: "null".utf8)
            case .failed where response != nil:
                writer.member("response", raw: response ?? [])
                writer.member("error", raw: "null".utf8)
            default:
                writer.member("response", raw: "null".utf8)
                writer.object("error", writeError)
            }
            writer.object("bobbin", writeBobbin)
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private func writeError(to writer: inout JSONWriter) {
        switch fate.end {
        case .defective(let defect):
            writer.member("code", "defective_answer")
            writer.member("message", "line \(fate.line): \(defect)")
        case .refused(let refusal):
            writer.member("code", refusal.code.rawValue)
            writer.member("message", "line \(fate.line): \(refusal.reason)")
        case .output, .failed:
            writer.member("code", outcome?.error?.code ?? "no_answer")
            writer.member("message", "line \(fate.line): \(outcome?.error?.message ?? "no answer was seen")")
        }
    }

    private func writeBobbin(to writer: inout JSONWriter) {
        if let key = fate.request?.key { writer.member("key", key.hex) }
        let cost = (fate.outcome?.spent ?? .zero) + (fate.replaced?.spent ?? .zero)
        writer.member("cost_usd", cost.usd.decimal)
        writer.member("reused", fate.outcome?.result == .reused)
        writer.member("attempts", fate.outcome?.attempts ?? 0)
        writer.member("model", fate.outcome?.model ?? "")
        if let replaced = fate.replaced { writer.member("escalated_from", replaced.model) }
        if fate.outcome?.isEstimated == true { writer.member("estimated", true) }
        if fate.outcome?.exceedsBound == true { writer.member("exceeds_bound", true) }
        // Paid for: whoever looks into the defect can see it, and nothing loads it from here.
        if case .defective = fate.end, let response = outcome?.response { writer.member("answer", raw: response) }
    }
}
