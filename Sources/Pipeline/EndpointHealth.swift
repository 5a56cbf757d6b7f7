package import BatchCore
import Synchronization

/// Which endpoints take nothing at the moment, and when to ask them again: a circuit breaker ("Release It!", Nygard
/// 2007). The pause doubles from two seconds up to a minute while the trouble goes on. After it one request is let
/// through, and the others wait (`EndpointTraffic.fall`): if it is answered the trouble is over, if not the next pause
/// begins. One whose usage cannot be believed too often is asked nothing more until the configuration is loaded again:
/// money goes there on its word.
package final class EndpointHealth: Sendable {
    private struct Trouble {
        var reason: String
        var since: Timestamp
        var pause: Duration

        var until: Timestamp { since + pause }

        /// Also when the clock has stepped back: nobody knows then how long it was.
        func isOver(at time: Timestamp) -> Bool { time >= until || time < since }
    }

    private static let firstPause = Duration.seconds(2)
    private static let longestPause = Duration.seconds(60)

    private let troubles = Mutex<[String: Trouble]>([:])
    /// Answers with a usage that cannot be true, since the start or the last reload.
    private let faults = Mutex<[String: Int]>([:])
    private let stopped = Mutex<[String: String]>([:])

    /// - Parameter inTrouble: endpoints that an earlier process left in trouble, so that their recovery is news. They
    ///   are asked at once.
    package init(inTrouble: [String] = []) {
        let past = Timestamp(seconds: 0)
        for name in inTrouble {
            troubles.withLock { $0[name] = Trouble(reason: "", since: past, pause: Self.firstPause / 2) }
        }
    }

    /// The first of the models whose endpoint takes requests, else why none does: of the one that is asked again first.
    package func choose(among models: [Model], at time: Timestamp) -> Choice {
        troubles.withLock { troubles in
            var stopped: Choice?
            var soonest: (endpoint: String, trouble: Trouble)?
            for model in models {
                if let reason = stopReason(model.endpoint) {
                    stopped = stopped ?? .unavailable(endpoint: model.endpoint, reason, until: nil)
                    continue
                }
                guard let trouble = troubles[model.endpoint], !trouble.isOver(at: time) else { return .use(model) }
                if soonest.map({ trouble.until < $0.trouble.until }) ?? true { soonest = (model.endpoint, trouble) }
            }
            if let (endpoint, trouble) = soonest {
                return .unavailable(endpoint: endpoint, trouble.reason, until: trouble.until)
            }
            return stopped ?? .unavailable(endpoint: "", "no model is configured", until: time)
        }
    }

    /// Does it take requests, or is it time to ask it again?
    func isAvailable(_ endpoint: String, at time: Timestamp) -> Bool {
        stopReason(endpoint) == nil && troubles.withLock { $0[endpoint]?.isOver(at: time) ?? true }
    }

    /// Until an answer has come of it: what it is sent after the pause is a probe.
    func isInTrouble(_ endpoint: String) -> Bool { troubles.withLock { $0[endpoint] != nil } }

    package enum Choice: Equatable, Sendable {
        case use(Model)
        /// - Parameter until: nil: until the configuration is loaded again.
        case unavailable(endpoint: String, String, until: Timestamp?)
    }

    /// - Returns: true if this is news: it is said once, not for every request.
    package func fail(_ endpoint: String, _ reason: String, at time: Timestamp) -> Bool {
        troubles.withLock { troubles in
            let before = troubles[endpoint]
            // Those who failed together count once.
            if let before, !before.isOver(at: time) { return false }
            let pause = before.map { min($0.pause * 2, Self.longestPause) } ?? Self.firstPause
            troubles[endpoint] = Trouble(reason: reason, since: time, pause: pause)
            guard let before, !before.reason.isEmpty else { return true }
            return before.reason != reason && reason == AttemptStep.quotaReason
        }
    }

    /// Notes an answer with a usage that cannot be true.
    /// - Parameter limit: how many of them there may be.
    /// - Returns: why nothing more is sent to the endpoint, if this is the one that stops it; nil else.
    package func noteFault(of endpoint: String, limit: Int) -> String? {
        let count = faults.withLock { faults in
            faults[endpoint, default: 0] += 1
            return faults[endpoint, default: 0]
        }
        guard count >= limit else { return nil }
        let reason =
            "\(count) of its answers had a usage that cannot be true (usage_faults_max = \(limit)): look at it, then "
            + "load the configuration again"
        return stopped.withLock { stopped in
            if stopped[endpoint] != nil { return nil }
            stopped[endpoint] = reason
            return reason
        }
    }

    /// Begins to count anew, and asks again whom it had stopped.
    package func forgetFaults() {
        faults.withLock { $0 = [:] }
        stopped.withLock { $0 = [:] }
    }

    private func stopReason(_ endpoint: String) -> String? { stopped.withLock { $0[endpoint] } }

    /// - Returns: true if the endpoint was in trouble before.
    package func succeed(_ endpoint: String) -> Bool {
        troubles.withLock { $0.removeValue(forKey: endpoint) != nil }
    }
}
