/// What a simulation goes by: the configuration as the daemon would have it, and what the daemon itself takes.
package struct SimulationRules: Sendable {
    package var schedule: Scheduler.Rules
    package var budget: BudgetPolicy
    package var catalogue: ModelCatalogue
    /// Lines of a canary, by lane; a lane that is none of them has none.
    package var canaryLines: [String: Int]
    /// From the turn of a shard to its first request: its reservation on disk and its files.
    package var shardOverhead: Duration
    /// One crash in so long a time; nil: none. What it costs is expected, not simulated.
    package var crashEvery: Duration?
    /// Of the numbers that look random.
    package var seed: UInt64
    /// After the last arrival; what is not done by then is unfinished.
    package var horizon: Duration = .seconds(60 * 86_400)

    /// By a job of 400 lines in shards of one, against one of 400 lines in one shard; a debug build on two busy cores
    /// (`Tests/Benchmarks/forecast.py`).
    package static let measuredOverhead = Duration.milliseconds(30)

    package init(
        schedule: Scheduler.Rules, budget: BudgetPolicy, catalogue: ModelCatalogue, canaryLines: [String: Int] = [:],
        shardOverhead: Duration = measuredOverhead, crashEvery: Duration? = nil, seed: UInt64 = 1
    ) {
        self.schedule = schedule
        self.budget = budget
        self.catalogue = catalogue
        self.canaryLines = canaryLines
        self.shardOverhead = shardOverhead
        self.crashEvery = crashEvery
        self.seed = seed
    }

    /// The model whose price and endpoint an arrival goes by: of a route the first with a price.
    /// - Returns: nil: there is none, and its lines would be refused.
    func model(of arrival: TracedArrival) -> Model? {
        guard let name = arrival.model else {
            return catalogue.models.count == 1 ? catalogue.models.values.first { $0.prices != nil } : nil
        }
        let candidates = catalogue.selection(named: name)?.candidates ?? []
        return candidates.first { $0.prices != nil }
    }

    /// What is reserved for one of its requests: a prompt has about four bytes a token, each of which is bounded as a
    /// token, and 80 for a message and the request (README.md, The worst case).
    func worstCase(of arrival: TracedArrival, _ model: Model, at time: Timestamp) -> Amount {
        if let stated = arrival.worstCase { return stated }
        let prompt = min(4 * arrival.inputTokens + 80, model.contextTokens ?? .max)
        let bound = TokenBound(prompt: prompt, completion: arrival.maxTokens ?? model.maxOutputTokens)
        let usd = model.prices?.price(at: time).worstCase(of: bound) ?? .zero
        return Amount(usd: usd, tokens: bound.total)
    }

    /// - Throws: the first arrival whose lane or model the configuration does not have.
    package func check(_ arrivals: [TracedArrival]) throws(TraceError) {
        for arrival in arrivals {
            if let reason = objection(to: arrival) { throw TraceError(line: arrival.line, reason: reason) }
        }
    }

    private func objection(to arrival: TracedArrival) -> String? {
        if schedule.lanes[arrival.lane] == nil, arrival.lane != Lane.defaultName {
            return "the lane `\(arrival.lane)` is not in bobbin.toml: add it, or name one that is"
        }
        if model(of: arrival) != nil { return nil }
        guard let name = arrival.model else { return "`model` is missing, and models.toml has not just one: state it" }
        return catalogue.selection(named: name) == nil
            ? "the model `\(name)` is not in models.toml: add it, or name one that is"
            : "the model `\(name)` has no price: state it in models.toml"
    }
}
