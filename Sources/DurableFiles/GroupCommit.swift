/// Lets callers who come together share one run of a slow action, such as an fsync.
///
/// The first caller runs the action for itself. Those who come meanwhile may have work that this run does not see:
/// they wait together, and one of them runs the action once more for all of them.
package actor GroupCommit {
    private enum Turn: Sendable {
        case done(Result<Void, FileError>)
        case run
    }

    private let poisoning: Bool
    private let action: @Sendable () async throws(FileError) -> Void
    private var poison: FileError?
    private var isRunning = false
    private var waiting: [CheckedContinuation<Turn, Never>] = []

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
        if let poison { throw poison }
        if isRunning, case .done(let result) = await withCheckedContinuation({ waiting.append($0) }) {
            return try result.get()
        }
        isRunning = true
        let sharing = waiting
        waiting = []
        let result = await run()
        for caller in sharing { caller.resume(returning: .done(result)) }
        handOver(after: result)
        try result.get()
    }

    /// Callers who wait for a run that has not begun.
    package var waitingCount: Int { waiting.count }

    private func handOver(after result: Result<Void, FileError>) {
        if poisoning, case .failure(let error) = result {
            poison = error
            for caller in waiting { caller.resume(returning: .done(result)) }
            waiting = []
        }
        guard let next = waiting.popLast() else {
            isRunning = false
            return
        }
        // `isRunning` stays true: whoever calls before `next` gets its turn joins the round that `next` begins.
        next.resume(returning: .run)
    }

    /// Off the actor, which has to take in new callers meanwhile.
    private nonisolated func run() async -> Result<Void, FileError> {
        await withTaskExecutorPreference(FileExecutor.shared) {
            do throws(FileError) {
                return .success(try await action())
            } catch {
                return .failure(error)
            }
        }
    }
}
