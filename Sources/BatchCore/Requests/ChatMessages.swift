/// The messages of a chat as /v1/messages has them: what the system says, and then the user and the assistant in turn.
struct ChatMessages {
    /// One text for each message of the system.
    private(set) var system: [String] = []
    private(set) var messages = JSONValue.array([])

    /// - Throws: `untranslatable`, with the place of what has no counterpart.
    init(_ list: JSONValue?) throws(LineRefusal) {
        var turns: [JSONValue] = []
        var lastRole = ""
        for (number, message) in (list?.array ?? []).enumerated() {
            let place = "messages[\(number)]"
            let role = message["role"]?.string ?? ""
            try Self.refuseOtherMembers(of: message, at: place)
            let content = try Self.content(of: message, at: place)
            switch role {
            case "system" where turns.isEmpty, "developer" where turns.isEmpty: system += content
            case "user", "assistant":
                // Two in a row would be one turn there.
                guard role != lastRole, lastRole != "" || role == "user" else {
                    throw .lost("\(place).role", "user and assistant take turns, and the user begins")
                }
                lastRole = role
                turns.append(Self.turn(role, content))
            case "system", "developer": throw .lost("\(place).role", "the system speaks first, and then no more")
            default: throw .lost("\(place).role", "there is none such")
            }
        }
        // What the assistant says last would be gone on with, not answered.
        guard lastRole == "user" else { throw .lost("messages", "the last of them has to be the user's") }
        messages = .array(turns)
    }

    var systemContent: JSONValue { Self.blocks(system) }

    /// A part of a message that is one text.
    private static func turn(_ role: String, _ content: [String]) -> JSONValue {
        .object([
            JSONValue.Member(name: "role", value: .string(role)),
            JSONValue.Member(name: "content", value: blocks(content)),
        ])
    }

    /// One text stands for itself, several are blocks.
    private static func blocks(_ texts: [String]) -> JSONValue {
        if texts.count == 1 { return .string(texts[0]) }
        return .array(
            texts.map { text in
                .object([
                    JSONValue.Member(name: "type", value: .string("text")),
                    JSONValue.Member(name: "text", value: .string(text)),
                ])
            })
    }

    /// The texts of a message: at least one, and none of them empty, which the server refuses.
    private static func content(of message: JSONValue, at place: String) throws(LineRefusal) -> [String] {
        let place = "\(place).content"
        var texts: [String] = []
        switch message["content"] {
        case .string(let text): texts = [text]
        case .array(let parts):
            for part in parts {
                guard let text = part["text"]?.string, part["type"]?.string == "text", part.members?.count == 2 else {
                    throw .lost(place, "a part that is no mere text is not translated")
                }
                texts.append(text)
            }
        default: throw .lost(place, "it is no text")
        }
        guard !texts.isEmpty, texts.allSatisfy({ !$0.isEmpty }) else { throw .lost(place, "nothing empty is taken") }
        return texts
    }

    private static func refuseOtherMembers(of message: JSONValue, at place: String) throws(LineRefusal) {
        for member in message.members ?? [] where member.value != .null {
            guard !["role", "content"].contains(member.name) else { continue }
            throw .lost("\(place).\(member.name)", "it has no counterpart")
        }
    }
}
