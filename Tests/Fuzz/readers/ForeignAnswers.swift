import BatchCore

@testable import Backends
@testable import Gates

/// What a server answers, what a batch brings back, and what a judge writes.
enum ForeignAnswers {
    static let readers: [FuzzReaders.Reader] = [answer, translated, outcome, openAIBatch, anthropicBatch, verdict]

    private static let urls: [RequestURL] = [.chatCompletions, .completions, .embeddings, .responses, .messages]

    private static func answer(_ bytes: [UInt8]) {
        for url in urls {
            guard let answer = ParsedAnswer(body: bytes.span, url: url) else { continue }
            if let usage = answer.usage {
                precondition(usage.input >= 0 && usage.output >= 0, "a count below nothing")
                precondition(0...usage.input ~= usage.cached + usage.cacheWrite, "more cached than came in")
                precondition(0...usage.output ~= usage.reasoning, "more thought than went out")
            }
            _ = Judgement(answer: answer)
        }
    }

    /// What is translated is an answer of the other interface.
    private static func translated(_ bytes: [UInt8]) {
        guard let chat = MessagesToChat.body(bytes, created: 0) else { return }
        precondition(ParsedAnswer(body: chat.span, url: .chatCompletions) != nil, "translated, it is no answer")
    }

    /// A line of a shard's file: what is read is written so that it is read again as it was.
    private static func outcome(_ bytes: [UInt8]) {
        var tape = JSONTape()
        guard let outcome = Outcome(record: bytes.span, using: &tape) else { return }
        let record = outcome.record
        guard let again = Outcome(record: record.span, using: &tape) else {
            preconditionFailure("its own record is none")
        }
        precondition(again.record == record, "written again, it is another record")
        precondition(again.spent == outcome.spent && again.usage == outcome.usage, "another charge")
    }

    private static func openAIBatch(_ bytes: [UInt8]) {
        let wire = OpenAIBatchWire()
        _ = wire.page(bytes)
        _ = wire.state(bytes)
        _ = wire.result(bytes)
    }

    private static func anthropicBatch(_ bytes: [UInt8]) {
        let wire = AnthropicBatchWire()
        _ = wire.page(bytes)
        _ = wire.state(bytes)
        _ = wire.result(bytes)
    }

    private static func verdict(_ bytes: [UInt8]) {
        if case .fail(let reason) = Judgement(verdict: bytes) {
            precondition(!reason.isEmpty && reason.unicodeScalars.count <= 300, "a reason without a bound")
        }
    }
}
