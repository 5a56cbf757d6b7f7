import BatchCore

/// What a request line says of the answer it wants.
struct AskedFor {
    enum Form: Equatable {
        /// Any JSON object.
        case object
        /// JSON that fits this schema, as its text stands in the line.
        case schema([UInt8])
    }

    /// nil: any text will do.
    private(set) var form: Form?
    private let line: [UInt8]
    private let tape: JSONTape
    private let body: Int

    /// nil: it is no request line.
    /// - Parameter tape: gets the line, for this value to read. The next line overwrites it when this value is gone.
    init?(line: [UInt8], on tape: inout JSONTape) {
        do throws(JSONError) { try tape.scan(line.span) } catch { return nil }
        guard let body = tape.member("body", of: JSONTape.root, in: line.span) else { return nil }
        self.line = line
        self.tape = tape
        self.body = body
        form = responseFormat
    }

    /// `response_format`, `text.format` of a response, `output_config.format` of messages; llama.cpp takes a schema
    /// beside `json_object` too.
    private var responseFormat: Form? {
        let node =
            member("response_format", of: body)
            ?? member("output_format", of: body)
            ?? (member("text", of: body) ?? member("output_config", of: body)).flatMap { member("format", of: $0) }
        guard let node, let type = member("type", of: node) else { return nil }
        let holder = member("json_schema", of: node) ?? node
        let schema = member("schema", of: holder)
        if tape.equals(type, "json_schema", in: line.span) {
            return schema.map { .schema(Array(line[tape.bytes($0)])) }
        }
        guard tape.equals(type, "json_object", in: line.span) else { return nil }
        return schema.map { .schema(Array(line[tape.bytes($0)])) } ?? .object
    }

    /// The tools that may be called, and the schema of each one's arguments; no schema: anything may be an argument.
    var tools: [String: [UInt8]?] {
        var tools: [String: [UInt8]?] = [:]
        for list in [member("tools", of: body), member("functions", of: body)] {
            guard let list else { continue }
            for tool in tape.elements(list) {
                let function = member("function", of: tool) ?? tool
                guard let name = member("name", of: function).flatMap({ tape.string($0, in: line.span) }) else {
                    continue
                }
                tools.updateValue(
                    (member("parameters", of: function) ?? member("input_schema", of: function)).map {
                        Array(line[tape.bytes($0)])
                    }, forKey: name)
            }
        }
        return tools
    }

    /// What the model was given to read.
    var prompt: [UInt8] { PromptText.text(of: tape, in: line.span) }

    private func member(_ name: StaticString, of node: Int) -> Int? { tape.member(name, of: node, in: line.span) }
}
