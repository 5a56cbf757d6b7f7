import DurableFiles

/// Keeps the service manager from ending a start that takes long and gets on: to open the books of years, or to make
/// those that an earlier version had not, takes minutes, and a start that is cut short begins anew.
struct StartProgress: Sendable {
    let state: DaemonState
    let notifier: ServiceNotifier
    /// Between two looks.
    var pause = Duration.seconds(2)
    /// Grows with what the threads for files get done.
    var moves: @Sendable () -> UInt64 = {
        [FileExecutor.files, .longWork, .copyWork].reduce(0) { $0 &+ $1.load.moves }
    }

    /// The manager gives this many pauses from each sign on.
    private static let pausesGiven = 30

    func during<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        // On other threads than those it looks at: it would feed itself. Cancelled where `body` ends.
        async let _ = withTaskExecutorPreference(globalConcurrentExecutor) { await tell() }
        return try await body()
    }

    private func tell() async {
        var before = moves()
        while true {
            do { try await Task.sleep(for: pause) } catch { return }
            let now = moves()
            guard now != before else { continue }
            before = now
            state.beat()
            // Who cannot be told ends the start by its own clock; READY=1, which comes last, says why.
            try? notifier.extendTimeout(by: pause * Self.pausesGiven)
        }
    }
}
