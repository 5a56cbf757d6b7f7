import Backends
import BatchCore
import DurableFiles
import Ledgers
import Logging
import Spooling

/// Steps 8 and 9 for the requests that one reservation pays for: each is sent, its outcome is on disk, and only then
/// its share is settled.
final class Round: Sendable {
    let shard: ShardRun
    let number: Int
    let id: ReservationID
    let day: CivilDate
    let model: Model
    /// Of the reservation: what an entry has in it is its worst case at that time.
    let pricedAt: Timestamp
    let tries: LineTries
    /// Of a batch the money is settled as a whole, once all of it is booked.
    let settlesEach: Bool
    private let signal = RoundSignal()

    /// - Parameter request: of the reservation that pays.
    init(
        shard: ShardRun, request: ReservationRequest, day: CivilDate, model: Model, pricedAt: Timestamp,
        tries: LineTries, settlesEach: Bool = true
    ) {
        self.shard = shard
        self.model = model
        self.pricedAt = pricedAt
        number = request.round
        id = request.id
        self.day = day
        self.tries = tries
        self.settlesEach = settlesEach
    }

    private var run: JobRun { shard.run }
    private var services: Services { shard.run.services }

    /// - Returns: why the rest is not sent; nil: each request has its outcome, or another try under new money.
    func send(_ entries: [Reading.Entry]) async throws -> ParkReason? {
        await withDiscardingTaskGroup { group in
            for entry in entries {
                group.addTask { [self] in
                    do { try await send(entry) } catch { await run.halt(because: error) }
                }
            }
        }
        if let error = run.halt.error { throw error }
        return signal.reason
    }

    private func send(_ entry: Reading.Entry) async throws {
        defer { shard.turn.oneLess() }
        if tries.isPostponed(entry.line) { try await idle { try await tries.pause(before: entry.line) { mayGoOn() } } }
        while mayGoOn() {
            guard await run.slots.take(while: { [self] in mayGoOn() }) else { return }
            let step: AttemptStep
            do { step = try await attemptInTurn(entry) } catch {
                run.slots.giveBack()
                throw error
            }
            run.slots.giveBack()
            guard case .again(let pause) = step else { return }
            try sayPause()
            try await idle { try await tries.wait(pause) { mayGoOn() } }
        }
    }

    /// A request that waits before it is tried again leaves its slot to others.
    private func idle(while wait: () async throws -> Void) async throws {
        shard.turn.oneLess()
        try await wait()
        shard.turn.oneMore()
    }

    private func mayGoOn() -> Bool { signal.reason == nil && !run.isHalted && run.pause == nil }

    /// One attempt, once its endpoint may be sent one more. The slot of the lane is held meanwhile: so each lane has as
    /// many in the endpoint's line as may be in flight of it, and an urgent lane does not stand behind a whole big job.
    private func attemptInTurn(_ entry: Reading.Entry) async throws -> AttemptStep {
        try sayPause()
        let pass = try await services.traffic.pass(
            model.endpoint, worstCase: reserved(entry).tokens, while: { [self] in mayGoOn() })
        guard let pass else { return .endpointTrouble("") }
        var end = EndpointTraffic.End()
        defer { services.traffic.end(pass, end) }
        return try await attempt(entry, pass, &end)
    }

    /// One attempt, booked to its end.
    /// - Parameter end: what its endpoint counts of it.
    private func attempt(
        _ entry: Reading.Entry, _ pass: EndpointTraffic.Pass, _ end: inout EndpointTraffic.End
    ) async throws -> AttemptStep {
        let (beginning, clock) = (services.now(), services.clock.now)
        // Asked first: trouble that begins after this turns the attempt away, and makes no probe of it.
        let isProbe = services.endpoints.isInTrouble(model.endpoint)
        if case .unavailable(let name, let reason, let until) = services.endpoints.choose(
            among: [model], at: beginning)
        {
            signal.park(.endpoint(name: name, reason: reason, until: until))
            return .endpointTrouble(reason)
        }
        let reservation = run.request(shard.shard.number, model, round: number)
        if let overdraft = services.ledger.overdraft(of: reservation, on: day) {
            signal.park(.budget(overdraft, reservation))
            return .endpointTrouble("")
        }
        guard let endpoint = run.policies.catalogue.endpoints[model.endpoint],
            let price = model.prices?.price(at: beginning)
        else {
            preconditionFailure("\(model.name) has no endpoint or no price: reader and configuration refuse that")
        }
        let key: String?
        let transport: Transport
        do { (key, transport) = (try services.apiKey(endpoint), try services.transport(endpoint)) } catch {
            let reason = (error as? MissingAPIKey)?.reason ?? "its key cannot be read: \(error)"
            return try trouble(model.endpoint, reason)
        }
        let worstCase = entry.request.worstCase(at: beginning)
        guard reserved(entry).covers(worstCase) else { return awaitNewMoney(entry) }
        let outgoing = try run.input.outgoing(entry, to: model)
        let request = BackendRequest(
            url: endpoint.url + outgoing.url.rawValue, bearerToken: model.interface.bearerToken(key: key),
            headers: model.interface.headers(key: key), body: outgoing.body, timeout: run.policies.retry.requestTimeout,
            responseLimitBytes: entry.request.answerBytesMax(worstCase, atMost: endpoint.transport.answerBytesMax),
            transport: transport)
        let mark = AttemptLog.Attempt(
            line: entry.line, shard: shard.shard.number, round: number, worstCase: worstCase, model: model.name)
        let attempt = tries.begin(entry.line, charged: run.attempts.unknownAttempts(of: entry.line))
        guard services.traffic.mayBegin(pass, isRetry: attempt > 1) || isProbe else {
            tries.forget(entry.line)
            return try trouble(model.endpoint, Self.retriesUsedUp)
        }
        try await run.attempts.begin(mark)
        end.rate = .unknown
        let result = await services.backend.send(request).withoutKeys(of: request)
        let exchange = Exchange(result: result, url: entry.request.kind.url, request: outgoing, at: beginning)
        if let pause = exchange.ending.closesFor { close(for: pause) }
        let step = run.policies.retry.step(
            after: exchange.ending, attempt: attempt, isProbe: services.endpoints.isInTrouble(model.endpoint),
            random: services.random())
        if isProbe, case .unknown(let reason) = exchange.ending { try trouble(model.endpoint, reason) }
        end = try await book(step, exchange, entry, mark, price, since: clock)
        return step
    }

    /// What the reservation holds for a request.
    private func reserved(_ entry: Reading.Entry) -> Amount { entry.request.worstCase(at: pricedAt) }

    /// Prices have risen since the reservation: the attempt that would not be covered is none, and the request goes out
    /// under the next one, which is made at the new price.
    private func awaitNewMoney(_ entry: Reading.Entry) -> AttemptStep {
        settle(entry, spent: .zero, unknown: .zero)
        return .againWithNewMoney(after: .zero, reason: "the price of the model has risen")
    }

    /// Output before settlement: a crash between the two is repaired from the shard's file.
    /// - Parameter beginning: of the attempt; nil: it says nothing of the pace.
    /// - Returns: what its endpoint counts of it.
    @discardableResult
    func book(
        _ step: AttemptStep, _ exchange: Exchange, _ entry: Reading.Entry, _ mark: AttemptLog.Attempt, _ price: Price,
        since beginning: SteadyClock.Instant? = nil
    ) async throws -> EndpointTraffic.End {
        switch step {
        case .answered:
            noteRecovery()
            let outcome = outcome(.answered, exchange, entry, mark, price)
            try await finish(outcome, entry, unknown: .zero)
            if let beginning, shard.shard.role != .judge {
                services.pace.note(
                    lane: run.lane.name, outcome, took: services.clock.now - beginning, at: services.now())
            }
            return exchange.end(.used(tokens: outcome.spent.tokens), .answered(tokens: outcome.usage.output))
        case .failed(_, let message) where shard.shard.role == .judge && exchange.ending.isServerFault:
            // An outcome would be for ever, and the job is to wait for its judge.
            let end = endFree(mark, exchange)
            tries.forget(entry.line)
            signal.park(shard.parked(by: model.name, "while its endpoint fails: \(message)"))
            return end
        case .failed(let code, let message):
            var outcome = outcome(.failed, exchange, entry, mark, price)
            if outcome.response == nil { outcome.error = (code, message) }
            try await finish(outcome, entry, unknown: .zero)
            if exchange.ending.isServerFault { return exchange.end(.unbilled) }
            noteRecovery()
            return exchange.end(.unbilled, .refused)
        case .failedUnknown(_, let message) where shard.shard.role == .judge:
            try await lose(mark, because: message)
            settle(entry, spent: .zero, unknown: mark.worstCase)
            let reason = "and its answers get lost, which is charged: \(message)"
            signal.park(shard.parked(by: model.name, reason, isAskedAgain: false))
            return exchange.end(.unknown)
        case .failedUnknown(let code, let message):
            try await lose(mark, because: message)
            var outcome = outcome(.failed, exchange, entry, mark, price)
            outcome.response = nil
            outcome.error = (code, message)
            try await finish(outcome, entry, unknown: mark.worstCase)
            return exchange.end(.unknown)
        case .againWithNewMoney(let pause, let reason):
            try await lose(mark, because: reason)
            settle(entry, spent: .zero, unknown: mark.worstCase)
            tries.postpone(entry.line, by: pause)
            return exchange.end(.unknown)
        case .again:
            return endFree(mark, exchange)
        case .endpointTrouble(let reason):
            let end = endFree(mark, exchange)
            tries.forget(entry.line)
            try trouble(model.endpoint, reason)
            return end
        }
    }

    private func outcome(
        _ result: Outcome.Result, _ exchange: Exchange, _ entry: Reading.Entry, _ mark: AttemptLog.Attempt,
        _ price: Price
    ) -> Outcome {
        var outcome = Outcome(line: entry.line, result: result)
        outcome.round = number
        outcome.attempts = run.attempts.attempts(of: entry.line)
        outcome.model = model.name
        outcome.response = exchange.response
        if result == .answered, let answer = exchange.answer {
            let charge = Charge(answer: answer, request: exchange.request, worstCase: mark.worstCase, price: price)
            if charge.isFault { noteFault(of: model.endpoint) }
            outcome.spent = charge.amount
            outcome.usage = charge.usage
            outcome.isEstimated = charge.isEstimated
            outcome.exceedsBound = charge.exceedsBound
        }
        return outcome
    }

    private func finish(_ outcome: Outcome, _ entry: Reading.Entry, unknown: Amount) async throws {
        try await shard.file.append(outcome)
        settle(entry, spent: outcome.spent, unknown: unknown)
        try shard.advance()
    }

    /// An attempt that cost nothing.
    private func endFree(_ mark: AttemptLog.Attempt, _ exchange: Exchange) -> EndpointTraffic.End {
        if case .notSent = exchange.ending {
            run.attempts.endUnsent(mark)
            return exchange.end(.unsent)
        }
        run.attempts.endUnbilled(mark)
        return exchange.end(.unbilled)
    }

    /// Booked as unknown, and said: a promise is at risk where answers get lost.
    private func lose(_ mark: AttemptLog.Attempt, because reason: String) async throws {
        try await run.attempts.endUnknown(mark, because: reason)
        services.logger.warning(
            "request.unknown",
            metadata: [
                "job": "\(run.job)", "lane": "\(run.lane.name)", "shard": "\(mark.shard)", "line": "\(mark.line)",
                "reason": "\(reason)",
            ])
    }

    private func settle(_ entry: Reading.Entry, spent: Amount, unknown: Amount) {
        guard settlesEach else { return }
        let part = SettledPart(worstCase: reserved(entry), spent: spent, unknown: unknown)
        services.ledger.settlePart(id, on: day, part)
    }

    /// Enough answers whose usage cannot be true, and nothing more goes there.
    private func noteFault(of endpoint: String) {
        let limit = run.policies.catalogue.endpoints[endpoint]?.usageFaultsMax ?? 1
        if let reason = services.endpoints.noteFault(of: endpoint, limit: limit) {
            services.logger.error("endpoint.unavailable", metadata: ["endpoint": "\(endpoint)", "reason": "\(reason)"])
        }
    }

    private static let retriesUsedUp =
        "so much had to be sent again that its share of retries is used up (retry_share in models.toml)"

    /// It takes requests: what was wrong with it is over.
    private func noteRecovery() {
        guard services.endpoints.succeed(model.endpoint) else { return }
        services.logger.notice("endpoint.recovered", metadata: ["endpoint": "\(model.endpoint)"])
    }

    /// Not the fault of a line: said once, and the job waits for it to be over.
    @discardableResult
    func trouble(_ endpoint: String, _ reason: String) throws -> AttemptStep {
        services.traffic.fall(endpoint)
        if services.endpoints.fail(endpoint, reason, at: services.now()) {
            let event: Logger.Message = reason == AttemptStep.quotaReason ? "endpoint.quota" : "endpoint.unavailable"
            services.logger.error(event, metadata: ["endpoint": "\(endpoint)", "reason": "\(reason)"])
        }
        return .endpointTrouble(reason)
    }
}
