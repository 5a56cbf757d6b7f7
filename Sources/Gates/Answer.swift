package import BatchCore

/// What is known of an answer that is to be inspected.
package struct Inspected {
    /// nil: the body does not read as an answer.
    package var answer: ParsedAnswer?
    /// The response member that holds the answer; nil: it is not at hand, and vectors are not looked at.
    package var response: [UInt8]?
    /// The input line; nil: it is not at hand, and what the request asked for is not looked at.
    package var line: [UInt8]?
    package var url: RequestURL

    package init(_ answer: ParsedAnswer?, response: [UInt8]? = nil, line: [UInt8]? = nil, url: RequestURL) {
        self.answer = answer
        self.response = response
        self.line = line
        self.url = url
    }
}

/// One answer under inspection: each thing is read once, when the first check wants it.
final class Answer {
    let parsed: ParsedAnswer
    let response: [UInt8]?
    let url: RequestURL
    private let line: [UInt8]?
    private let workspace: Workspace
    private var choiceOnTape: Int?
    private var fault: JSONError?
    private var readRequest: AskedFor?
    private var isRequestRead = false
    private var isPromptRead = false

    init(_ parsed: ParsedAnswer, _ inspected: Inspected, using workspace: Workspace) {
        self.parsed = parsed
        response = inspected.response
        line = inspected.line
        url = inspected.url
        self.workspace = workspace
    }

    /// The texts of all choices but those that called a tool, which need not say anything.
    /// - Parameter defect: what is wrong with one.
    func firstDefect(inTexts defect: (String) -> String?) -> String? {
        for choice in parsed.choices where !choice.calledTool {
            if let reason = defect(choice.text) { return reason }
        }
        return nil
    }

    /// The same for texts that must be JSON.
    /// - Parameter defect: what is wrong with a text whose values stand on the tape.
    func firstDefect(inJSON defect: (JSONTape, Span<UInt8>) -> String?) -> String? {
        for (place, choice) in parsed.choices.enumerated() where !choice.calledTool {
            if let fault = jsonFault(of: choice.text, at: place) {
                return "its text is no JSON: column \(fault.offset + 1): \(fault.kind)"
            }
            if let reason = defect(workspace.tape, choice.text.utf8.span) { return reason }
        }
        return nil
    }

    private func jsonFault(of text: String, at place: Int) -> JSONError? {
        if choiceOnTape == place { return fault }
        choiceOnTape = place
        fault = nil
        do throws(JSONError) { try workspace.tape.scan(text.utf8.span) } catch { fault = error }
        return fault
    }

    /// A JSON text that is none of the choices: the arguments of a tool.
    func flaw(of json: String, against schema: JSONSchema) -> String? {
        let text = json.utf8.span
        do throws(JSONError) { try workspace.otherTape.scan(text) } catch {
            return "are no JSON: column \(error.offset + 1): \(error.kind)"
        }
        return schema.flaw(of: JSONTape.root, on: workspace.otherTape, in: text, using: &workspace.schema)
    }

    func flaw(on tape: JSONTape, _ text: Span<UInt8>, against schema: JSONSchema) -> String? {
        schema.flaw(of: JSONTape.root, on: tape, in: text, using: &workspace.schema)
    }

    /// What the request says; nil: its line is not at hand.
    var request: AskedFor? {
        if !isRequestRead {
            isRequestRead = true
            readRequest = line.flatMap { AskedFor(line: $0, on: &workspace.lineTape) }
        }
        return readRequest
    }
}

extension Answer {
    /// Bytes of a text that stand in passages of the prompt; nil: the request is not at hand.
    func echoedBytes(in text: Span<UInt8>) -> Int? {
        guard let request else { return nil }
        if !isPromptRead {
            isPromptRead = true
            workspace.echo.read(request.prompt)
        }
        return workspace.echo.bytes(of: text)
    }
}

/// Buffers that serve answer after answer. Of one thread at a time.
package final class Workspace {
    fileprivate(set) var tape = JSONTape()
    fileprivate var otherTape = JSONTape()
    fileprivate var lineTape = JSONTape()
    fileprivate var schema = SchemaWorkspace()
    fileprivate var echo = Echo()

    package init() {}
}

extension JSONError {
    /// The reason without what it quotes, which is the answer's.
    var kind: String {
        guard let first = reason.firstIndex(of: "\""), let last = reason.lastIndex(of: "\""), first < last else {
            return reason
        }
        return reason[..<first] + "…" + reason[reason.index(after: last)...]
    }
}
