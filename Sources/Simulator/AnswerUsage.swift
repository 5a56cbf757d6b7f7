import BatchCore

extension Question {
    /// The usage object with the names of the url; nothing is ever cached or reasoned.
    func writeUsage(_ billed: BilledTokens, as usage: SimulatorRule.Usage, to json: inout JSONWriter) {
        switch usage {
        case .missing: break
        case .scripted(let value): json.member("usage", raw: value)
        case .zero: writeCounts(BilledTokens(), to: &json)
        case .counted: writeCounts(billed, to: &json)
        }
    }

    private func writeCounts(_ tokens: BilledTokens, to json: inout JSONWriter) {
        json.object("usage") { json in
            switch url {
            case .embeddings:
                json.member("prompt_tokens", tokens.input)
            case .chatCompletions, .completions:
                json.member("prompt_tokens", tokens.input)
                json.member("completion_tokens", tokens.output)
                json.object("prompt_tokens_details") { $0.member("cached_tokens", 0) }
                json.object("completion_tokens_details") { $0.member("reasoning_tokens", 0) }
            case .responses:
                json.member("input_tokens", tokens.input)
                json.object("input_tokens_details") { $0.member("cached_tokens", 0) }
                json.member("output_tokens", tokens.output)
                json.object("output_tokens_details") { $0.member("reasoning_tokens", 0) }
            }
            json.member("total_tokens", tokens.input + tokens.output)
        }
    }
}
