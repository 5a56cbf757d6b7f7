package import BatchCore

/// What was told, what is still to be told to whom, and which states last: the meaning of the outbox's records, as a
/// value. A decision is made of records, and only `apply` changes anything, so that a restart knows what this knew.
package struct NoticeMemory: Equatable, Sendable {
    /// A state of a subject: `causes` that were told since it began, none while it is over.
    package struct State: Equatable, Sendable {
        /// How often it has ended: what makes the next time another event.
        package var period = 0
        package var causes: Set<String> = []
        package var touchedAt: Timestamp
    }

    package struct Pending: Equatable, Sendable {
        package let notice: Notice
        package let key: String
        package var receivers: [NoticeReceiver]
    }

    /// What is older than this is forgotten; no event is the same one a month later.
    package static let memory = Duration.seconds(30 * 86_400)

    /// Characters of one fact: a notice has to fit into a pipe, and receivers want less than 20 KB.
    package static let longestFact = 1000

    package private(set) var salt = ""
    private var openedAt = Timestamp(seconds: 0)
    private var told: [String: Timestamp] = [:]
    private var states: [String: State] = [:]
    /// In the order in which they came.
    package private(set) var pending: [Pending] = []
    private var givenUp: [GivenUp] = []

    private struct GivenUp: Equatable, Sendable {
        let id: String
        let receiver: NoticeReceiver
        let at: Timestamp
    }

    package init() {}

    /// Notices that were given up within the last month, once for each receiver.
    package var givenUpCount: Int { givenUp.count }

    package func isOn(_ subject: String) -> Bool { states[subject]?.causes.isEmpty == false }

    package func isOn(_ subject: String, for cause: String) -> Bool { states[subject]?.causes.contains(cause) == true }

    /// The subjects whose state lasts.
    package var subjects: [String] { states.filter { !$0.value.causes.isEmpty }.keys.sorted() }

    package enum Decision: Equatable, Sendable {
        /// It is an event, and these records are what it comes to.
        case news([OutboxRecord])
        /// It goes on as it was told: worth a line in the log, no notice.
        case again
        /// It is no event: a fact that is known, or the end of what never began.
        case nothing
    }

    /// What an event comes to. Its id follows from what it is, never from a clock or from chance: should the record be
    /// lost after it was told, the repeat is known by it.
    /// - Parameter receivers: who is told at present.
    package func decide(
        _ rule: NoticeRule, _ event: String, _ facts: [String: String], at time: Timestamp,
        to receivers: [NoticeReceiver]
    ) -> Decision {
        func record(_ key: String) -> [OutboxRecord] {
            if told[key] != nil { return [] }
            if receivers.isEmpty { return [.known(key: key, at: time)] }
            let short = facts.mapValues { $0.count > Self.longestFact ? $0.prefix(Self.longestFact) + "…" : $0 }
            let notice = Notice(id: id(of: key), event: event, at: time, facts: short)
            return [.notice(notice, key: key, receivers: receivers)]
        }
        switch rule {
        case .once(let key, let ending):
            if told[key] != nil { return .nothing }
            return .news(record(key) + end(ending, at: time))
        case .begins(let subject, let cause):
            if isOn(subject, for: cause) { return .again }
            let key = "\(event)/\(subject)/\(cause)/\(states[subject]?.period ?? 0)"
            return .news(record(key) + [.begun(subject: subject, cause: cause, at: time)])
        case .ends(let subject):
            guard isOn(subject) else { return .nothing }
            return .news(record("\(event)/\(subject)/\(states[subject]?.period ?? 0)") + end(subject, at: time))
        case .endsSilently(let subjects):
            return .news(subjects.flatMap { end($0, at: time) })
        }
    }

    private func end(_ subject: String?, at time: Timestamp) -> [OutboxRecord] {
        guard let subject, isOn(subject) else { return [] }
        return [.ended(subject: subject, at: time)]
    }

    private func id(of key: String) -> String {
        "msg_" + SHA256.digest(of: Array("\(salt)\n\(key)".utf8)).hex.prefix(32)
    }

    package mutating func apply(_ record: OutboxRecord) {
        switch record {
        case .opened(let at, let salt):
            self.salt = salt
            openedAt = at
        case .notice(let notice, let key, let receivers):
            told[key] = notice.at
            pending.append(Pending(notice: notice, key: key, receivers: receivers))
        case .delivered(let id, let receiver, _):
            settle(id, receiver)
        case .givenUp(let id, let receiver, let at):
            settle(id, receiver)
            givenUp.append(GivenUp(id: id, receiver: receiver, at: at))
        case .known(let key, let at):
            told[key] = at
        case .begun(let subject, let cause, let at):
            states[subject, default: State(touchedAt: at)].causes.insert(cause)
            states[subject]?.touchedAt = at
        case .ended(let subject, let at):
            states[subject, default: State(touchedAt: at)].causes = []
            states[subject]?.period += 1
            states[subject]?.touchedAt = at
        case .state(let subject, let period, let causes, let at):
            states[subject] = State(period: period, causes: Set(causes), touchedAt: at)
        }
    }

    private mutating func settle(_ id: String, _ receiver: NoticeReceiver) {
        guard let index = pending.firstIndex(where: { $0.notice.id == id }) else { return }
        pending[index].receivers.removeAll { $0 == receiver }
        if pending[index].receivers.isEmpty { pending.remove(at: index) }
    }

    /// The shortest records that come to the same, without what is too old to matter.
    package func compacted(at time: Timestamp) -> [OutboxRecord] {
        func isYoung(_ then: Timestamp) -> Bool { time - then < Self.memory }
        let waiting = pending.filter { isYoung($0.notice.at) }
        let keys = Set(waiting.map(\.key))
        var records: [OutboxRecord] = [.opened(at: openedAt, salt: salt)]
        records += told.filter { isYoung($0.value) && !keys.contains($0.key) }.sorted { $0.key < $1.key }
            .map { .known(key: $0.key, at: $0.value) }
        records += states.filter { isYoung($0.value.touchedAt) || !$0.value.causes.isEmpty }.sorted { $0.key < $1.key }
            .map { subject, state in
                .state(
                    subject: subject, period: state.period, causes: state.causes.sorted(), at: state.touchedAt)
            }
        records += givenUp.filter { isYoung($0.at) }.map { .givenUp(id: $0.id, $0.receiver, at: $0.at) }
        records += waiting.map { .notice($0.notice, key: $0.key, receivers: $0.receivers) }
        return records
    }
}
