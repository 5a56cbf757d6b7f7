/// How one run of the helper ended.
enum HelperEnd: Equatable, Sendable {
    /// The kernel has no inotify instance or watch left, or there is no use in asking it: trying soon does not help.
    case noInotify(String)
    /// Everything else: killed, a lost directory, not to be started.
    case ended(String, after: Duration)

    /// In words, for the log.
    var reason: String {
        switch self {
        case .noInotify(let reason), .ended(let reason, _): reason
        }
    }
}

/// How long to rest before the helper is started again, and what is worth a word. Pure: an end goes in, a rest comes
/// out.
struct HelperLife {
    struct Rest: Equatable {
        var duration: Duration
        /// Longer than a poll interval: meanwhile we look by ourselves.
        var polls: Bool
        /// The first rest of a row that polls, which is said once.
        var beginsPolling: Bool
        /// The reason is another than the time before.
        var isNews: Bool
    }

    private let pace: WatchPace
    private var next: Duration
    private var isPolling = false
    private var said: String?

    init(pace: WatchPace) {
        self.pace = pace
        next = pace.firstRestart
    }

    mutating func rest(after end: HelperEnd) -> Rest {
        let duration = restart(after: end)
        let polls = duration > pace.pollInterval
        defer {
            isPolling = isPolling || polls
            said = end.reason
        }
        return Rest(
            duration: duration, polls: polls, beginsPolling: polls && !isPolling, isNews: said != end.reason)
    }

    private mutating func restart(after end: HelperEnd) -> Duration {
        guard case .ended(_, let lived) = end else { return pace.retryInterval }
        if lived >= pace.steadyAfter {
            next = pace.firstRestart
            isPolling = false
            said = nil
        }
        defer { next = min(next * 2, pace.longestRestart) }
        return next
    }
}
