import BatchCore
import DurableFiles
import Ledgers
import Logging
import Spooling

/// What is done once a second, and when the configuration changes.
extension Dispatcher {
    private static let freeInodesMin = 256
    /// Looks at arrivals between two events: the watchdog is fed by turns.
    static let looksInTurn = 512

    func tick() async throws {
        services.turns.tick()
        secondsToUpkeep -= 1
        late.tick()
        tellUnsaidWarnings()
        lookAgainAtWaiting()
        if isInboxClosed { scan() }
        try lookAtSpace()
        try await services.ledger.checkFiles()
        try await handleControl()
        if !isHashLogInWork { isHashLogDue = await services.hashLog.isMaintenanceDue }
        try await services.ledger.flush()
        writePace()
        let day = policies.calendar.day(at: services.now())
        // Who waits for money of yesterday asks for today's.
        if let today, today != day { await services.ledger.wakeWaiting() }
        today = day
        if let book = await services.ledger.book(of: day) {
            budgetWatch.look(at: book, on: day, thresholds: policies.budget.thresholds, services.logger)
        }
        try await wakeParked()
    }

    /// Nothing is decided by it: what is in its way, a full disk too, is trouble for who must write.
    private func writePace() {
        do {
            try services.pace.write(to: services.spool, at: services.clock.now)
        } catch {
            services.logger.debug("pace.unwritten", metadata: ["reason": "\(error)"])
        }
    }

    /// Those that time makes ready are looked at each second, the others in turn: an inbox full of what nobody will
    /// ever claim must not take the time of what somebody will.
    private func lookAgainAtWaiting() {
        if lookAgain.isEmpty { lookAgain = Array(waiting.byArrival.keys) }
        for arrival in lookAgain.suffix(Self.looksInTurn) { toScan.add(arrival) }
        lookAgain.removeLast(min(Self.looksInTurn, lookAgain.count))
        for (arrival, reason) in waiting.byArrival where reason.settles { toLook.add(arrival) }
    }

    func reload(_ new: Policies) async throws {
        for (name, slots) in slots { slots.resize(to: new.lane(name).concurrency) }
        allSlots.resize(to: new.schedule.concurrency)
        services.turns.configure(new.schedule)
        let before = policies.budget.day
        if new.results != policies.results { secondsToUpkeep = 0 }
        policies = new
        services.endpoints.forgetFaults()
        services.traffic.limit(by: new.catalogue)
        let today = new.calendar.day(at: services.now())
        try await services.ledger.reconfigure(new.budget, today: today)
        if new.budget.day != before {
            services.logger.notice(
                "budget.raised",
                metadata: [
                    "day": "\(today)", "cap_usd": "\(new.budget.day.usd?.decimal ?? "none")",
                    "cap_tokens": "\(new.budget.day.tokens.map(String.init) ?? "none")", "by": "budget.toml",
                ])
        }
        for (job, reason) in parked {
            switch reason {
            case .budget(let refusal, _): if case .model = refusal.scope { toAskAgain.insert(job) }
            case .review, .judge: toAskAgain.insert(job)
            case .endpoint, .window, .paused, .stopping: break
            }
        }
        prepareLanes()
        scan()
    }

    /// Said once, and once more when it is over.
    private func lookAtSpace() throws {
        let facts = try FileSystemFacts(at: services.spool.root)
        let isFull = facts.freeBytes < Spool.fullBytes || facts.freeInodes.map { $0 < Self.freeInodesMin } ?? false
        if isFull && !isSpoolFull {
            let inodes = facts.freeInodes.map(String.init) ?? "enough"
            let reason =
                "\(facts.freeBytes) bytes and \(inodes) inodes are free: nothing is started until there is more"
            services.logger.error("spool.full", metadata: ["reason": "\(reason)"])
        } else if !isFull && isSpoolFull {
            services.logger.notice("spool.recovered", metadata: ["free_bytes": "\(facts.freeBytes)"])
        }
        isSpoolFull = isFull
    }

    /// A request that is closed to us stays, so that nobody takes it for done, and is said once.
    private func passOver(_ closed: [PendingControl]) {
        for pending in closed where !closedRequests.contains(pending.path) {
            services.logger.warning(
                "control.ignored",
                metadata: [
                    "file": "\(pending.path.printable)", "by": "uid \(pending.uid)",
                    "reason": "\(pending.trouble.map { "\($0)" } ?? "")",
                ])
        }
        closedRequests = Set(closed.map(\.path))
    }

    /// What an operator asked for in control/.
    private func handleControl() async throws {
        earlyReviews = []
        let requests = try services.spool.controlRequests()
        passOver(requests.filter { $0.trouble != nil })
        for pending in requests where pending.trouble == nil {
            switch pending.request {
            case .raise(let cap, let day):
                guard day == policies.calendar.day(at: services.now()) else {
                    services.logger.warning(
                        "control.ignored", metadata: ["reason": "the cap of \(day) is not raised: the day is over"])
                    break
                }
                try await services.ledger.raise(Cap(usd: cap), on: day, by: "uid \(pending.uid)")
                services.logger.notice(
                    "budget.raised",
                    metadata: [
                        "day": "\(day)", "cap_usd": "\(cap.decimal)", "by": "uid \(pending.uid)",
                        "request": "\(pending.path.printable)",
                    ])
            case .adopt(let day):
                // The books were looked at a moment ago, and are in order.
                services.logger.warning(
                    "control.ignored", metadata: ["reason": "there is nothing to adopt on \(day)"])
            case .forget, .prune:
                // It takes its time, and is taken away when it is done.
                if !hashLogRequests.contains(where: { $0.path == pending.path }) { hashLogRequests.append(pending) }
                continue
            case .review(let job, let submission):
                try takeReview(of: job, submission, pending)
                continue
            case .pause(let subject):
                try await pause(subject, pending)
                continue
            case .resume(let subject):
                try resume(subject, pending)
                continue
            case nil:
                services.logger.warning("control.ignored", metadata: ["file": "\(pending.path.printable)"])
            }
            try pending.end()
        }
    }
}
