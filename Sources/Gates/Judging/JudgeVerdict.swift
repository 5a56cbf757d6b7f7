package import BatchCore

extension Judgement {
    private static let reasonScalarsMax = 300

    /// Of the JSON object that a judge writes: `{"verdict": "pass" or "fail", "reason": "..."}`. Other members are
    /// passed over.
    /// - Parameter text: it and nothing else.
    init(verdict text: [UInt8]) {
        let value: JSONValue
        do { value = try JSONValue(parsing: text) } catch {
            self = .none(because: "what it wrote is no JSON")
            return
        }
        // By scalars: of marks that join, one character has as many as somebody likes.
        let reason = String(
            String.UnicodeScalarView((value["reason"]?.string ?? "").unicodeScalars.prefix(Self.reasonScalarsMax)))
        switch value["verdict"]?.string {
        case "pass": self = .pass
        case "fail": self = .fail(reason: reason.isEmpty ? "it gives no reason" : reason)
        default: self = .none(because: #"what it wrote has no "verdict" of "pass" or "fail""#)
        }
    }

    /// Of the answer of a model, which may have put a fence around the object, or words before it, as models do: the
    /// object begins a line, and ends what was written. One that it quotes from the answer in the middle of its words,
    /// or before or behind another, is not taken for its own.
    /// - Parameter answer: nil: it is no answer of its interface.
    package init(answer: ParsedAnswer?) {
        let choice = answer?.choices.first
        let text = (choice?.text ?? "").trimmingSpace
        guard choice?.finishReason != "length" else {
            self = .none(because: "what it wrote was cut: it needs more max_tokens")
            return
        }
        guard !text.isEmpty else {
            self = .none(because: "it wrote no text")
            return
        }
        self.init(verdict: Array((text.hasSuffix(Self.fence) ? text.dropLast(Self.fence.count) : text).ownObject.utf8))
    }

    fileprivate static let fence = "```"
}

extension Substring {
    /// From the first brace that begins a line, or stands behind the opening of a fence; without one it is all.
    fileprivate var ownObject: Substring {
        for line in split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            let before = line.prefix { $0 != "{" }
            let words = before.split(whereSeparator: \.isWhitespace)
            guard words.isEmpty || words.count == 1 && words[0].hasPrefix(Judgement.fence) else { continue }
            if before.endIndex < line.endIndex { return self[before.endIndex...] }
        }
        return self
    }
}

extension String {
    fileprivate var trimmingSpace: Substring {
        let end = lastIndex { !$0.isWhitespace }
        return end.map { self[...$0] } ?? ""
    }
}
