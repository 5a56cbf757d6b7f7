import Testing

@Suite("A process that is killed at any step loses nothing, and pays again for nothing but what was in flight")
struct KilledAnywhereTests {
    @Test("killed", .timeLimit(.minutes(20)), arguments: WholeJob.all)
    func killed(_ job: WholeJob) async throws {
        let matrix = KillMatrix(
            lines: job.lines, policies: job.policies, script: job.script, moment: job.moment)
        let steps = try await matrix.run { house, sent, context in
            try job.check(house, sent.filter(job.isPaid).map(\.prompt), unknownMax: 2, context)
        }
        #expect(steps > 80, "\(steps): so few steps cannot be a whole run")
    }
}
