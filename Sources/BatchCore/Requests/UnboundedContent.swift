/// Refuses what brings tokens from outside the body: audio and files (their tokens are not their bytes), earlier
/// responses, stored prompts, templates (a loop in one is as long as it likes), predictions (which are billed beside
/// the limit), searches and tools that the server itself runs, and other models than the one that is priced. Images are
/// counted: a model can declare what one of them takes.
struct UnboundedContent {
    let members: BodyMembers
    let tape: JSONTape

    private static let fromOutside: [(member: BodyMember, name: StaticString)] = [
        (.previousResponseID, "previous_response_id"), (.conversation, "conversation"),
        (.promptTemplate, "prompt_template"), (.chatTemplate, "chat_template"),
        (.webSearchOptions, "web_search_options"), (.audio, "audio"), (.modalities, "modalities"),
        (.prediction, "prediction"), (.searchParameters, "search_parameters"), (.enableSearch, "enable_search"),
        (.plugins, "plugins"),
    ]
    private static let setFromOutside = MemberSet(fromOutside.map(\.member))

    private static let otherModels: [(member: BodyMember, name: StaticString)] = [
        (.models, "models"), (.fallbacks, "fallbacks"), (.contextWindowFallbacks, "context_window_fallbacks"),
        (.contentPolicyFallbacks, "content_policy_fallbacks"), (.userConfig, "user_config"),
        (.routerSettingsOverride, "router_settings_override"), (.preset, "preset"),
    ]
    private static let setOfOtherModels = MemberSet(otherModels.map(\.member))

    /// - Returns: the images of the prompt; whether they are bounded is the model's to say.
    func refuse(in text: Span<UInt8>, url: RequestURL) throws(LineRefusal) -> PromptImages {
        if members.hasAny(of: Self.setFromOutside) { try refuseFromOutside(in: text) }
        if members.hasAny(of: Self.setOfOtherModels) { try refuseOtherModels() }
        try refuseServiceTier(in: text)
        if url == .responses, let prompt = members[.prompt], tape.kind(prompt) == .object {
            throw LineRefusal(.unboundedContent, "prompt: a stored prompt has no bound here; write it into input")
        }
        try refuseServerTools(in: text)
        if url == .completions || url == .embeddings {
            try refuseObjects(.prompt, "prompt")
            try refuseObjects(.input, "input")
        }
        var images = PromptImages()
        try refuse(members.messages, in: text, url: url, &images)
        try refuse(members.input, in: text, url: url, &images)
        return images
    }

    private func refuseFromOutside(in text: Span<UInt8>) throws(LineRefusal) {
        for (member, name) in Self.fromOutside {
            guard let node = members[member], !isOff(node), !isTextOnly(node, in: text) else { continue }
            throw LineRefusal(.unboundedContent, "\(name): nothing bounds its tokens; this version refuses it")
        }
    }

    private func refuseOtherModels() throws(LineRefusal) {
        for (member, name) in Self.otherModels {
            guard let node = members[member], !isOff(node) else { continue }
            throw LineRefusal(
                .unboundedContent, "\(name): another model may answer at another price; a route of models.toml does it")
        }
    }

    private func refuse(
        _ items: [ItemMembers], in text: Span<UInt8>, url: RequestURL, _ images: inout PromptImages
    ) throws(LineRefusal) {
        for item in items {
            try refuseForeign(item, in: text, url: url)
            if let content = item.content { try refuseParts(content, in: text, &images) }
            if let output = item.output { try refuseParts(output, in: text, &images) }
        }
    }

    /// A prompt of these urls is a text or tokens, or a list of such. Servers that take objects find images in them.
    private func refuseObjects(_ member: BodyMember, _ name: StaticString) throws(LineRefusal) {
        guard let prompt = members[member] else { return }
        guard tape.kind(prompt) != .object, !tape.elements(prompt).contains(where: { tape.kind($0) == .object }) else {
            throw LineRefusal(.unboundedContent, "\(name): an object has no token bound; only text and tokens have")
        }
    }

    /// The tiers that are billed at the model's price or below it. `priority` costs a multiple (OpenAI pricing).
    private func refuseServiceTier(in text: Span<UInt8>) throws(LineRefusal) {
        guard let tier = members[.serviceTier], tape.kind(tier) != .null else { return }
        guard isOne(tier, of: Self.tiers, in: text) else {
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
        guard let tools = members[.tools], tape.kind(tools) != .null else { return }
        guard tape.kind(tools) == .array else {
            throw LineRefusal(.unboundedContent, "tools: it is no list; only functions are taken")
        }
        for tool in tape.elements(tools) {
            let type = tape.member("type", of: tool, in: text)
            guard let type, isOne(type, of: Self.ownTools, in: text) else {
                throw LineRefusal(
                    .unboundedContent, "tools: the server runs such a tool itself; nothing bounds its tokens")
            }
        }
    }

    /// A message or item that stands for something stored elsewhere.
    private func refuseForeign(
        _ item: ItemMembers, in text: Span<UInt8>, url: RequestURL
    ) throws(LineRefusal) {
        if let audio = item.audio, tape.kind(audio) != .null {
            throw LineRefusal(.unboundedContent, "audio of an earlier message has no token bound; only text has")
        }
        guard url == .responses else { return }
        guard let type = item.type, tape.kind(type) != .null else {
            // Without a type it is a message, or a reference, which may leave its type out.
            if item.role != nil { return }
            throw LineRefusal(.unboundedContent, "an item without type and role brings text from outside the line")
        }
        guard isOne(type, of: Self.itemTypes, in: text) else {
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
        guard tape.kind(content) == .array else { return }
        for part in tape.elements(content) where tape.kind(part) == .object {
            try refusePart(part, in: text, &images)
        }
    }

    private func refusePart(_ part: Int, in text: Span<UInt8>, _ images: inout PromptImages) throws(LineRefusal) {
        guard let type = tape.member("type", of: part, in: text) else {
            throw LineRefusal(.unboundedContent, "a content part without a type has no token bound; only text has")
        }
        if isOne(type, of: Self.textTypes, in: text) { return }
        guard isOne(type, of: Self.imageTypes, in: text), let url = imageURL(of: part, in: text) else {
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

    private static let tiers: [StaticString] = ["auto", "default", "flex"]
    private static let ownTools: [StaticString] = ["function", "custom"]
    private static let itemTypes: [StaticString] = [
        "message", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output", "reasoning",
    ]
    private static let textTypes: [StaticString] = ["text", "input_text", "output_text", "refusal"]
    private static let imageTypes: [StaticString] = ["image_url", "input_image"]

    private func isOne(_ node: Int, of words: [StaticString], in text: Span<UInt8>) -> Bool {
        words.contains { tape.equals(node, $0, in: text) }
    }
}

extension Span<UInt8> {
    fileprivate func starts(with word: StaticString) -> Bool {
        count >= word.utf8CodeUnitCount && equal(0..<word.utf8CodeUnitCount, in: self, to: word)
    }
}
