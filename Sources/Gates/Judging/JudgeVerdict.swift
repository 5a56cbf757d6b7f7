package import BatchCore

extension Judgement {
    private static let reasonCharactersMax = 300

    /// Of the JSON object that a judge writes: `{"verdict": "pass" or "fail", "reason": "..."}`. Other members are
    /// passed over.
    /// - Parameter text: it and nothing else.
    init(verdict text: [UInt8]) {
        let value: JSONValue
        do { value = try JSONValue(parsing: text) } catch {
            self = .none(because: "what it wrote is no JSON")
            return
        }
        let reason = String((value["reason"]?.string ?? "").prefix(Self.reasonCharactersMax))
        switch value["verdict"]?.string {
        case "pass": self = .pass
        case "fail": self = .fail(reason: reason.isEmpty ? "it gives no reason" : reason)
        default: self = .none(because: #"what it wrote has no "verdict" of "pass" or "fail""#)
        }
    }

    /// Of the answer of a model, which may have put words or a fence around the object, as models do: what stands from
    /// the first brace to the last is read.
    /// - Parameter answer: nil: it is no answer of its interface.
    package init(answer: ParsedAnswer?) {
        let text = Array((answer?.choices.first?.text ?? "").utf8)
        guard let first = text.firstIndex(of: UInt8(ascii: "{")), let last = text.lastIndex(of: UInt8(ascii: "}")),
            first < last
        else {
            self = .none(because: text.isEmpty ? "it wrote no text" : "what it wrote is no JSON")
            return
        }
        self.init(verdict: Array(text[first...last]))
    }
}
