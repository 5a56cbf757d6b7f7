import BatchCore

/// What the simulator has seen: the other side of a client's books. POSTs only, so that looking changes nothing;
/// `requests` is the sum of `statuses`, `unanswered` and `inFlight`.
package struct SimulatorStatistics: Equatable, Sendable {
    /// By path; what is not simulated is counted as `other`.
    package private(set) var requests: [String: Int] = [:]
    /// Answers that were sent, those that were cut included.
    package private(set) var statuses: [Int: Int] = [:]
    /// Dropped, hung, or the client left before its answer.
    package private(set) var unanswered = 0
    package private(set) var inFlight = 0
    package private(set) var maxInFlight = 0
    /// Whole 2xx answers to a body that had one already: what a client has paid twice.
    package private(set) var answeredAgain = 0
    /// Of all answers that a provider would bill: made and sent, whether the client saw their end or not.
    package private(set) var billed = BilledTokens()

    private var bodies: Set<SHA256Digest> = []
    private var answered: Set<SHA256Digest> = []

    package init() {}

    package var distinctBodies: Int { bodies.count }

    mutating func begin(_ request: SimulatedRequest) {
        requests[SimulatedURL(rawValue: request.path)?.rawValue ?? "other", default: 0] += 1
        inFlight += 1
        maxInFlight = max(maxInFlight, inFlight)
        bodies.insert(request.digest)
    }

    /// - Parameter sent: whether bytes of the answer went out.
    mutating func end(_ request: SimulatedRequest, with answer: SimulatedAnswer, sent: Bool) {
        inFlight -= 1
        guard sent else {
            unanswered += 1
            return
        }
        statuses[answer.status, default: 0] += 1
        billed += answer.billed
        guard answer.ending == .whole, 200..<300 ~= answer.status else { return }
        if !answered.insert(request.digest).inserted { answeredAgain += 1 }
    }

    /// The body of GET /stats.
    package var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.object("requests") { json in
                for (path, count) in requests.sorted(by: { $0.key < $1.key }) { json.member(path, count) }
            }
            json.object("statuses") { json in
                for (status, count) in statuses.sorted(by: { $0.key < $1.key }) { json.member(String(status), count) }
            }
            json.member("unanswered", unanswered)
            json.member("in_flight", inFlight)
            json.member("max_in_flight", maxInFlight)
            json.member("distinct_bodies", distinctBodies)
            json.member("answered_again", answeredAgain)
            json.object("tokens") { json in
                json.member("input", billed.input)
                json.member("output", billed.output)
            }
        }
        return json.bytes
    }
}
