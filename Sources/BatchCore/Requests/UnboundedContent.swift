/// Refuses what brings tokens from outside the body: audio and files (their tokens are not their bytes), earlier
/// responses, stored prompts, templates (a loop in one is as long as it likes), predictions (which are billed beside
/// the limit), searches and tools that the server itself runs, and other models than the one that is priced. Images are
/// counted: a model can declare what one of them takes.
struct UnboundedContent {
    let body: Int
    let tape: JSONTape

    private static let fromOutside: [StaticString] = [
        "previous_response_id", "conversation", "prompt_template", "chat_template", "web_search_options", "audio",
        "modalities", "prediction", "search_parameters", "enable_search", "plugins",
    ]

    /// - Returns: the images of the prompt; whether they are bounded is the model's to say.
    func refuse(in text: Span<UInt8>, url: RequestURL) throws(LineRefusal) -> PromptImages {
        for name in Self.fromOutside {
            guard let node = tape.member(name, of: body, in: text), !isOff(node) else { continue }
            if !isTextOnly(node, in: text) {
                throw LineRefusal(.unboundedContent, "\(name): nothing bounds its tokens; this version refuses it")
            }
        }
        if let others = tape.member("models", of: body, in: text), !isOff(others) {
            throw LineRefusal(
                .unboundedContent, "models: another model may answer at another price; a route of models.toml does it")
        }
        try refuseServiceTier(in: text)
        if url == .responses, let prompt = tape.member("prompt", of: body, in: text), tape.kind(prompt) == .object {
            throw LineRefusal(.unboundedContent, "prompt: a stored prompt has no bound here; write it into input")
        }
        try refuseServerTools(in: text)
        if url == .completions || url == .embeddings { try refuseObjects(in: text) }
        var images = PromptImages()
        for name: StaticString in ["messages", "input"] {
            guard let list = tape.member(name, of: body, in: text), tape.kind(list) == .array else { continue }
            for item in tape.elements(list) where tape.kind(item) == .object {
                try refuseForeignItem(item, in: text, url: url)
                for part: StaticString in ["content", "output"] {
                    guard let content = tape.member(part, of: item, in: text) else { continue }
                    try refuseParts(content, in: text, &images)
                }
            }
        }
        return images
    }

    /// A prompt of these urls is a text or tokens, or a list of such. Servers that take objects find images in them.
    private func refuseObjects(in text: Span<UInt8>) throws(LineRefusal) {
        for name: StaticString in ["prompt", "input"] {
            guard let prompt = tape.member(name, of: body, in: text) else { continue }
            guard tape.kind(prompt) != .object, !tape.elements(prompt).contains(where: { tape.kind($0) == .object })
            else {
                throw LineRefusal(.unboundedContent, "\(name): an object has no token bound; only text and tokens have")
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

    private func isOff(_ node: Int) -> Bool { tape.kind(node) == .null || tape.kind(node) == .false }

    /// `"modalities": ["text"]` asks for nothing but text.
    private func isTextOnly(_ node: Int, in text: Span<UInt8>) -> Bool {
        guard tape.kind(node) == .array else { return false }
        return tape.elements(node).allSatisfy { tape.equals($0, "text", in: text) }
    }

    private func refuseServerTools(in text: Span<UInt8>) throws(LineRefusal) {
        guard let tools = tape.member("tools", of: body, in: text), tape.kind(tools) != .null else { return }
        guard tape.kind(tools) == .array else {
            throw LineRefusal(.unboundedContent, "tools: it is no list; only functions are taken")
        }
        for tool in tape.elements(tools) {
            let type = tape.member("type", of: tool, in: text)
            guard let type, isOne(type, of: ["function", "custom"], in: text) else {
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
    private func refuseParts(
        _ content: Int, in text: Span<UInt8>, _ images: inout PromptImages
    ) throws(LineRefusal) {
        if tape.kind(content) == .object { try refusePart(content, in: text, &images) }
        for part in tape.elements(content) where tape.kind(part) == .object {
            try refusePart(part, in: text, &images)
        }
    }

    private func refusePart(_ part: Int, in text: Span<UInt8>, _ images: inout PromptImages) throws(LineRefusal) {
        guard let type = tape.member("type", of: part, in: text) else {
            throw LineRefusal(.unboundedContent, "a content part without a type has no token bound; only text has")
        }
        if isOne(type, of: ["text", "input_text", "output_text", "refusal"], in: text) { return }
        guard isOne(type, of: ["image_url", "input_image"], in: text), let url = imageURL(of: part, in: text) else {
            let name = tape.string(type, in: text) ?? "?"
            throw LineRefusal(.unboundedContent, "a content part of type \"\(name)\" has no token bound; only text has")
        }
        images.count += 1
        let bytes = tape.bytes(url)
        if text.extracting(bytes).starts(with: "\"data:") { images.dataBytes += bytes.count }
    }

    /// The address of an image, `{"image_url": {"url": …}}` in a chat and `{"image_url": …}` in a response; nil for an
    /// image that stands somewhere else, as a stored file does.
    private func imageURL(of part: Int, in text: Span<UInt8>) -> Int? {
        guard let image = tape.member("image_url", of: part, in: text) else { return nil }
        let url = tape.kind(image) == .object ? tape.member("url", of: image, in: text) : image
        return url.flatMap { tape.kind($0) == .string ? $0 : nil }
    }

    private func isOne(_ node: Int, of words: [String], in text: Span<UInt8>) -> Bool {
        words.contains { tape.equals(node, $0, in: text) }
    }
}

extension Span<UInt8> {
    fileprivate func starts(with word: StaticString) -> Bool {
        count >= word.utf8CodeUnitCount && equal(0..<word.utf8CodeUnitCount, in: self, to: word)
    }
}
