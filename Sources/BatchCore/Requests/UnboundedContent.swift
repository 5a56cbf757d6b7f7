/// Refuses what brings tokens from outside the body: images, audio and files (their tokens are not their bytes),
/// earlier responses, stored prompts, predictions (which are billed beside the limit), and tools that the server itself
/// runs.
struct UnboundedContent {
    let body: Int
    let tape: JSONTape

    func refuse(in text: Span<UInt8>, url: RequestURL) throws(LineRefusal) {
        let fromOutside: [StaticString] = [
            "previous_response_id", "conversation", "prompt_template", "web_search_options", "audio", "modalities",
            "prediction",
        ]
        for name in fromOutside {
            if let node = tape.member(name, of: body, in: text), tape.kind(node) != .null, !isTextOnly(node, in: text) {
                throw LineRefusal(.unboundedContent, "\(name): nothing bounds its tokens; this version refuses it")
            }
        }
        try refuseServiceTier(in: text)
        if url == .responses, let prompt = tape.member("prompt", of: body, in: text), tape.kind(prompt) == .object {
            throw LineRefusal(.unboundedContent, "prompt: a stored prompt has no bound here; write it into input")
        }
        try refuseServerTools(in: text)
        for name: StaticString in ["messages", "input"] {
            guard let list = tape.member(name, of: body, in: text), tape.kind(list) == .array else { continue }
            for item in tape.elements(list) where tape.kind(item) == .object {
                try refuseForeignItem(item, in: text, url: url)
                for part: StaticString in ["content", "output"] {
                    if let content = tape.member(part, of: item, in: text) { try refuseParts(content, in: text) }
                }
            }
        }
    }

    /// The tiers that are billed at the model's price or below it. `priority` costs a multiple (OpenAI pricing).
    private func refuseServiceTier(in text: Span<UInt8>) throws(LineRefusal) {
        guard let tier = tape.member("service_tier", of: body, in: text), tape.kind(tier) != .null else { return }
        guard isOne(tier, of: ["auto", "default", "flex"], in: text) else {
            throw LineRefusal(
                .unboundedContent, "service_tier: it is billed at another price than the model's; remove it")
        }
    }

    /// `"modalities": ["text"]` asks for nothing but text.
    private func isTextOnly(_ node: Int, in text: Span<UInt8>) -> Bool {
        guard tape.kind(node) == .array else { return false }
        return tape.elements(node).allSatisfy { tape.equals($0, "text", in: text) }
    }

    private func refuseServerTools(in text: Span<UInt8>) throws(LineRefusal) {
        guard let tools = tape.member("tools", of: body, in: text), tape.kind(tools) == .array else { return }
        for tool in tape.elements(tools) {
            guard let type = tape.member("type", of: tool, in: text) else { continue }
            guard isOne(type, of: ["function", "custom"], in: text) else {
                throw LineRefusal(
                    .unboundedContent, "tools: the server runs such a tool itself; nothing bounds its tokens")
            }
        }
    }

    /// A message or item that stands for something stored elsewhere.
    private func refuseForeignItem(_ item: Int, in text: Span<UInt8>, url: RequestURL) throws(LineRefusal) {
        if let audio = tape.member("audio", of: item, in: text), tape.kind(audio) != .null {
            throw LineRefusal(.unboundedContent, "audio of an earlier message has no token bound; only text has")
        }
        guard url == .responses else { return }
        guard let type = tape.member("type", of: item, in: text), tape.kind(type) != .null else {
            // Without a type it is a message, or a reference, which may leave its type out.
            if tape.member("role", of: item, in: text) != nil { return }
            throw LineRefusal(.unboundedContent, "an item without type and role brings text from outside the line")
        }
        let known = [
            "message", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output",
            "reasoning",
        ]
        guard isOne(type, of: known, in: text) else {
            let name = tape.string(type, in: text) ?? "?"
            throw LineRefusal(.unboundedContent, "an input item of type \"\(name)\" has no token bound; only text has")
        }
    }

    /// Content is a text or a list of parts; a part is a text or says by its type that it is one. A part without a type
    /// may be anything: lenient servers tell by its members.
    private func refuseParts(_ content: Int, in text: Span<UInt8>) throws(LineRefusal) {
        if tape.kind(content) == .object { try refusePart(content, in: text) }
        for part in tape.elements(content) where tape.kind(part) == .object { try refusePart(part, in: text) }
    }

    private func refusePart(_ part: Int, in text: Span<UInt8>) throws(LineRefusal) {
        guard let type = tape.member("type", of: part, in: text) else {
            throw LineRefusal(.unboundedContent, "a content part without a type has no token bound; only text has")
        }
        guard isOne(type, of: ["text", "input_text", "output_text", "refusal"], in: text) else {
            let name = tape.string(type, in: text) ?? "?"
            throw LineRefusal(.unboundedContent, "a content part of type \"\(name)\" has no token bound; only text has")
        }
    }

    private func isOne(_ node: Int, of words: [String], in text: Span<UInt8>) -> Bool {
        words.contains { tape.equals(node, $0, in: text) }
    }
}
