/// Refuses what in the body of a request to /v1/messages brings tokens from outside the body, or tokens at another
/// price than the model's.
struct MessagesContent {
    let tape: JSONTape

    /// The members whose tokens and price are known (Anthropic API reference, Messages). The server itself refuses
    /// members that it does not know. `thinking` and its budget are within `max_tokens`.
    private static let known: [StaticString] = [
        "model", "messages", "max_tokens", "system", "metadata", "stop_sequences", "stream", "temperature", "top_p",
        "top_k", "tools", "tool_choice", "thinking", "service_tier", "output_config", "output_format", "cache_control",
    ]

    /// - Returns: the images of the prompt; whether they are bounded is the model's to say.
    func refuse(body: Int, in text: Span<UInt8>) throws(LineRefusal) -> PromptImages {
        try refuseUnknown(body, in: text)
        if let tier = member("service_tier", of: body, in: text), tape.kind(tier) != .null,
            !isOne(tier, of: ["auto", "standard_only"], in: text)
        {
            throw LineRefusal(
                .unboundedContent, "service_tier: it is billed at another price than the model's; remove it")
        }
        try refuseLongCache(body, in: text)
        for tool in elements("tools", of: body, in: text) {
            try refuseLongCache(tool, in: text)
            guard let type = member("type", of: tool, in: text), tape.kind(type) != .null else { continue }
            guard tape.equals(type, "custom", in: text) else {
                throw LineRefusal(
                    .unboundedContent, "tools: the server brings or runs such a tool itself; nothing bounds its tokens")
            }
        }
        var images = PromptImages()
        if let system = member("system", of: body, in: text) { try refuseBlocks(system, in: text, &images) }
        for message in elements("messages", of: body, in: text) {
            if let content = member("content", of: message, in: text) { try refuseBlocks(content, in: text, &images) }
        }
        return images
    }

    /// See `BatchRequest.asksForForm`; tools are not looked for.
    func asksForForm(body: Int, in text: Span<UInt8>) -> Bool {
        member("output_config", of: body, in: text) != nil || member("output_format", of: body, in: text) != nil
    }

    func asksForSchema(body: Int, in text: Span<UInt8>) -> Bool {
        if member("output_format", of: body, in: text) != nil { return true }
        guard let configuration = member("output_config", of: body, in: text) else { return false }
        return member("format", of: configuration, in: text) != nil
    }

    private func refuseUnknown(_ body: Int, in text: Span<UInt8>) throws(LineRefusal) {
        for (name, value) in tape.members(body) where tape.kind(value) != .null {
            guard !isOne(name, of: Self.known, in: text) else { continue }
            throw LineRefusal(
                .unboundedContent,
                "\(tape.string(name, in: text) ?? "?"): nothing is known of its tokens or its price; remove it")
        }
    }

    /// A text, or a list of blocks that say by their type what they are.
    private func refuseBlocks(
        _ content: Int, in text: Span<UInt8>, _ images: inout PromptImages
    ) throws(LineRefusal) {
        for block in tape.elements(content) {
            try refuseLongCache(block, in: text)
            guard let type = member("type", of: block, in: text) else {
                throw LineRefusal(.unboundedContent, "a content block without a type has no token bound; only text has")
            }
            if isOne(type, of: Self.textTypes, in: text) { continue }
            if tape.equals(type, "tool_result", in: text) {
                if let result = member("content", of: block, in: text) { try refuseBlocks(result, in: text, &images) }
                continue
            }
            guard tape.equals(type, "image", in: text), let source = member("source", of: block, in: text),
                count(source, in: text, &images)
            else {
                let name = tape.string(type, in: text) ?? "?"
                throw LineRefusal(
                    .unboundedContent, "a content block of type \"\(name)\" has no token bound; only text has")
            }
        }
    }

    /// - Returns: false for an image that is stored elsewhere.
    private func count(_ source: Int, in text: Span<UInt8>, _ images: inout PromptImages) -> Bool {
        guard let type = member("type", of: source, in: text), isOne(type, of: ["base64", "url"], in: text) else {
            return false
        }
        images.count += 1
        if let data = member("data", of: source, in: text) { images.dataBytes += tape.bytes(data).count }
        return true
    }

    /// What is to stay in the cache for an hour is written at twice the price of the input, what stays for five minutes
    /// at one and a quarter: a model has one price for both.
    private func refuseLongCache(_ node: Int, in text: Span<UInt8>) throws(LineRefusal) {
        guard let control = member("cache_control", of: node, in: text),
            let ttl = member("ttl", of: control, in: text), !tape.equals(ttl, "5m", in: text)
        else { return }
        throw LineRefusal(.unboundedContent, "cache_control: a ttl other than 5m is billed at another price; remove it")
    }

    /// Blocks whose tokens are their bytes. What was thought before is text, or sealed and longer than it.
    private static let textTypes: [StaticString] = ["text", "tool_use", "thinking", "redacted_thinking"]

    private func elements(_ name: StaticString, of node: Int, in text: Span<UInt8>) -> [Int] {
        member(name, of: node, in: text).map { Array(tape.elements($0)) } ?? []
    }

    private func member(_ name: StaticString, of node: Int, in text: Span<UInt8>) -> Int? {
        tape.member(name, of: node, in: text)
    }

    private func isOne(_ node: Int, of words: [StaticString], in text: Span<UInt8>) -> Bool {
        words.contains { tape.isString(node, equalTo: $0, in: text) }
    }
}
