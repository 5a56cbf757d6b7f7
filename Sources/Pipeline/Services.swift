package import Backends
package import BatchCore
package import Gates
package import Ledgers
package import Logging
package import Spooling

/// What the pipeline works with: each stands behind what it promises, and is handed in.
package struct Services: Sendable {
    package var spool: Spool
    package var ledger: any BudgetLedger
    package var hashLog: any HashLog
    package var backend: any CompletionBackend
    /// Asked about sampled answers where the gate of a lane names a judge.
    package var judge: any AnswerJudge
    package var endpoints: EndpointHealth
    package var traffic: EndpointTraffic
    /// When shards start.
    package let turns: ShardTurns
    package var inFlight: InFlightRequests
    /// The same for what models that judge are asked. Who holds one of these waits for no other request, so that it may
    /// wait for them while holding those of its shard.
    let questionsInFlight = InFlightRequests()
    package var drift: DriftWatch
    /// How long requests take.
    package let pace: PaceKeeper
    /// What an operator holds back.
    package var pauses = PausedWork()
    package var logger: Logger
    /// The wall clock.
    package var now: @Sendable () -> Timestamp
    /// Uniform in 0..<1.
    package var random: @Sendable () -> Double
    /// The key of an endpoint; nil where it needs none. Throws, in words, where it is configured and not there.
    package var apiKey: @Sendable (Endpoint) throws -> String?
    /// How an endpoint is reached. Throws as `apiKey` does.
    package var transport: @Sendable (Endpoint) throws -> Transport
    /// Becomes true when nothing new is to be sent; what is in flight ends.
    package var isStopping: @Sendable () -> Bool

    package init(
        spool: Spool, ledger: any BudgetLedger, hashLog: any HashLog, backend: any CompletionBackend,
        endpoints: EndpointHealth, traffic: EndpointTraffic = EndpointTraffic(), inFlight: InFlightRequests,
        drift: DriftWatch = DriftWatch(), logger: Logger,
        now: @escaping @Sendable () -> Timestamp,
        random: @escaping @Sendable () -> Double, apiKey: @escaping @Sendable (Endpoint) throws -> String?,
        transport: @escaping @Sendable (Endpoint) throws -> Transport = { _ in Transport() },
        isStopping: @escaping @Sendable () -> Bool, judge: any AnswerJudge = ProgramJudge(), pace: Pace = Pace()
    ) {
        self.spool = spool
        self.ledger = ledger
        self.hashLog = hashLog
        self.backend = backend
        self.judge = judge
        self.endpoints = endpoints
        self.traffic = traffic
        self.inFlight = inFlight
        self.drift = drift
        self.pace = PaceKeeper(pace)
        self.logger = logger
        self.now = now
        self.random = random
        self.apiKey = apiKey
        self.transport = transport
        self.isStopping = isStopping
        turns = ShardTurns(Scheduler.Rules(lanes: [:], concurrency: 1), now: now)
    }
}

/// What the configuration decides, as one value: a job keeps the one that it began with.
package struct Policies: Sendable {
    package var schedule: Scheduler.Rules
    package var retry: RetryPolicy
    package var budget: BudgetPolicy
    package var catalogue: ModelCatalogue
    package var gates: LaneGates
    package var retention: AnswerRetention
    package var limits: FileLimits

    package init(
        schedule: Scheduler.Rules, retry: RetryPolicy, budget: BudgetPolicy, catalogue: ModelCatalogue,
        gates: LaneGates, retention: AnswerRetention = AnswerRetention(), limits: FileLimits = FileLimits()
    ) {
        self.schedule = schedule
        self.retry = retry
        self.budget = budget
        self.catalogue = catalogue
        self.gates = gates
        self.retention = retention
        self.limits = limits
    }

    package var lanes: [String: Lane] {
        get { schedule.lanes }
        set { schedule.lanes = newValue }
    }

    package var calendar: TimeZoneRules {
        get { schedule.calendar }
        set { schedule.calendar = newValue }
    }

    /// With the prices that hold from `time` on: one that a clock which steps back would find again is gone.
    package func asOf(_ time: Timestamp) -> Policies {
        var policies = self
        policies.catalogue = catalogue.asOf(time)
        return policies
    }

    /// For a file that is read. What a model on trial could not do would be asked of it once more by a retry, which is
    /// tried on no new model.
    func reading(retries isRetry: Bool) -> Policies {
        guard isRetry else { return self }
        var policies = self
        policies.catalogue = catalogue.withoutTrials
        return policies
    }

    /// May shards of the lane start now?
    package func isOpen(_ lane: Lane, at time: Timestamp) -> Bool { schedule.isOpen(lane, at: time) }

    /// A lane that is no longer configured goes on with the settings of the default lane.
    package func lane(_ name: String) -> Lane { schedule.lane(name) }
}
