import BatchCore

/// A called tool is one of the request, and its arguments fit the parameters that it has there.
struct ToolArgumentsCheck: AnswerCheck {
    let name = "tool_arguments"
    let schemas: SchemaCache

    func defect(in answer: Answer) -> String? {
        guard answer.parsed.choices.contains(where: { !$0.toolCalls.isEmpty }), let request = answer.request else {
            return nil
        }
        let tools = request.tools
        for call in answer.parsed.choices.lazy.flatMap(\.toolCalls) {
            guard let tool = tools[call.name] else { return "it calls a tool that the request does not have" }
            guard let parameters = tool else { continue }
            do throws(JSONSchemaError) {
                let schema = try schemas.schema(parameters)
                // Some servers leave out what is empty.
                let arguments = call.arguments.isEmpty ? "{}" : call.arguments
                if let flaw = answer.flaw(of: arguments, against: schema) {
                    return "the arguments of \(call.name): \(flaw)"
                }
            } catch {
                return "the parameters of \(call.name) cannot be used: \(error)"
            }
        }
        return nil
    }
}
