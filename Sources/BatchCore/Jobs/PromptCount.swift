/// How the answers of one model to one prompt were found by the gate, in one job: what drift is seen in.
package struct PromptCount: Equatable, Sendable {
    package let model: String
    /// `PromptTemplate` of the requests; `others` for those of a job beyond its most frequent ones.
    package let prompt: String
    /// Answers that were paid for and looked at; those from the hash log say nothing new of the model.
    package var checked: Int
    package var defects: Int

    package static let others = "*"

    package init(model: String, prompt: String, checked: Int = 0, defects: Int = 0) {
        self.model = model
        self.prompt = prompt
        self.checked = checked
        self.defects = defects
    }

    package mutating func add(checked: Int, defects: Int) {
        self.checked += checked
        self.defects += defects
    }

    package func write(to writer: inout JSONWriter) {
        writer.member("model", model)
        writer.member("prompt", prompt)
        writer.member("checked", checked)
        writer.member("defects", defects)
    }

    /// Reads what `write` writes; nil for anything else.
    package init?(_ value: JSONValue) {
        guard let model = value["model"]?.string, let prompt = value["prompt"]?.string,
            let checked = value["checked"]?.int, let defects = value["defects"]?.int, 0...checked ~= defects
        else { return nil }
        self.init(model: model, prompt: prompt, checked: checked, defects: defects)
    }
}
