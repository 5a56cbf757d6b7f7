/// The usage that a server stated with an answer, read as it stands but for what cannot be true.
package struct ReportedUsage: Equatable, Sendable {
    /// Prompt tokens; nil: not stated, or stated as what no request can take.
    package var input: Int?
    /// As stated: it may be above `input`.
    package var cached = 0
    package var cacheWrite = 0
    /// Completion tokens, the reasoning ones included; nil as above.
    package var output: Int?
    package var reasoning = 0
    /// A count was negative, no number, or above `TokenBound.limit`.
    package var isAbsurd = false

    package init() {}

    package init(_ usage: Usage) {
        input = usage.input
        cached = usage.cached
        cacheWrite = usage.cacheWrite
        output = usage.output
        reasoning = usage.reasoning
    }

    /// What of it can be booked by itself: parts are within their whole, what is not stated is zero.
    package var usage: Usage {
        let input = input ?? 0
        let cached = min(cached, input)
        return Usage(
            input: input, cached: cached, cacheWrite: min(cacheWrite, input - cached), output: output ?? 0,
            reasoning: min(reasoning, output ?? 0))
    }

    var isEmpty: Bool { (input ?? 0) == 0 && (output ?? 0) == 0 && !isAbsurd }
}

extension ReportedUsage {
    /// Reads `usage`: of messages as Anthropic names and counts it, else by its chat names, else by its responses names
    /// (what they are: OpenAI API reference).
    ///
    /// Reasoning tokens are a part of the completion tokens. Some servers count them beside (xAI in
    /// `completion_tokens_details`, others in `total_tokens` alone): they show it by a total that is larger than prompt
    /// and completion, or by more reasoning tokens than completion tokens, and then they are added.
    /// - Returns: nil if nothing is stated, or zero.
    init?(in tape: JSONTape, _ text: Span<UInt8>, url: RequestURL) {
        guard let usage = tape.member("usage", of: JSONTape.root, in: text), tape.kind(usage) == .object else {
            return nil
        }
        if url == .messages {
            readMessages(usage, tape, text)
            if isEmpty { return nil }
            return
        }
        input = count(["prompt_tokens", "input_tokens"], of: usage, tape, text)
        output = count(["completion_tokens", "output_tokens"], of: usage, tape, text)
        let total = count(["total_tokens"], of: usage, tape, text) ?? 0
        for name: StaticString in ["prompt_tokens_details", "input_tokens_details"] {
            guard let details = tape.member(name, of: usage, in: text) else { continue }
            cached = count(["cached_tokens"], of: details, tape, text) ?? 0
            cacheWrite = count(["cache_write_tokens", "cache_creation_tokens"], of: details, tape, text) ?? 0
        }
        for name: StaticString in ["completion_tokens_details", "output_tokens_details"] {
            guard let details = tape.member(name, of: usage, in: text) else { continue }
            reasoning = count(["reasoning_tokens"], of: details, tape, text) ?? 0
        }
        if let input, let stated = output {
            let beside = max(total - input - stated, reasoning > stated ? reasoning : 0)
            output = stated + beside
            reasoning = max(reasoning, beside)
        }
        if isEmpty { return nil }
    }

    /// Anthropic counts what was read from a cache and what was written to one beside the other input.
    private mutating func readMessages(_ usage: Int, _ tape: JSONTape, _ text: Span<UInt8>) {
        let rest = count(["input_tokens"], of: usage, tape, text)
        cached = count(["cache_read_input_tokens"], of: usage, tape, text) ?? 0
        cacheWrite = count(["cache_creation_input_tokens"], of: usage, tape, text) ?? 0
        input = rest.map { $0 + cached + cacheWrite }
        output = count(["output_tokens"], of: usage, tape, text)
    }

    /// - Returns: nil if it is absent, null, or no number of tokens, which is noted.
    private mutating func count(_ names: [StaticString], of node: Int, _ tape: JSONTape, _ text: Span<UInt8>) -> Int? {
        for name in names {
            guard let member = tape.member(name, of: node, in: text), tape.kind(member) != .null else { continue }
            // A server that counts in floating point may write 5.0.
            let double = (tape.double(member, in: text) ?? -1).rounded(.up)
            if 0...Double(TokenBound.limit) ~= double { return tape.integer(member, in: text) ?? Int(double) }
            isAbsurd = true
            return nil
        }
        return nil
    }
}
