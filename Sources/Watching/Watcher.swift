import DurableFiles
package import Logging
package import SystemPackage

/// Tells when something happens to a name in the inbox: by the helper `bobbin-watch` where inotify works, by polling
/// where it does not, and by a scan every minute in any case.
package struct Watcher: Sendable {
    /// nil: not found, so it polls.
    private let helper: FilePath?
    private let directories: [FilePath]
    private let polling: Bool
    private let pace: WatchPace
    private let logger: Logger
    private let networkFileSystem: @Sendable (FilePath) throws -> String?

    /// - Parameters:
    ///   - helper: from `HelperLocation.find()`.
    ///   - directories: absolute; their immediate subdirectories without a leading dot are watched, too.
    ///   - polling: never ask the kernel, look every `pace.pollInterval`.
    ///   - networkFileSystem: the kind of network file system that a directory is on, nil if it is on none. There the
    ///     kernel tells what this host does and nothing of the others, so we poll.
    package init(
        helper: FilePath?, directories: [FilePath], polling: Bool = false, pace: WatchPace = WatchPace(),
        logger: Logger, networkFileSystem: @escaping @Sendable (FilePath) throws -> String? = Watcher.byStatfs
    ) {
        self.helper = helper
        self.directories = directories
        self.polling = polling
        self.pace = pace
        self.logger = logger
        self.networkFileSystem = networkFileSystem
    }

    /// What statfs(2) says.
    package static let byStatfs: @Sendable (FilePath) throws -> String? = { directory in
        let facts = try FileSystemFacts(at: directory)
        return facts.isNetwork ? facts.name : nil
    }

    /// Delivers hints one after the other until the task is cancelled.
    ///
    /// The first is `.scan(.started)`, once the watches are set: watch, then scan. While a delivery runs, later hints
    /// wait: equal ones once, and more than `pace.bufferedHints` of them as one `.scan(.overflow)`.
    /// - Throws: `CancellationError`, or what `deliver` throws.
    package func run(_ deliver: (Hint) async throws -> Void) async throws {
        let queue = HintQueue(capacity: pace.bufferedHints)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await watch(into: queue) }
            group.addTask { try await scanAgain(into: queue) }
            while let hint = await queue.next() { try await deliver(hint) }
        }
        throw CancellationError()
    }

    private func scanAgain(into queue: HintQueue) async throws {
        while true {
            try await Task.sleep(for: pace.scanInterval)
            // A helper that is not ready yet may never be: nobody waits longer than this for the first scan.
            if queue.hasBegun { queue.add(.scan(.timer)) } else { queue.begin() }
        }
    }

    /// Keeps a helper running; while there is none for longer than a poll interval, looks without it.
    private func watch(into queue: HintQueue) async throws {
        var life = HelperLife(pace: pace)
        while true {
            let end = await watchOnce(into: queue)
            try Task.checkCancellation()
            let rest = life.rest(after: end)
            say(rest, because: end.reason)
            try await pass(rest, into: queue)
        }
    }

    private func watchOnce(into queue: HintQueue) async -> HelperEnd {
        if polling { return .noInotify("polling was asked for") }
        guard let helper else { return .noInotify("\(HelperLocation.name) was not found") }
        do {
            for directory in directories {
                if let kind = try networkFileSystem(directory) {
                    return .noInotify("\(directory) is on \(kind), where the kernel does not tell what other hosts do")
                }
            }
        } catch {
            return .ended("cannot tell the file system of the directories: \(error)", after: .zero)
        }
        return await HelperProcess(executable: helper, directories: directories, logger: logger).run { frame in
            switch frame {
            case .ready:
                logger.info("watch.ready")
                queue.begin()
            case .hint(let hint): queue.add(hint)
            }
        }
    }

    private func say(_ rest: HelperLife.Rest, because reason: String) {
        if rest.beginsPolling {
            logger.warning("watch.polling", metadata: ["reason": "\(reason)", "every": "\(pace.pollInterval)"])
        } else if rest.isNews {
            logger.warning("watch.restarting", metadata: ["reason": "\(reason)", "after": "\(rest.duration)"])
        }
    }

    private func pass(_ rest: HelperLife.Rest, into queue: HintQueue) async throws {
        var left = rest.duration
        // Who waits for the first scan does not wait for the kernel.
        if rest.polls && !queue.hasBegun { queue.begin() }
        while left > pace.pollInterval {
            try await Task.sleep(for: pace.pollInterval)
            left -= pace.pollInterval
            queue.add(.scan(.polling))
        }
        try await Task.sleep(for: left)
    }
}
