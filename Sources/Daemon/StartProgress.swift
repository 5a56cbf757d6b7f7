import DurableFiles

/// Keeps the service manager from ending a start that takes long and gets on: to open the books of years, or to make
/// those that an earlier version had not, takes minutes, and a start that is cut short begins anew.
struct StartProgress: Sendable {
    let state: DaemonState
    let notifier: ServiceNotifier
    /// Between two looks at what the threads for files have done.
    var pause = Duration.seconds(5)

    /// The manager gives this many pauses from each sign on.
    private static let pausesGiven = 12

    func during<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        async let _ = tell()  // cancelled where `body` ends
        return try await body()
    }

    private func tell() async {
        var before = Self.moves
        while true {
            do { try await Task.sleep(for: pause) } catch { return }
            guard Self.moves != before else { continue }
            before = Self.moves
            state.beat()
            // Who cannot be told ends the start by its own clock; READY=1, which comes last, says why.
            try? notifier.extendTimeout(by: pause * Self.pausesGiven)
        }
    }

    private static var moves: UInt64 { FileExecutor.files.load.moves &+ FileExecutor.longWork.load.moves }
}
