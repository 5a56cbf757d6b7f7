/// The tools of a chat, and which of them is to be called, as /v1/messages has them.
struct ChatTools {
    private let tools: [JSONValue]
    private let choice: JSONValue?

    /// - Throws: `untranslatable`, with the place of what has no counterpart.
    init(_ body: JSONValue) throws(LineRefusal) {
        var tools: [JSONValue] = []
        switch body["tools"] {
        case nil, .null: break
        case .array(let list):
            for (number, tool) in list.enumerated() { tools.append(try Self.tool(tool, at: "tools[\(number)]")) }
        default: throw .lost("tools", "it is no list")
        }
        self.tools = tools
        choice = try Self.choice(body, hasTools: !tools.isEmpty)
    }

    func write(to writer: inout JSONWriter) {
        if !tools.isEmpty { writer.member("tools", raw: .array(tools)) }
        if let choice { writer.member("tool_choice", raw: choice) }
    }

    private static func tool(_ tool: JSONValue, at place: String) throws(LineRefusal) -> JSONValue {
        guard tool["type"]?.string == "function", let function = tool["function"], function.members != nil else {
            throw .lost("\(place).type", "only functions are translated")
        }
        try refuseOthers(than: ["type", "function"], in: tool, at: place)
        let place = "\(place).function"
        try refuseOthers(than: ["name", "description", "parameters", "strict"], in: function, at: place)
        guard let name = function["name"]?.string else { throw .lost("\(place).name", "it is no text") }
        guard [nil, .null, .bool(false)].contains(function["strict"]) else {
            throw .lost("\(place).strict", "it has no exact counterpart")
        }
        var members = [JSONValue.Member(name: "name", value: .string(name))]
        switch function["description"] {
        case nil, .null: break
        case .string(let text): members.append(JSONValue.Member(name: "description", value: .string(text)))
        default: throw .lost("\(place).description", "it is no text")
        }
        members.append(JSONValue.Member(name: "input_schema", value: try schema(function["parameters"], at: place)))
        return .object(members)
    }

    /// None means that the function takes nothing (OpenAI API reference).
    private static func schema(_ parameters: JSONValue?, at place: String) throws(LineRefusal) -> JSONValue {
        switch parameters {
        case nil, .null:
            return .object([
                JSONValue.Member(name: "type", value: .string("object")),
                JSONValue.Member(name: "properties", value: .object([])),
            ])
        case let schema? where schema["type"]?.string == "object": return schema
        default: throw .lost("\(place).parameters", "only a schema whose type is object is taken")
        }
    }

    private static func choice(_ body: JSONValue, hasTools: Bool) throws(LineRefusal) -> JSONValue? {
        let stated = body["tool_choice"] ?? .null
        let isParallel = try isParallel(body["parallel_tool_calls"] ?? .null)
        guard hasTools else {
            if stated != .null { throw .lost("tool_choice", "it wants tools") }
            if !isParallel { throw .lost("parallel_tool_calls", "it wants tools") }
            return nil
        }
        var members: [JSONValue.Member] = []
        switch stated {
        case .null where isParallel: return nil
        case .null, .string("auto"): members = [type("auto")]
        case .string("none"): return .object([type("none")])
        case .string("required"): members = [type("any")]
        default:
            let function = stated["function"]
            guard stated["type"]?.string == "function", stated.members?.count == 2, function?.members?.count == 1,
                let name = function?["name"]?.string
            else { throw .lost("tool_choice", "it has no counterpart") }
            members = [type("tool"), JSONValue.Member(name: "name", value: .string(name))]
        }
        if !isParallel { members.append(JSONValue.Member(name: "disable_parallel_tool_use", value: .bool(true))) }
        return .object(members)
    }

    private static func isParallel(_ value: JSONValue) throws(LineRefusal) -> Bool {
        switch value {
        case .null, .bool(true): true
        case .bool(false): false
        default: throw .lost("parallel_tool_calls", "it is neither true nor false")
        }
    }

    private static func type(_ name: String) -> JSONValue.Member {
        JSONValue.Member(name: "type", value: .string(name))
    }

    private static func refuseOthers(
        than known: [String], in object: JSONValue, at place: String
    ) throws(LineRefusal) {
        for member in object.members ?? [] where member.value != .null && !known.contains(member.name) {
            throw .lost("\(place).\(member.name)", "it has no counterpart")
        }
    }
}
