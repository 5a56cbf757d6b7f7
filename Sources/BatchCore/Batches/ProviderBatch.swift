/// One batch at a provider, from the intent to its results, as a pure state machine: what came of the last step goes
/// in, the next step comes out. The shell puts `phase` on disk before it takes a step that has changed it.
///
/// A provider has no idempotency key. So that no batch is ever created twice, a step whose outcome nobody knows (no
/// answer, a 5xx, a process that ended meanwhile) is looked up before it is taken again, and "there is none" is
/// believed only from several look-ups with growing pauses between, and of a batch, which can be billed, not before a
/// stated time is over: a list may lag behind what it lists, and a creation may be late.
package struct ProviderBatch: Equatable, Sendable {
    /// What may have happened at the provider.
    package enum Phase: Equatable, Sendable {
        /// Nothing was asked of it.
        case planned
        /// The upload of its input file was asked for; nobody knows whether it is there.
        case uploading
        /// The file is there, under its id at the provider.
        case uploaded(file: String)
        /// The batch was asked for; nobody knows whether it is there. `file`: nil where the interface has none.
        case creating(file: String?)
        /// It is there, under its id at the provider, and may cost money.
        case created(batch: String)
        /// It is given up, and none was created: nothing is ever asked of the provider again.
        case abandoned
    }

    package enum Event: Equatable, Sendable {
        /// The attempts on its lines are on disk.
        case begun
        /// The file, or the batch, was made, or a look-up has found it: its id at the provider.
        case made(String)
        /// A look-up found none, or the provider knows no batch of that id.
        case missing
        /// Asked, and certainly not done: an error status that says so, or no byte left.
        case refused(String)
        /// Asked, and no answer that says whether it was done; of a question, that it was not answered.
        case unanswered(String)
        case seen(ProviderBatchState)
        /// The results are here.
        case fetched
    }

    package enum Step: Equatable, Sendable {
        /// Put the attempts on disk.
        case begin
        case upload
        case findFile
        case create(file: String?)
        case findBatch(file: String?)
        case look(batch: String)
        case fetch(batch: String, ProviderBatchState)
        /// Book what there is of the results.
        case book(ProviderBatchState)
        /// Nothing was created, and nothing can be billed: its money is free.
        case abandon(because: String)
        /// The provider knows nothing of it (any more): what it cost is not known.
        case lose(because: String)

        /// Does something new go out by it?
        package var sends: Bool {
            switch self {
            case .begin, .upload, .create: true
            case .findFile, .findBatch, .look, .fetch, .book, .abandon, .lose: false
            }
        }
    }

    /// So many look-ups in a row must have found nothing.
    package static let missesMax = 3
    /// So often a file or a batch is asked for, when look-ups say each time that it was not made.
    package static let asksMax = 3
    /// So often a batch that has ended without saying where its results are is looked at again.
    package static let looksForResultsMax = 3
    private static let doublingsMax = 4
    /// Between two look-ups for what was not found, unless `poll` is more.
    private static let pauseMax = Duration.seconds(300)

    package private(set) var phase: Phase
    /// Has the interface files of its own, which are uploaded first?
    private let hasFiles: Bool
    /// Between two looks at a batch at work.
    private let poll: Duration
    /// For so long a batch is looked up before it is believed that there is none.
    private let lookup: Duration
    /// When the batch was asked for last, or that was given up; it can have been made since.
    package private(set) var askedAt: Timestamp?
    /// When a batch that is known was missing for the first time.
    private var missingSince: Timestamp?
    private var looksForResults = 0
    private var misses = 0
    private var asks = 0
    private var troubles = 0
    private var ended: ProviderBatchState?
    /// Is the step that is out one that makes something?
    private var isAsking = false

    /// - Parameters:
    ///   - phase: as it stands on disk.
    ///   - askedAt: the same.
    package init(_ phase: Phase, askedAt: Timestamp?, hasFiles: Bool, poll: Duration, lookup: Duration) {
        self.phase = phase
        self.askedAt = askedAt
        self.hasFiles = hasFiles
        self.poll = poll
        self.lookup = lookup
    }

    /// The first step of a process: what another one began is looked up.
    /// - Parameter time: by the wall clock, as everywhere here: it goes on while no process is there.
    package mutating func start(at time: Timestamp) -> Step {
        isAsking = false
        switch phase {
        case .planned: return .begin
        case .uploading: return .findFile
        case .uploaded(let file): return create(file, at: time)
        case .creating(let file): return .findBatch(file: file)
        case .created(let batch): return .look(batch: batch)
        case .abandoned: return .abandon(because: "")
        }
    }

    /// Gives it up before anything was asked for that could be billed.
    package mutating func abandon(because reason: String) -> Step {
        phase = .abandoned
        return .abandon(because: reason)
    }

    /// - Returns: the next step, and how long to wait before it.
    package mutating func handle(_ event: Event, at time: Timestamp) -> (step: Step, pause: Duration) {
        switch event {
        case .begun:
            return hasFiles ? (upload(), .zero) : (create(nil, at: time), .zero)
        case .made(let id):
            (misses, asks, troubles, isAsking) = (0, 0, 0, false)
            if case .uploading = phase { return (create(id, at: time), .zero) }
            phase = .created(batch: id)
            return (.look(batch: id), poll)
        case .missing:
            (misses, troubles, ended) = (misses + 1, 0, nil)
            if misses == 1 { missingSince = time }
            return misses < Self.missesMax || isTooSoon(time)
                ? (start(at: time), pauseOfMiss()) : believeMissing(at: time)
        case .refused(let reason):
            return refused(reason, at: time)
        case .unanswered:
            if isAsking, case .creating = phase { askedAt = time }
            if let ended, case .created(let batch) = phase { return (.fetch(batch: batch, ended), pauseOfTrouble()) }
            return (start(at: time), pauseOfTrouble())
        case .seen(let state):
            guard case .created(let batch) = phase else { preconditionFailure("a batch is looked at by its id") }
            troubles = 0
            guard state.end != nil else {
                misses = 0
                return (.look(batch: batch), poll)
            }
            // Where they are may be said later than that there are some.
            if state.lacksResults, looksForResults < Self.looksForResultsMax {
                looksForResults += 1
                return (.look(batch: batch), poll)
            }
            // The misses stay: of a batch that is known, the results may be gone.
            ended = state
            return state.hasResults ? (.fetch(batch: batch, state), .zero) : (.book(state), .zero)
        case .fetched:
            guard let ended else { preconditionFailure("results are fetched of a batch that has ended") }
            return (.book(ended), .zero)
        }
    }

    private mutating func upload() -> Step {
        (misses, asks, isAsking) = (0, asks + 1, true)
        phase = .uploading
        return .upload
    }

    private mutating func create(_ file: String?, at time: Timestamp) -> Step {
        (misses, asks, isAsking) = (0, asks + 1, true)
        askedAt = time
        phase = .creating(file: file)
        return .create(file: file)
    }

    /// Of a file, which nobody bills, a few look-ups are enough.
    private mutating func isTooSoon(_ time: Timestamp) -> Bool {
        func isOver(_ since: inout Timestamp?) -> Bool {
            // One whose clock was set back, or who was not told the time, begins anew.
            let begun = since.map { min($0, time) } ?? time
            since = begun
            return begun + lookup <= time
        }
        return switch phase {
        case .creating: !isOver(&askedAt)
        case .created: !isOver(&missingSince)
        case .planned, .uploading, .uploaded, .abandoned: false
        }
    }

    private mutating func believeMissing(at time: Timestamp) -> (Step, Duration) {
        switch phase {
        case .uploading where asks < Self.asksMax: return (upload(), .zero)
        case .creating(let file) where asks < Self.asksMax: return (create(file, at: time), .zero)
        case .created(let batch):
            return (.lose(because: "the provider knows nothing of the batch \(batch), or its results, any more"), .zero)
        default: return (abandon(because: "it makes no batch, and does not say why"), .zero)
        }
    }

    /// Of a question, a refusal says nothing about the batch: the key may be wrong for a while.
    private mutating func refused(_ reason: String, at time: Timestamp) -> (Step, Duration) {
        guard isAsking else { return handle(.unanswered(reason), at: time) }
        return (abandon(because: reason), .zero)
    }

    private func pauseOfMiss() -> Duration {
        max(poll, min(poll * (1 << min(misses - 1, 20)), Self.pauseMax))
    }

    private mutating func pauseOfTrouble() -> Duration {
        troubles += 1
        return poll * (1 << min(troubles - 1, Self.doublingsMax))
    }
}
