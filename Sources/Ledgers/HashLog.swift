package import BatchCore

/// The memory of what was asked and paid for before. An embedded one is `FileHashLog`; a shared one for several hosts
/// would stand behind the same protocol.
package protocol HashLog: Sendable {
    /// What is known of each key, in the order of `keys`; nil: nothing, or nothing any more (pruned, forgotten).
    func recall(_ keys: [RequestKey]) async throws(LedgerError) -> [Memory?]

    /// The response member (`{"status_code", "request_id", "body"}`) of an accepted answer.
    /// - Returns: nil where the answer was pruned or forgotten since it was recalled: the key is unknown by now.
    /// - Throws: `.damaged` where something else stands there.
    func response(at locator: AnswerLocator, for key: RequestKey) async throws(LedgerError) -> [UInt8]?

    /// Takes accepted answers in. Durable when it returns.
    /// - Parameters:
    ///   - origin: who paid for them; nil: nobody whom `forget` could name, as with answers that are imported.
    ///   - replacing: answers whose key has one already take its place, as after a retry; else they are passed over.
    ///   - outdated: what was recorded before that moment is replaced in any case, and by an equal answer as well: it
    ///     is as new as the day on which it was given again.
    func accept(
        _ answers: [(key: RequestKey, response: [UInt8])], from origin: AnswerOrigin?, replacing: Bool,
        outdated: Timestamp?
    ) async throws(LedgerError)

    /// Remembers requests that were paid for and whose answers were not accepted. Durable when it returns.
    func rememberDefects(_ keys: [RequestKey]) async throws(LedgerError)

    /// Is there anything for `maintain` to do?
    var isMaintenanceDue: Bool { get async }

    /// Finishes what a crash left half done, compresses, and gives up what is older or more than is kept. It takes
    /// its time, and goes on beside all other calls.
    /// - Parameter isStopping: asked now and then; nothing is lost by stopping.
    func maintain(_ retention: Retention, isStopping: @Sendable () -> Bool) async throws(LedgerError) -> Pruned

    /// Gives up the oldest answers, whole segments at a time: their keys are unknown from there on.
    func prune(keeping retention: Retention) async throws(LedgerError) -> Pruned

    /// Makes answers unknown and removes their bytes. When it returns they are in no file of the hash log; a crash on
    /// the way is finished by the next `maintain`.
    func forget(_ selection: AnswerSelection) async throws(LedgerError) -> Forgotten

    /// Writes down what makes the next start quick; the last call.
    /// - Throws: nothing is lost then.
    func close() async throws(LedgerError)

    /// Remembers that a file of these bytes (SHA-256) was paid for and rejected. Durable when it returns.
    func rememberRejected(_ file: SHA256Digest) async throws(LedgerError)

    /// Was a file of these bytes paid for and rejected?
    func wasRejected(_ file: SHA256Digest) async throws(LedgerError) -> Bool
}

package enum Memory: Equatable, Sendable {
    /// A gate accepted the answer that stands there.
    case accepted(StoredAnswer)
    /// It was paid for, and the gate did not accept the answer: sending it again is paying twice, and needs a person.
    case defect
}

/// An accepted answer as the keys know it.
package struct StoredAnswer: Equatable, Sendable {
    package var locator: AnswerLocator
    /// Unix seconds. It was accepted then, or, if it was imported, then by whoever exported it.
    package var recordedAt: Int64
    /// The request was paid for again since then, and that answer was not accepted.
    package var hasLaterDefect: Bool

    package init(locator: AnswerLocator, recordedAt: Int64, hasLaterDefect: Bool = false) {
        self.locator = locator
        self.recordedAt = recordedAt
        self.hasLaterDefect = hasLaterDefect
    }
}

/// Whose request an answer was paid for: what `hashlog forget --job` and `--uid` go by.
package struct AnswerOrigin: Equatable, Sendable {
    package var job: String
    /// The owner of the delivered file.
    package var uid: UInt32
    package var lane: String

    package init(job: String, uid: UInt32, lane: String) {
        self.job = job
        self.uid = uid
        self.lane = lane
    }
}

extension HashLog {
    /// Takes in accepted answers to what had none.
    package func accept(
        _ answers: [(key: RequestKey, response: [UInt8])], from origin: AnswerOrigin? = nil
    ) async throws(LedgerError) {
        try await accept(answers, from: origin, replacing: false)
    }

    package func accept(
        _ answers: [(key: RequestKey, response: [UInt8])], from origin: AnswerOrigin?, replacing: Bool
    ) async throws(LedgerError) {
        try await accept(answers, from: origin, replacing: replacing, outdated: nil)
    }
}
