import BatchCore

extension Question {
    /// The answer that a good server would give, with what the rule changes in it.
    func answered(from digest: SHA256Digest, by rule: SimulatorRule) -> SimulatedAnswer {
        let texts = url == .embeddings ? [] : choiceTexts(from: digest, by: rule)
        let billed = BilledTokens(input: promptTokens.reduce(0, +), output: texts.reduce(0) { $0 + $1.tokens })
        var json = JSONWriter(reserving: 1024)
        json.object { json in
            switch url {
            case .chatCompletions: writeChat(texts, digest, rule, to: &json)
            case .completions: writeCompletion(texts, digest, rule, to: &json)
            case .embeddings: writeEmbeddings(digest, to: &json)
            case .responses: writeResponse(texts[0], digest, rule, to: &json)
            }
            writeUsage(billed, as: rule.usage, to: &json)
        }
        var answer = SimulatedAnswer(status: 200, body: json.bytes)
        answer.headers.append(.init("x-request-id", "req_" + digest.hex.prefix(32)))
        answer.billed = billed
        return answer
    }

    /// The choices of the first prompt, then of the second, each of them different.
    private func choiceTexts(from digest: SHA256Digest, by rule: SimulatorRule) -> [AnswerText] {
        (0..<(promptTokens.count * choices)).map { index in
            switch rule.content {
            case .null: return AnswerText(nil, limit: maxTokens)
            case .text(let text): return AnswerText(text, limit: maxTokens)
            case .chosen:
                var random = DigestRandom(digest, stream: index)
                return AnswerText(form.text(&random), limit: maxTokens)
            }
        }
    }

    private func writeChat(
        _ texts: [AnswerText], _ digest: SHA256Digest, _ rule: SimulatorRule, to json: inout JSONWriter
    ) {
        json.member("id", "chatcmpl-" + digest.hex.prefix(24))
        json.member("object", "chat.completion")
        json.member("created", Self.created(digest))
        json.member("model", model)
        json.array("choices") { json in
            for (index, choice) in texts.enumerated() {
                json.object { json in
                    json.member("index", index)
                    json.object("message") { json in
                        json.member("role", "assistant")
                        json.member("content", choice.text)
                        json.member("refusal", raw: JSONValue.null)
                    }
                    json.member("logprobs", raw: JSONValue.null)
                    json.member("finish_reason", rule.finishReason(of: choice))
                }
            }
        }
        json.member("system_fingerprint", "fp_simulated")
    }

    private func writeCompletion(
        _ texts: [AnswerText], _ digest: SHA256Digest, _ rule: SimulatorRule, to json: inout JSONWriter
    ) {
        json.member("id", "cmpl-" + digest.hex.prefix(24))
        json.member("object", "text_completion")
        json.member("created", Self.created(digest))
        json.member("model", model)
        json.array("choices") { json in
            for (index, choice) in texts.enumerated() {
                json.object { json in
                    json.member("text", choice.text ?? "")
                    json.member("index", index)
                    json.member("logprobs", raw: JSONValue.null)
                    json.member("finish_reason", rule.finishReason(of: choice))
                }
            }
        }
    }

    private func writeResponse(
        _ answer: AnswerText, _ digest: SHA256Digest, _ rule: SimulatorRule, to json: inout JSONWriter
    ) {
        let reason = rule.finishReason(of: answer)
        let status = reason == "stop" ? "completed" : "incomplete"
        json.member("id", "resp_" + digest.hex.prefix(32))
        json.member("object", "response")
        json.member("created_at", Self.created(digest))
        json.member("status", status)
        json.member("error", raw: JSONValue.null)
        if reason == "stop" {
            json.member("incomplete_details", raw: JSONValue.null)
        } else {
            json.object("incomplete_details") { json in
                json.member("reason", reason == "length" ? "max_output_tokens" : reason)
            }
        }
        json.member("instructions", raw: JSONValue.null)
        json.member("max_output_tokens", raw: maxTokens.map { .number(String($0)) } ?? JSONValue.null)
        json.member("model", model)
        json.array("output") { json in
            json.object { json in
                json.member("type", "message")
                json.member("id", "msg_" + digest.hex.prefix(32))
                json.member("status", status)
                json.member("role", "assistant")
                json.array("content") { json in
                    guard let text = answer.text else { return }
                    json.object { json in
                        json.member("type", "output_text")
                        json.member("text", text)
                        json.array("annotations") { _ in }
                    }
                }
            }
        }
        json.member("parallel_tool_calls", true)
        json.member("tool_choice", "auto")
        json.array("tools") { _ in }
        json.object("metadata") { _ in }
    }

    /// Unix seconds in 2024 or 2025.
    private static func created(_ digest: SHA256Digest) -> Int {
        var random = DigestRandom(digest, stream: -1)
        return 1_704_067_200 + random.below(63_000_000)
    }
}
