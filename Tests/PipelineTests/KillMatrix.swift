import DurableFiles
import Pipeline
import Testing

/// One file through the house, killed at each step in turn; the next process, which nobody kills, finishes it.
struct KillMatrix: Sendable {
    let lines: [String]
    let policies: Policies
    let script: StubBackend.Script
    let moment: Crash.Moment

    /// Steps that change what the next process finds, or let a request go out. Fsyncs of directories and of whole
    /// files are left out: what they are for, a loss of power, is not what happens here.
    static func isStep(_ operation: FileOperation) -> Bool {
        [.write, .truncate, .fdatasync, .rename, .link, .unlink, .mkdir, .rmdir].contains(operation)
    }

    /// - Parameter check: looks at what is left after each kill, and at what was sent by both processes.
    /// - Returns: how many steps a run has.
    func run(_ check: (TestHouse, [StubBackend.Sent], Comment) throws -> Void) async throws -> Int {
        var step = 0
        while try await isKilled(at: step, check) { step += 1 }
        return step
    }

    /// - Returns: false if the run ended before that step.
    private func isKilled(
        at step: Int, _ check: (TestHouse, [StubBackend.Sent], Comment) throws -> Void
    ) async throws -> Bool {
        let house = try TestHouse()
        try house.drop(lines)
        let crash = Crash(under: house.directory.path, at: step, moment) { operation, _ in Self.isStep(operation) }
        let backend = StubBackend(unless: { crash.isDead.isRaised }, script)
        do { try await house.start(backend, policies) } catch { guard crash.isDead.isRaised else { throw error } }
        crash.end()
        let isKilled = crash.isDead.isRaised
        let next = StubBackend(script)
        do { try await house.start(next, policies) } catch {
            Issue.record("step \(step), \(moment): the next process does not start: \(error)")
            return isKilled
        }
        try check(house, backend.sent + next.sent, "step \(step), \(moment)")
        return isKilled
    }
}
