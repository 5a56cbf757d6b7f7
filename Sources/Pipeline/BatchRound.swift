import Backends
import BatchCore
import DurableFiles
import Ledgers
import Logging
import Spooling

/// Steps 8 and 9 for the requests that go out as one batch: does what `ProviderBatch` says, each phase on disk before
/// it is entered. It can be left at any step and entered again by another process.
struct BatchRound: Sendable {
    let shard: ShardRun
    private(set) var record: ProviderBatchRecord
    /// Of its reservation.
    private let day: CivilDate
    private let interface: BatchInterface
    let model: Model
    private var results = BatchResults()
    /// Questions in a row that brought no answer, and whether the endpoint is in trouble by them.
    private var unanswered = 0
    private var isInTrouble = false
    /// A pause that has begun meanwhile.
    private var heldBack: Pause?

    private static let unansweredMax = 3
    /// How soon it notices a stop or a pause.
    private static let step = Duration.milliseconds(200)

    init(_ shard: ShardRun, _ record: ProviderBatchRecord, on day: CivilDate) {
        self.shard = shard
        self.record = record
        self.day = day
        let catalogue = shard.run.policies.catalogue
        interface = catalogue.endpoints[record.endpoint]?.batch ?? BatchInterface(record.interface)
        // One that is configured no more is still charged.
        var model =
            catalogue.models[record.model]
            ?? Model(
                name: record.model, endpoint: record.endpoint, price: record.price, maxOutputTokens: 1)
        model.endpoint = record.endpoint
        self.model = model
    }

    var run: JobRun { shard.run }
    var number: Int { shard.shard.number }
    /// To book what came of it.
    var round: Round {
        Round(
            shard: shard, request: run.request(number, model, round: record.round), day: day, model: model,
            pricedAt: record.plannedAt, tries: LineTries(clock: run.services.clock), settlesEach: false)
    }

    /// - Parameter isNew: planned a moment ago. Of one that an earlier run planned, and did no more, the prices and the
    ///   configuration may have changed, and nothing was asked: it is planned anew.
    /// - Returns: why it is left before its end; nil: it is over, booked and settled.
    mutating func run(isNew: Bool) async throws -> ParkReason? {
        guard let endpoint = run.policies.catalogue.endpoints[record.endpoint] else { return try missingEndpoint() }
        var machine = ProviderBatch(
            record.phase, askedAt: record.askedAt, hasFiles: wire.hasFiles, poll: interface.poll,
            lookup: interface.lookup)
        let isStale = !isNew && record.phase == .planned
        var (step, pause) = (
            isStale ? machine.abandon(because: "") : machine.start(at: run.services.now()), Duration.zero
        )
        while true {
            try await enter(machine.phase, askedAt: machine.askedAt)
            shard.turn.isIdle()  // it fills no slot, also after a line was booked
            if let hindrance = try await wait(pause, before: step) {
                guard case .paused = hindrance, step.sends else {
                    return try await leave(endpoint, because: hindrance)
                }
                // Nothing is out, and a pause may be long: its money and its requests are not kept for it.
                (step, pause) = (machine.abandon(because: ""), .zero)
                continue
            }
            switch step {
            case .book(let state):
                tell("batch.ended", ["state": "\(state.word)", "results": "\(results.entries.count)"])
                try await book(results, of: state)
                return try await close()
            case .lose(let reason):
                try await lose(because: reason)
                return try await close()
            case .abandon(let reason):
                try await abandon(because: reason)
                return try await close()
            default:
                if let event = try await take(step, endpoint) {
                    (step, pause) = machine.handle(event, at: run.services.now())
                } else {
                    (step, pause) = (machine.abandon(because: ""), .zero)
                }
            }
        }
    }

    /// One step, and what came of it.
    /// - Returns: nil: what is not sent yet cannot be sent as it was planned, since the configuration has changed.
    private mutating func take(
        _ step: ProviderBatch.Step, _ endpoint: Endpoint
    ) async throws -> ProviderBatch.Event? {
        if step == .begin { return try await begin() ? .begun : nil }
        let backend: any BatchBackend
        do { backend = try self.backend(endpoint) } catch {
            return try event(.refused((error as? MissingAPIKey)?.reason ?? "its key cannot be read: \(error)"))
        }
        switch step {
        case .upload:
            guard let content = try await content() else { return nil }
            return try event(await backend.upload(content, named: record.name))
        case .findFile:
            return try event(await backend.findFile(named: record.name))
        case .create(let file):
            guard mayStillBeSent(at: run.services.now()), let content = backend.hasFiles ? [] : try await content()
            else { return nil }
            return try event(
                await backend.create(named: record.name, file: file, url: shard.shard.kind.url, lines: content))
        case .findBatch(let file):
            let others = try run.directory.batches().filter { $0.shard != number }.compactMap(\.batch.batchID)
            let wanted = BatchSearch(
                name: record.name, file: file, lines: record.lines.count, plannedAt: record.plannedAt,
                others: Set(others))
            return try event(await backend.findBatch(wanted))
        case .look(let batch):
            let reply = await backend.look(at: batch)
            if case .done(let state) = reply, record.note(state) { try await show() }
            return try event(reply) { .seen($0) }
        case .fetch(_, let state):
            let reply = await backend.results(of: state)
            if case .done(let found) = reply { results = found }
            return try event(reply) { _ in .fetched }
        case .begin, .book, .lose, .abandon: preconditionFailure("\(step) asks nothing of a provider")
        }
    }

    private mutating func event(_ reply: BatchReply<String>) throws -> ProviderBatch.Event {
        try event(reply) { .made($0) }
    }

    /// An endpoint that refuses, or does not answer again and again, is in trouble for everybody, until it answers this
    /// batch. Of what was asked of it nothing is given up by that.
    private mutating func event<Value>(
        _ reply: BatchReply<Value>, _ done: (Value) -> ProviderBatch.Event
    ) throws -> ProviderBatch.Event {
        switch reply {
        case .done(let value):
            if isInTrouble, run.services.endpoints.succeed(record.endpoint) {
                run.services.logger.notice("endpoint.recovered", metadata: ["endpoint": "\(record.endpoint)"])
            }
            (unanswered, isInTrouble) = (0, false)
            return done(value)
        case .missing:
            return .missing
        case .refused(let reason):
            try tellTrouble(reason)
            return .refused(reason)
        case .unanswered(let reason):
            unanswered += 1
            if unanswered >= Self.unansweredMax { try tellTrouble(reason) }
            return .unanswered(reason)
        case .undecided(let reason):
            return .unanswered(reason)
        }
    }

    private mutating func tellTrouble(_ reason: String) throws {
        isInTrouble = true
        try round.trouble(record.endpoint, reason)
    }

    /// - Throws: `MissingAPIKey`, where the key or what it is reached by is not there.
    private func backend(_ endpoint: Endpoint) throws -> any BatchBackend {
        let key = try run.services.apiKey(endpoint)
        let template = BackendRequest(
            url: endpoint.url, bearerToken: endpoint.interface.bearerToken(key: key),
            headers: endpoint.interface.headers(key: key), body: [], timeout: run.policies.retry.requestTimeout,
            responseLimitBytes: endpoint.transport.answerBytesMax, transport: try run.services.transport(endpoint))
        return backend(template)
    }

    private func backend(_ template: BackendRequest) -> any BatchBackend {
        switch record.interface {
        case .openAI: OpenAIBatches(run.services.backend, template, scratchIn: run.directory.path)
        case .anthropic: AnthropicBatches(run.services.backend, template, scratchIn: run.directory.path)
        }
    }

    /// Its texts, where nothing is asked of the provider.
    var wire: any BatchBackend { backend(BackendRequest(url: "", body: [], timeout: .zero)) }

    /// The phase is on disk before anything is done in it.
    private mutating func enter(_ phase: ProviderBatch.Phase, askedAt: Timestamp?) async throws {
        guard phase != record.phase || askedAt != record.askedAt else { return }
        let isNew = phase != record.phase
        record.phase = phase
        record.askedAt = askedAt
        if isNew, case .created(let batch) = phase {
            record.createdAt = run.services.now()
            tell("batch.created", ["batch": "\(batch)", "lines": "\(record.lines.count)"])
        }
        try await show()
    }

    private func show() async throws {
        try run.directory.write(record, of: number)
        try run.progress.note("shard \(number) \(record.summary)")
    }

    /// An operator's pause holds back what would send something; what is out is looked at all the same, until the pause
    /// is over: then the job is left, to begin again with all that it held back.
    /// - Returns: why it ended before; nil: `pause` is over.
    private mutating func wait(_ pause: Duration, before step: ProviderBatch.Step) async throws -> ParkReason? {
        let clock = run.services.clock
        let end = clock.now + pause
        while true {
            if run.isHalted { return .stopping }
            if let held = run.pause {
                if step.sends { return .paused(held) }
                heldBack = held
            } else if let heldBack {
                return .paused(heldBack)
            }
            let now = clock.now
            if now >= end { return nil }
            try await clock.sleep(until: min(end, now + Self.step))
        }
    }

    /// It is out, and goes on without us, or is ended where the configuration says so.
    private func leave(_ endpoint: Endpoint, because hindrance: ParkReason) async throws -> ParkReason {
        guard hindrance == .stopping, run.halt.error == nil, interface.atStop == .cancel,
            case .created(let batch) = record.phase
        else { return hindrance }
        let backend: any BatchBackend
        do { backend = try self.backend(endpoint) } catch { return hindrance }
        // Whether it was heard shows at the next start.
        let reply = await backend.cancel(batch)
        if case .done(let state) = reply { tell("batch.cancelled", ["state": "\(state.word)"]) }
        return hindrance
    }

    private func missingEndpoint() throws -> ParkReason {
        let reason = "it is not in models.toml any more, and the batch \(record.name) is with it"
        try round.trouble(record.endpoint, reason)
        return .endpoint(name: record.endpoint, reason: reason, until: run.services.now() + .seconds(60))
    }

    /// No batch was made: the attempts were none.
    private func abandon(because reason: String) async throws {
        for mark in marks() { run.attempts.endUnsent(mark) }
        if !reason.isEmpty { try round.trouble(record.endpoint, reason) }
    }

    /// All of it is on disk: the reservation ends at what the files say, as it would after a crash.
    private func close() async throws -> ParkReason? {
        try await run.attempts.flush()
        let end = run.attempts.settlement(of: number, round: record.round, shard.file.entries)
        try await run.services.ledger.close(ReservationID(job: run.job, shard: number), on: day, end)
        try run.directory.removeBatch(of: number)
        return nil
    }

    func tell(_ event: Logger.Message, _ facts: Logger.Metadata, level: Logger.Level = .info) {
        var facts = facts
        facts["job"] = "\(run.job)"
        facts["lane"] = "\(run.lane.name)"
        facts["shard"] = "\(number)"
        facts["name"] = "\(record.name)"
        run.services.logger.log(level: level, event, metadata: facts)
    }
}
