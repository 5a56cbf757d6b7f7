import BatchCore
import DurableFiles
import Ledgers
import Logging
package import Spooling
package import Synchronization
import SystemPackage

/// WHEN: looks at arrivals, claims them, starts jobs in their order, parks them and sets them going again. One event
/// after the other; whatever takes time is done by child tasks, which tell of their end by an event.
package actor Dispatcher {
    /// What this process works on.
    package enum Scope: Sendable {
        case everything
        /// Files of these names alone; other jobs in processing/ stay as they are.
        case only(Set<[UInt8]>)
    }

    /// Claims at a time: they wait for the disk, and share its fsyncs.
    static let claimsAtOnce = 16

    let services: Services
    /// Trouble of one job, or of an arrival, that is trouble for all.
    let halt = Halt()
    var policies: Policies
    let scope: Scope
    let untilIdle: Bool
    /// Puts an event in line.
    let tell: @Sendable (DispatcherEvent) -> Void
    private let events: AsyncStream<DispatcherEvent>

    /// Claims without a snapshot: it waits, or an earlier process left them so.
    var late = LateSnapshots()
    var waiting = WaitingArrivals()
    /// Of names that cannot be looked at.
    var arrivalWarnings = RareWarnings()
    /// What hints have named.
    var toLook = LookList()
    /// What scans have found, and what waits: looked at in turn with the others, however much either is.
    var toScan = LookList()
    /// Waiting arrivals whose next look is due.
    var lookAgain: [Arrival] = []
    var claiming: Set<Arrival> = []
    /// Ready, and waiting for one of the claims.
    var ready = UserTurns()
    /// Of what is being claimed.
    var claims: [Arrival: FileFacts] = [:]
    var load = UserLoad()
    var queue = JobQueue()
    var records: [JobID: JobRecord] = [:]
    var parked: [JobID: ParkReason] = [:]
    /// Set going again for money that is there, and not reserved yet: others do not get it meanwhile.
    var promised: [JobID: PromisedMoney] = [:]
    /// The configuration was loaded again since they were parked, and another model of their route may have money by
    /// now, the judge may be mended, or a person is not asked any more; or a person has decided.
    var toAskAgain: Set<JobID> = []
    /// What persons handed in for jobs that do not wait for it yet.
    var earlyReviews: Set<JobID> = []
    /// The day of the last tick.
    var today: CivilDate?
    var stopped: Set<JobID> = []
    /// Jobs that were parked in this process, or perhaps in an earlier one: that they go on may be news.
    var mayResume: Set<JobID> = []
    /// By lane.
    var slots: [String: RequestSlots] = [:]
    let allSlots: RequestSlots
    var isStopping = false
    private var hasHalted = false
    var isSpoolFull = false
    var isInboxClosed = false
    /// Once it is there nothing new is sent, so that it is told, and mended, soon.
    var trouble: (any Error)? {
        didSet { if let trouble { halt.note(trouble) } }
    }
    var budgetWatch = BudgetWatch()
    /// What an operator asked of the hash log, the first of it in work.
    var hashLogRequests: [PendingControl] = []
    /// Requests in control/ that are closed to us, and that was said.
    var closedRequests: Set<FilePath> = []
    var isHashLogDue = false
    var isHashLogInWork = false
    var upkeep = Upkeep()
    var isUpkeepInWork = false
    /// A round of it has ended.
    var hasLookedAfterBooks = false
    var secondsToUpkeep = Dispatcher.secondsToFirstRound
    /// Turns of the loop, for a watchdog: a loop that stands still feeds nothing.
    package nonisolated let turns = Atomic<UInt64>(0)
    private nonisolated let isTickInLine = Atomic<Bool>(false)
    private nonisolated let isWakeInLine = Atomic<Bool>(false)
    private nonisolated let hints = Mutex(HintedNames())

    /// - Parameters:
    ///   - untilIdle: return when nothing in the spool can move.
    ///   - wasSpoolFull: an earlier process said so, and not that it was over.
    package init(
        services: Services, policies: Policies, scope: Scope = .everything, untilIdle: Bool, wasSpoolFull: Bool = false
    ) {
        var services = services
        services.isStopping = { [halt, isStopping = services.isStopping] in halt.isHalted || isStopping() }
        self.services = services
        self.policies = policies
        self.scope = scope
        self.untilIdle = untilIdle
        isSpoolFull = wasSpoolFull
        services.traffic.limit(by: policies.catalogue)
        services.turns.configure(policies.schedule)
        allSlots = RequestSlots(policies.schedule.concurrency)
        let (events, continuation) = AsyncStream.makeStream(of: DispatcherEvent.self)
        self.events = events
        tell = { continuation.yield($0) }
    }

    /// For a watchdog, see `EndpointTraffic`.
    package nonisolated var attempts: (moves: UInt64, hasOpen: Bool) { services.traffic.progress }

    package nonisolated func send(_ event: DispatcherEvent) {
        switch event {
        case .look(let directory, let name): hints.withLock { $0.add(.init(directory: directory, bytes: name)) }
        case .scan: hints.withLock { $0.addScan() }
        default: return tell(event)
        }
        wake()
    }

    /// One that waits its turn is enough.
    nonisolated func wake() {
        if !isWakeInLine.exchange(true, ordering: .acquiringAndReleasing) { tell(.wake) }
    }

    private func takeHints() {
        isWakeInLine.store(false, ordering: .releasing)
        let hinted = hints.withLock { $0.take() }
        if hinted.isScan { scan() }
        for name in hinted.names { look(at: name.bytes, in: name.directory) }
    }

    /// The jobs that stand still, and why.
    package var parkedJobs: [JobID: ParkReason] { parked }

    /// The arrivals that are not ready, and why.
    package var waitingArrivals: [(arrival: Arrival, reason: String)] {
        waiting.byArrival.map { ($0.key, $0.value.reason) }
    }

    /// Trouble has come: what runs is being brought to its end.
    package nonisolated var isHalted: Bool { halt.isHalted }

    /// Works until it is stopped, or idle. `recover` comes before.
    /// - Throws: trouble with the environment or the books, after what was at work has ended. Nothing is lost by it: a
    ///   new dispatcher goes on.
    package func run() async throws -> DispatcherEnd {
        prepareLanes()
        scan()
        return try await withThrowingDiscardingTaskGroup { group in
            group.addTask { [self] in
                while !Task.isCancelled {
                    // One that waits its turn is enough: more of them would put a stop at the end of a growing line.
                    if !isTickInLine.exchange(true, ordering: .acquiringAndReleasing) { tell(.tick) }
                    try? await services.clock.sleep(for: .seconds(1))  // woken by the end of the group alone
                }
            }
            for await event in events {
                turns.add(1, ordering: .relaxed)
                await handle(event)
                goOnWithClaims(&group)
                lookAtArrivals(&group)
                claimReady(&group)
                startJobs(&group)
                lookAfterHashLog(&group)
                lookAfterBooks(&group)
                if let end = try end() {
                    if case .idle = end, mayLookAfterBooks {
                        secondsToUpkeep = 0
                        lookAfterBooks(&group)
                        continue
                    }
                    group.cancelAll()
                    return end
                }
            }
            return .stopped
        }
    }

    private func handle(_ event: DispatcherEvent) async {
        do {
            switch event {
            case .look(let directory, let name): look(at: name, in: directory)
            case .scan: scan()
            case .wake: takeHints()
            case .tick:
                isTickInLine.store(false, ordering: .releasing)
                try await tick()
            case .reload(let policies): try await reload(policies)
            case .stop:
                isStopping = true
                await services.wakeWaiting()
            case .claimed(let origin, let directory, let record):
                endClaim(of: origin)
                enqueue(directory, record)
            case .claimWaits(let origin, let snapshot):
                endClaim(of: origin)
                setAside(snapshot)
            case .notClaimed(let arrival, let directory, let error):
                endClaim(of: .arrival(arrival), isWorthALook: error == nil)
                if let error { try notClaimed(arrival, directory, error) }
            case .claimBroken(let origin, let job, let error):
                endClaim(of: origin)
                try await failed(job, error)
            case .hashLogEnded(let request):
                isHashLogInWork = false
                hashLogRequests.removeAll { $0.path == request }
            case .upkeepEnded(let upkeep): upkeepEnded(upkeep)
            case .ended(let job, let end): ended(job, end)
            case .failed(let job, let error): try await failed(job, error)
            }
        } catch {
            trouble = trouble ?? error
        }
        // What runs would go on for hours otherwise, before anybody hears of the trouble.
        if trouble != nil && !hasHalted {
            hasHalted = true
            await services.wakeWaiting()
        }
    }

    /// What comes of it takes its part of its user's share anew.
    /// - Parameter isWorthALook: at once; what could not be claimed has its turn among those that wait.
    private func endClaim(of origin: ClaimOrigin, isWorthALook: Bool = true) {
        switch origin {
        case .late(let record):
            late.ended()
            load.end(record.uid, bytes: record.sizeBytes)
        case .arrival(let arrival):
            claiming.remove(arrival)
            if let facts = claims.removeValue(forKey: arrival) { load.end(facts.uid, bytes: facts.sizeBytes) }
            // A name may stand there again by now, and a hint of it was passed over meanwhile.
            if isWorthALook { toLook.add(arrival) }
        }
    }

    /// What has not moved waits where it is, or is gone, whatever its producer did to it meanwhile; what has moved and
    /// was not told is trouble.
    private func notClaimed(_ arrival: Arrival, _ directory: JobDirectory, _ error: FileError) throws {
        if try FileFacts(at: directory.delivered) != nil {
            trouble = trouble ?? error
        } else {
            cannotLook(at: arrival, error)
        }
    }

    /// Is there a reason to return? Whatever runs ends before.
    private func end() throws -> DispatcherEnd? {
        guard claiming.isEmpty, late.inWork == 0, !queue.hasRunning, !isHashLogInWork, !isUpkeepInWork else {
            return nil
        }
        if let trouble { throw trouble }
        if isStopping { return .stopped }
        guard untilIdle, !isHashLogDue, hashLogRequests.isEmpty, earlyReviews.isEmpty else { return nil }
        let standing = parked.count + stopped.count + late.count
        if isSpoolFull { return .idle(parked: max(1, standing)) }
        guard queue.isEmpty, toLook.isEmpty, toScan.isEmpty, ready.isEmpty, late.areIdle,
            !waiting.byArrival.values.contains(where: \.settles)
        else {
            return nil
        }
        return .idle(parked: standing)
    }

    /// Who works until nothing can move looks after the books last.
    private var mayLookAfterBooks: Bool {
        guard case .everything = scope else { return false }
        return !hasLookedAfterBooks && mayStart
    }

    /// May something new start? A stop holds at once, wherever its event stands in line.
    var mayStart: Bool { !isStopping && !isSpoolFull && !services.isStopping() }
}
