import BatchCore
import DurableFiles
import Glibc
import Ledgers
import Pipeline
import Spooling
import SystemPackage
import TestSupport
import Testing

/// One job through the house while one system call fails. What the service does about it is done here too: a
/// dispatcher that throws is followed by another one, at once.
struct ErrnoWalk: Sendable {
    /// What the process finds in which a call fails.
    enum Scene: String, Sendable, CaseIterable {
        /// A file in the inbox, and an operator who raises the cap.
        case delivered
        /// What another process left that was killed after the claiming rename, with requests in flight, or before the
        /// job was moved to done/.
        case claimed, inFlight, decided
    }

    /// How the house took it.
    enum Outcome: String, Sendable, CaseIterable {
        case wentOn = "went on"
        /// Nothing was claimed, and the next look claims it.
        case waited
        /// The job stood still with a reason until the next start.
        case stopped
        case startedAgain = "started again"
    }

    /// A dispatcher that fails so often does not come through.
    private static let startsMax = 5
    private static let raised = Money(picodollars: 7_000_000_000_000)

    let job = WholeJob(isSplit: true, moment: .before)
    let scene: Scene

    /// The calls of a run in which none fails.
    func calls() async throws -> [FileOperation: Int] {
        let house = try TestHouse()
        _ = try await prepare(house)
        let faults = FileFaults(under: house.directory.path)
        defer { faults.remove() }
        try await house.start(StubBackend(job.script), job.policies)
        return Dictionary(grouping: faults.calls, by: \.operation).mapValues(\.count)
    }

    /// - Returns: nil where the run makes fewer such calls.
    func run(_ fault: DiskFault) async throws -> Outcome? {
        let house = try TestHouse()
        var sent = try await prepare(house)
        let armed = ArmedFault(fault, under: house.directory.path)
        defer { armed.end() }
        var outcome = Outcome.wentOn
        for start in 1... {
            var context: Comment { "\(scene), \(fault), \(armed.place?.printable ?? "nowhere"), start \(start)" }
            guard start <= Self.startsMax else {
                Issue.record("no start comes through: \(context)")
                break
            }
            let isNew = armed.isDead.isRaised
            let backend = StubBackend(unless: { !isNew && armed.isDead.isRaised }, job.script)
            do {
                let (_, dispatcher) = try await house.start(backend, job.policies)
                sent += backend.sent
                // With all that is left to do, and the fault has not come: it never will.
                if armed.place == nil { return nil }
                if armed.isDead.isRaised && !isNew {
                    outcome = .startedAgain
                    armed.end()
                }
                guard let standing = try await standing(house, dispatcher, armed, fault, context) else {
                    // What could not be charted is said, and charted no more.
                    try job.check(
                        house, sent.filter(job.isPaid).map(\.prompt), unknownMax: .max,
                        isTidy: fault.code != ENOENT, isCharted: house.events.count("drift.remark") == 0, context)
                    if scene == .delivered { try await checkRaise(house, isGone: fault.code == ENOENT, context) }
                    break
                }
                outcome = standing
            } catch {
                sent += backend.sent
                guard armed.place != nil, error is FileError || error is LedgerError || armed.isDead.isRaised else {
                    Issue.record("\(error): \(context)")
                    break
                }
                outcome = .startedAgain
                armed.end()
            }
        }
        if fault.code == EINTR { #expect(outcome == .wentOn, "\(scene), \(fault): a signal is seen") }
        return outcome
    }

    /// A request that could not be read is said, and stays for the next look.
    /// - Parameter isGone: it was said to be gone when it was to be removed.
    private func checkRaise(_ house: TestHouse, isGone: Bool, _ context: Comment) async throws {
        if house.events.count("control.ignored") > 0 {
            try await house.start(StubBackend(job.script), job.policies)
        }
        #expect(try house.book().cap.usd == Self.raised, context)
        #expect(try isGone || house.names("control").isEmpty, context)
    }

    /// - Returns: what was sent by a process that is killed there.
    private func prepare(_ house: TestHouse) async throws -> [StubBackend.Sent] {
        try house.drop(job.lines)
        _ = try house.spool.ask(.raise(Self.raised, on: house.today), name: "raise")
        guard scene != .delivered else { return [] }
        let crash = Crash(under: house.directory.path, at: scene == .inFlight ? 3 : 0, .after) { [scene] in
            switch scene {
            case .delivered: false
            case .claimed: $0 == .rename && $1.lastNameBytes.elementsEqual("delivered".utf8)
            case .inFlight: $0 == .fdatasync && $1.lastNameBytes.elementsEqual("attempts.jsonl".utf8)
            case .decided: $0 == .rename && $1.lastNameBytes.elementsEqual("report.json".utf8)
            }
        }
        defer { crash.end() }
        let backend = StubBackend(unless: { crash.isDead.isRaised }, job.script)
        do {
            try await house.start(backend, job.policies)
            throw Unexpected("nobody killed the process before it was \(scene)")
        } catch {
            guard crash.isDead.isRaised else { throw error }
        }
        return backend.sent
    }

    /// - Returns: how what has not come to its end stands there, with a reason that a person can read; nil: all has.
    private func standing(
        _ house: TestHouse, _ dispatcher: Dispatcher, _ armed: ArmedFault, _ fault: DiskFault, _ context: Comment
    ) async throws -> Outcome? {
        let inbox = try house.names("inbox")
        let jobs = try house.spool.jobs()
        if inbox.isEmpty && jobs.isEmpty { return nil }
        if let job = jobs.first {
            let state = try house.spool.job(job).state()
            let said = house.events.all.contains { $0.hasPrefix("job.stopped ") && $0.contains(job.name) }
            let isTold = state?.reason.isEmpty == false
            // For want of space the copy of a claimed file waits.
            if state?.phase == .claimed, isTold { return .waited }
            #expect(state?.phase == .stopped && isTold || said, context)
            return .stopped
        }
        // An inbox that is gone for a moment has no file in it, and the next look finds it there.
        if fault.code == ENOENT, armed.place == house.spool.inbox { return .waited }
        let reasons = await dispatcher.waitingArrivals.map(\.reason)
        #expect(!reasons.isEmpty && !reasons.contains(""), context)
        return .waited
    }
}
