package import BatchCore

/// The memory of what was asked and paid for before. An embedded one is `FileHashLog`; a shared one for several hosts
/// would stand behind the same protocol.
package protocol HashLog: Sendable {
    /// What is known of each key, in the order of `keys`; nil: nothing.
    func recall(_ keys: [RequestKey]) async throws(LedgerError) -> [Memory?]

    /// The response member (`{"status_code", "request_id", "body"}`) of an accepted answer.
    func response(at locator: AnswerLocator, for key: RequestKey) async throws(LedgerError) -> [UInt8]

    /// Takes accepted answers in. Durable when it returns.
    /// - Parameter replacing: answers whose key has one already take its place, as after a retry; else they are passed
    ///   over.
    func accept(_ answers: [(key: RequestKey, response: [UInt8])], replacing: Bool) async throws(LedgerError)

    /// Remembers requests that were paid for and whose answers were not accepted. Durable when it returns.
    func rememberDefects(_ keys: [RequestKey]) async throws(LedgerError)

    /// Writes down what makes the next start quick; the last call.
    /// - Throws: nothing is lost then.
    func close() async throws(LedgerError)
}

package enum Memory: Equatable, Sendable {
    /// A gate accepted the answer that stands there.
    case accepted(AnswerLocator)
    /// It was paid for, and the gate did not accept the answer: sending it again is paying twice, and needs a person.
    case defect
}

extension HashLog {
    /// Takes in accepted answers to what had none.
    package func accept(_ answers: [(key: RequestKey, response: [UInt8])]) async throws(LedgerError) {
        try await accept(answers, replacing: false)
    }
}
