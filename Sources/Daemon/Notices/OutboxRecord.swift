package import BatchCore
import Ledgers

/// A line of `outbox/notices.jsonl`: JSON, sealed by a checksum like a record of the budget.
package enum OutboxRecord: Equatable, Sendable {
    /// The first line. The salt makes ids of this outbox differ from those of any other that tells the same receiver.
    case opened(at: Timestamp, salt: String)
    /// To be told to `receivers`; `key` is what it is known by.
    case notice(Notice, key: String, receivers: [NoticeReceiver])
    case delivered(id: String, NoticeReceiver, at: Timestamp)
    case givenUp(id: String, NoticeReceiver, at: Timestamp)
    /// Told, or known with nobody to tell.
    case known(key: String, at: Timestamp)
    /// A subject came into a state for a cause.
    case begun(subject: String, cause: String, at: Timestamp)
    case ended(subject: String, at: Timestamp)
    /// What several of the two above came to, after `period` ends.
    case state(subject: String, period: Int, causes: [String], at: Timestamp)

    /// With its newline.
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("v", 1)
            writer.member("kind", kind)
            write(to: &writer)
        }
        return SealedLine.seal(writer.bytes) + [UInt8(ascii: "\n")]
    }

    private var kind: String {
        switch self {
        case .opened: "opened"
        case .notice: "notice"
        case .delivered: "delivered"
        case .givenUp: "given_up"
        case .known: "known"
        case .begun: "begun"
        case .ended: "ended"
        case .state: "state"
        }
    }

    private func write(to writer: inout JSONWriter) {
        func stamp(_ time: Timestamp) { writer.member("at", time.description) }
        switch self {
        case .opened(let at, let salt):
            stamp(at)
            writer.member("salt", salt)
        case .notice(let notice, let key, let receivers):
            stamp(notice.at)
            writer.member("id", notice.id)
            writer.member("event", notice.event)
            writer.member("key", key)
            writer.array("to") { for receiver in receivers { $0.element(receiver.rawValue) } }
            writer.object("data") { $0.write(notice.facts) }
        case .delivered(let id, let receiver, let at), .givenUp(let id, let receiver, let at):
            stamp(at)
            writer.member("id", id)
            writer.member("to", receiver.rawValue)
        case .known(let key, let at):
            stamp(at)
            writer.member("key", key)
        case .begun(let subject, let cause, let at):
            stamp(at)
            writer.member("subject", subject)
            writer.member("cause", cause)
        case .ended(let subject, let at):
            stamp(at)
            writer.member("subject", subject)
        case .state(let subject, let period, let causes, let at):
            stamp(at)
            writer.member("subject", subject)
            writer.member("period", period)
            writer.array("causes") { for cause in causes { $0.element(cause) } }
        }
    }

    /// - Parameter line: without its newline.
    /// - Returns: nil for what is not as it was written.
    package init?(line: [UInt8]) {
        guard SealedLine.isWhole(line) else { return nil }
        let json: JSONValue
        do { json = try JSONValue(parsing: line) } catch { return nil }
        func text(_ name: String) -> String { json[name]?.string ?? "" }
        func receivers(_ values: [JSONValue]) -> [NoticeReceiver] {
            values.compactMap { $0.string.flatMap(NoticeReceiver.init(rawValue:)) }
        }
        guard json["v"]?.int == 1, let at = Timestamp(text("at")) else { return nil }
        switch (text("kind"), receivers([json["to"] ?? .null]).first) {
        case ("opened", _): self = .opened(at: at, salt: text("salt"))
        case ("notice", _):
            let facts = (json["data"]?.members ?? []).map { ($0.name, $0.value.string ?? "") }
            let notice = Notice(
                id: text("id"), event: text("event"), at: at, facts: Dictionary(facts) { first, _ in first })
            self = .notice(notice, key: text("key"), receivers: receivers(json["to"]?.array ?? []))
        case ("delivered", let receiver?): self = .delivered(id: text("id"), receiver, at: at)
        case ("given_up", let receiver?): self = .givenUp(id: text("id"), receiver, at: at)
        case ("known", _): self = .known(key: text("key"), at: at)
        case ("begun", _): self = .begun(subject: text("subject"), cause: text("cause"), at: at)
        case ("ended", _): self = .ended(subject: text("subject"), at: at)
        case ("state", _):
            self = .state(
                subject: text("subject"), period: json["period"]?.int ?? 0,
                causes: (json["causes"]?.array ?? []).compactMap(\.string), at: at)
        default: return nil
        }
    }
}
