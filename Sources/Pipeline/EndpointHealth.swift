package import BatchCore
import Synchronization

/// Which endpoints take nothing at the moment, and when to ask them again. The pause doubles from two seconds up to a
/// minute while the trouble goes on.
package final class EndpointHealth: Sendable {
    private struct Trouble {
        var reason: String
        var until: Timestamp
        var pause: Duration
    }

    private static let firstPause = Duration.seconds(2)
    private static let longestPause = Duration.seconds(60)

    private let troubles = Mutex<[String: Trouble]>([:])

    package init() {}

    /// The first of the models whose endpoint takes requests, else why the first does not, and until when.
    package func choose(among models: [Model], at time: Timestamp) -> Choice {
        troubles.withLock { troubles in
            var unavailable: Choice?
            for model in models {
                guard let trouble = troubles[model.endpoint], trouble.until > time else { return .use(model) }
                unavailable =
                    unavailable ?? .unavailable(endpoint: model.endpoint, trouble.reason, until: trouble.until)
            }
            return unavailable ?? .unavailable(endpoint: "", "no model is configured", until: time)
        }
    }

    func hasAvailable(_ models: some Collection<Model>, at time: Timestamp) -> Bool {
        guard !models.isEmpty, case .use = choose(among: Array(models), at: time) else { return false }
        return true
    }

    package enum Choice: Equatable, Sendable {
        case use(Model)
        case unavailable(endpoint: String, String, until: Timestamp)
    }

    /// - Returns: true if this is news: it is said once, not for every request.
    package func fail(_ endpoint: String, _ reason: String, at time: Timestamp) -> Bool {
        troubles.withLock { troubles in
            let before = troubles[endpoint]
            // Those who failed together count once.
            if let before, before.until > time { return false }
            let pause = before.map { min($0.pause * 2, Self.longestPause) } ?? Self.firstPause
            troubles[endpoint] = Trouble(reason: reason, until: time + pause, pause: pause)
            return before == nil
        }
    }

    /// - Returns: true if the endpoint was in trouble before.
    package func succeed(_ endpoint: String) -> Bool {
        troubles.withLock { $0.removeValue(forKey: endpoint) != nil }
    }
}
