import BatchCore

/// What the pretended endpoint does with each request. Without rules it answers all of them at once and well.
package struct SimulatorScript: Equatable, Sendable {
    /// The first rule that takes a request decides; no rule: the plain answer.
    package var rules: [SimulatorRule] = []
    /// Before every answer, faults included.
    package var latency: Duration = .zero
    /// For each completion token on top, as a real model takes its time.
    package var latencyPerToken: Duration = .zero

    package init(rules: [SimulatorRule] = []) {
        self.rules = rules
    }

    /// What the rules have seen so far.
    package struct Counts: Equatable, Sendable {
        private var all: [Int: RuleCount] = [:]
        private var byBody: [Key: RuleCount] = [:]

        private struct Key: Hashable, Sendable {
            let rule: Int
            let body: SHA256Digest
        }

        package init() {}

        mutating func take(_ request: SimulatedRequest, by rule: SimulatorRule, at index: Int) -> Bool {
            rule.eachBody
                ? rule.takes(&byBody[Key(rule: index, body: request.digest), default: RuleCount()])
                : rule.takes(&all[index, default: RuleCount()])
        }
    }

    /// The whole decision: depends on nothing but the script, the request and the requests before it.
    package func decide(_ request: SimulatedRequest, counting counts: inout Counts) -> SimulatedAnswer {
        answer(request, by: rule(for: request, counting: &counts))
    }

    /// A rule counts a request only if no rule before it took it.
    func rule(for request: SimulatedRequest, counting counts: inout Counts) -> SimulatorRule? {
        for (index, rule) in rules.enumerated() where rule.isFor(request) {
            if counts.take(request, by: rule, at: index) { return rule }
        }
        return nil
    }

    func answer(_ request: SimulatedRequest, by rule: SimulatorRule?) -> SimulatedAnswer {
        let rule = rule ?? SimulatorRule()
        var answer = rule.status < 300 ? wellAnswered(request, by: rule) : .error(status: rule.status)
        if let body = rule.body {
            // With the rule's status also where the request itself could not be answered.
            answer.status = rule.status
            answer.body = Array(body.utf8)
        }
        if let retryAfter = rule.retryAfter { answer.headers.append(.init("Retry-After", retryAfter)) }
        answer.headers += rule.headers
        answer.ending = rule.ending
        answer.delay = latency + latencyPerToken * answer.billed.output + rule.delay
        return answer
    }

    private func wellAnswered(_ request: SimulatedRequest, by rule: SimulatorRule) -> SimulatedAnswer {
        guard let url = SimulatedURL(rawValue: request.path) else {
            return .error(status: 404, message: "\(request.path) is not simulated")
        }
        do throws(QuestionError) {
            let question = try Question(reading: request.body, for: url)
            var answer = question.answered(from: request.digest, by: rule)
            answer.status = rule.status
            return answer
        } catch {
            return .error(status: 400, message: error.message, param: error.param)
        }
    }
}
