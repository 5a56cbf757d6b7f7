package import BatchCore

/// An event on its way to those who asked to be told.
package struct Notice: Equatable, Sendable {
    /// `webhook-id`: the same in every attempt and for every receiver, so that one who gets it twice can drop it.
    package let id: String
    /// `budget.exhausted`: the name of the event in the log.
    package let event: String
    /// When it happened, not when it is told.
    package let at: Timestamp
    package let facts: [String: String]

    package init(id: String, event: String, at: Timestamp, facts: [String: String]) {
        self.id = id
        self.event = event
        self.at = at
        self.facts = facts
    }

    /// The body for a webhook, by the Standard Webhooks specification: `{"type","timestamp","data"}`.
    package var payload: [UInt8] { json(withID: false) }

    /// The same with the id, which a program is told by no header.
    package var payloadWithID: [UInt8] { json(withID: true) }

    private func json(withID: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            if withID { writer.member("id", id) }
            writer.member("type", event)
            writer.member("timestamp", at.description)
            writer.object("data") { $0.write(facts) }
        }
        return writer.bytes
    }
}

/// One who is told. Each has its own account of what it was told already.
package enum NoticeReceiver: String, CaseIterable, Sendable {
    case exec, webhook
}

extension JSONWriter {
    /// As members, by name.
    mutating func write(_ facts: [String: String]) {
        for (name, value) in facts.sorted(by: { $0.key < $1.key }) { member(name, value) }
    }
}
