import Synchronization

/// Lets callers who come together share one run of a slow action, such as an fsync.
///
/// The first caller runs the action for itself. Those who come meanwhile may have work that this run does not see:
/// they wait together, and one of them runs the action once more for all of them.
package final class GroupCommit: Sendable {
    private enum Turn: Sendable {
        case done(Result<Void, FileError>)
        case run
    }

    private typealias Waiting = CheckedContinuation<Turn, Never>

    private struct State {
        var poison: FileError?
        var isRunning = false
        var waiting: [Waiting] = []
    }

    private let poisoning: Bool
    private let action: @Sendable () async throws(FileError) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - poisoning: the first failure is also the answer to every later call. After a failed fsync the kernel may
    ///     have dropped the bytes and the next fsync says that all is well (fsync(2)): what failed is not tried again.
    ///   - action: runs on `FileExecutor.shared`, where it may block; never twice at the same time.
    package init(poisoning: Bool, action: @Sendable @escaping () async throws(FileError) -> Void) {
        self.poisoning = poisoning
        self.action = action
    }

    /// Returns once a run that began after this call has finished.
    /// - Throws: what that run threw, to each of its callers.
    package func commit() async throws(FileError) {
        if case .done(let result) = await turn() { return try result.get() }
        let sharing = state.withLock { state in
            let sharing = state.waiting
            state.waiting = []
            return sharing
        }
        let result = await run()
        for caller in sharing { caller.resume(returning: .done(result)) }
        handOver(after: result)
        try result.get()
    }

    /// Callers who wait for a run that has not begun.
    package var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Waits for it, unless nobody runs.
    private func turn() async -> Turn {
        if let turn = state.withLock({ Self.turnAtOnce(&$0) }) { return turn }
        return await withCheckedContinuation { continuation in
            let turn = state.withLock { state in
                let turn = Self.turnAtOnce(&state)
                if turn == nil { state.waiting.append(continuation) }
                return turn
            }
            if let turn { continuation.resume(returning: turn) }
        }
    }

    private static func turnAtOnce(_ state: inout State) -> Turn? {
        if let poison = state.poison { return .done(.failure(poison)) }
        if state.isRunning { return nil }
        state.isRunning = true
        return .run
    }

    private func handOver(after result: Result<Void, FileError>) {
        let (next, failed) = state.withLock { state -> (Waiting?, [Waiting]) in
            var failed: [Waiting] = []
            if poisoning, case .failure(let error) = result {
                state.poison = error
                (failed, state.waiting) = (state.waiting, [])
            }
            // `isRunning` stays true for who is next: whoever calls before it gets its turn joins the round that it
            // begins.
            let next = state.waiting.popLast()
            if next == nil { state.isRunning = false }
            return (next, failed)
        }
        for caller in failed { caller.resume(returning: .done(result)) }
        next?.resume(returning: .run)
    }

    private func run() async -> Result<Void, FileError> {
        await withTaskExecutorPreference(FileExecutor.shared) {
            do throws(FileError) {
                return .success(try await action())
            } catch {
                return .failure(error)
            }
        }
    }
}
