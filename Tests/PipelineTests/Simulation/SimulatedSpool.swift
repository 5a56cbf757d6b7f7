import BatchCore
import DurableFiles
import Glibc
import Ledgers
import Pipeline
import Spooling
import Synchronization
import SystemPackage
import TestSupport

/// Days of the life of one spool, all of it out of one seed: processes that come and go (here), the people around them
/// (`SimulatedPeople`), an endpoint, a disk, the time; and what must hold meanwhile (`SimulatedChecks`).
final class SimulatedSpool: Sendable {
    struct State {
        var random: SeededGenerator
        var policies: Policies
        var dispatcher: Dispatcher?
        /// People and faults are at work.
        var isLively = true
        var isOver = false
        var files: [String: DeliveredFile] = [:]
        /// By model, for files that ask once more.
        var prompts: [String: [String]] = [:]
        var asked = 0
        var processes = 0
        var checks = Checks()
        var broken: [String] = []
    }

    let seed: UInt64
    let house: TestHouse
    let time: SimulatedTime
    let server: SimulatedServer
    let disk: SimulatedDisk
    /// The same spool for everybody but Bobbin, by a path on which there are no faults.
    let outside: Spool
    let state: Mutex<State>
    private let stop = Mutex(Flag())
    private let door: TemporaryDirectory
    private let isTold: Bool

    /// - Parameter isTold: says each hour what came of it so far.
    init(seed: UInt64, isTold: Bool = false) throws {
        self.seed = seed
        self.isTold = isTold
        house = try TestHouse()
        door = try TemporaryDirectory()
        let path = door.path.appending("s")
        guard symlink(house.spool.root.string, path.string) == 0 else { throw Unexpected("symlink: errno \(errno)") }
        outside = Spool(path)
        let server = SimulatedServer(seed: seed &* 4 &+ 1)
        self.server = server
        time = SimulatedTime(seed: seed, at: house.clock.now) { server.isIdle }
        disk = SimulatedDisk(under: house.directory.path)
        state = Mutex(State(random: SeededGenerator(seed: seed &* 4), policies: Self.policies))
        _ = try outside.prepareLane("urgent")
    }

    private static var policies: Policies {
        .test(canary: 2) {
            $0.retry = RetryPolicy()
            $0.lane.settle = .seconds(2)
            $0.lane.shardLines = 6
            var urgent = $0.lane
            urgent.name = "urgent"
            urgent.priority = 10
            $0.lanes["urgent"] = urgent
            // The worst case of some hundred lines, which cost a tenth of it.
            $0.budget.day = Cap(usd: Money(picodollars: 20_000_000_000))
            $0.budget.lanes["urgent"] = Cap(usd: Money(picodollars: 8_000_000_000))
        }
    }

    /// The whole life: lively days, then quiet ones in which all that was handed in must come to its end.
    /// - Returns: what did not hold, in words; the life ends with the first of it.
    func live(days: Int) async -> [String] {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.runProcesses() }
            group.addTask { await self.scanNowAndThen() }
            group.addTask { await self.checkEachMinute() }
            for person in people { group.addTask { await person() } }
            while time.passed < .seconds(days * 86_400), !isBroken {
                await time.sleep(for: .seconds(60), isWork: true)
            }
            await comeToRest()
            state.withLock { $0.isOver = true }
            endProcess()
        }
        checkAtEnd()
        return state.withLock { $0.broken }
    }

    /// A number out of the seed.
    func random(_ range: Range<Int>) -> Int { state.withLock { Int.random(in: range, using: &$0.random) } }
    func once(in count: Int) -> Bool { random(0..<count) == 0 }
    var isLively: Bool { state.withLock { $0.isLively } }
    var isBroken: Bool { state.withLock { !$0.broken.isEmpty } }
    var policies: Policies { state.withLock { $0.policies } }

    /// Something does not hold.
    func broken(_ what: String) {
        let context = "seed \(seed), step \(time.steps), \(time.wall), process \(state.withLock { $0.processes })"
        state.withLock { $0.broken.append("\(context): \(what)") }
    }

    /// What ought to go well goes wrong only where something does not hold.
    func expecting(_ what: String, _ body: () throws -> Void) {
        do { try body() } catch { broken("\(what): \(error)") }
    }

    var summary: String {
        let (files, processes, checks) = state.withLock { ($0.files.count, $0.processes, $0.checks.count) }
        return "seed \(seed): \(time.passed) in \(time.steps) steps, \(files) files, \(server.requests) requests, "
            + "\(processes) processes, \(checks) checks"
    }

    func tell(_ event: DispatcherEvent) { state.withLock { $0.dispatcher }?.send(event) }

    /// As at SIGTERM.
    func endProcess() {
        stop.withLock { $0 }.raise()
        tell(.stop)
    }

    // MARK: One process after the other

    private func runProcesses() async {
        while !state.withLock({ $0.isOver }), !isBroken {
            let pause = await runProcess()
            state.withLock { $0.dispatcher = nil }
            await time.sleep(for: pause)
        }
    }

    /// - Returns: how long there is none.
    private func runProcess() async -> Duration {
        let flag = Flag()
        stop.withLock { $0 = flag }
        state.withLock { $0.processes += 1 }
        do {
            let policies = policies
            let services = try services(policies, stop: flag)
            let dispatcher = Dispatcher(services: services, policies: policies, untilIdle: false)
            try await dispatcher.recover()
            checkAtStart(policies)
            state.withLock { $0.dispatcher = dispatcher }
            _ = try await dispatcher.run()
            try await services.hashLog.close()
        } catch {
            if !disk.isDead { return await wait(after: error) }
        }
        disk.mend()
        return .seconds(once(in: 4) ? random(1..<7200) : random(1..<30))
    }

    /// Trouble that passes, as `DispatchService` has it.
    private func wait(after error: any Error) async -> Duration {
        switch error {
        case LedgerError.notAdopted: await adoptIfAsked()
        case LedgerError.file(let error) where error.isEnvironmental: break
        case let error as FileError where error.isEnvironmental: break
        default: broken("the daemon ends: \(error)")
        }
        return .seconds(5)
    }

    private func adoptIfAsked() async {
        do {
            for pending in try outside.controlRequests() {
                guard case .adopt(let day) = pending.request else { continue }
                _ = try await house.spool.adoptBudget(of: day, policies, at: time.wall)
                try DurableFile.remove(pending.path)
            }
        } catch {
            if !disk.isDead { _ = await wait(after: error) }
        }
    }

    private func services(_ policies: Policies, stop: Flag) throws -> Services {
        let now: @Sendable () -> Timestamp = { [time] in time.wall }
        return Services(
            spool: house.spool,
            ledger: try FileBudgetLedger(
                in: house.spool.budget, openedDays: house.spool.openedDays, policy: policies.budget,
                days: [policies.calendar.day(at: now())] + BudgetFile.days(in: house.spool.budget), now: now),
            hashLog: try FileHashLog(in: house.spool.hashlog, now: now),
            backend: server.connection(at: time) { [disk] in disk.isDead }, endpoints: EndpointHealth(),
            traffic: EndpointTraffic(clock: time.clock), inFlight: InFlightRequests(),
            drift: DriftWatch(house.spool, policies, at: now()) { _ in }, logger: house.events.logger, now: now,
            clock: time.clock, random: { Double(self.random(0..<1_000_000)) / 1_000_000 },
            apiKey: { _ in nil }, isStopping: { stop.isRaised })
    }

    /// As the watcher does, which misses a hint now and then.
    private func scanNowAndThen() async {
        while !state.withLock({ $0.isOver }) {
            await time.sleep(for: .seconds(60), isWork: true)
            tell(.scan)
        }
    }

    /// Where nothing is in flight the minutes are longer.
    private func checkEachMinute() async {
        var told = Duration.zero
        while !state.withLock({ $0.isOver }), !isBroken {
            await time.sleep(for: .seconds(60), isWork: true)
            checkNow()
            guard isTold, time.passed > told else { continue }
            told = time.passed + .seconds(3600)
            _ = (summary + "\n").withCString { write(STDERR_FILENO, $0, strlen($0)) }
        }
    }
}
