import BatchCore
import DurableFiles
import Glibc
import Logging
import Spooling
import SystemPackage

/// Steps 1 to 3: from a hint to a claimed job.
extension Dispatcher {
    /// Looks at every name in every inbox.
    func scan() {
        for (directory, lane) in inboxes() {
            let isInbox = directory == services.spool.inbox
            do throws(FileError) {
                // A lane is a directory: what else has its name is looked at as an arrival.
                guard let inbox = try OpenDirectory.open(directory) else {
                    if isInbox {
                        throw FileError(.open, directory, try FileFacts(at: directory) == nil ? ENOENT : ENOTDIR)
                    }
                    continue
                }
                for name in try inbox.names() {
                    toScan.add(Arrival(directory: directory, name: name, lane: lane))
                }
                if isInbox { noteInbox(nil) }
            } catch {
                if isInbox {
                    noteInbox(error)
                } else {
                    cannotLook(at: Arrival(directory: services.spool.inbox, name: Array(lane.utf8), lane: lane), error)
                }
            }
        }
    }

    /// An inbox that is gone or closed to us is mended by a person: what runs goes on, and it is looked at again each
    /// second. Who does not wait for anybody hears of it as trouble.
    private func noteInbox(_ error: FileError?) {
        if let error, error.isEnvironmental || untilIdle {
            trouble = trouble ?? error
            return
        }
        if let error, !isInboxClosed {
            services.logger.error("inbox.closed", metadata: ["reason": "\(error)"])
        } else if error == nil && isInboxClosed {
            services.logger.notice("inbox.recovered")
        }
        isInboxClosed = error != nil
    }

    /// One name that cannot be looked at or claimed waits with that as its reason: whoever may write into the inbox
    /// must not be able to stop the house. Trouble of the machine is everybody's.
    func cannotLook(at arrival: Arrival, _ error: FileError) {
        if error.isEnvironmental {
            trouble = trouble ?? error
            return
        }
        if waiting[arrival]?.reason != error.description, arrivalWarnings.mayBeSaid() {
            services.logger.warning(
                "arrival.waiting",
                metadata: ["name": "\(arrival.printableName)", "lane": "\(arrival.lane)", "reason": "\(error)"])
        }
        waiting[arrival] = WaitingArrival(reason: error.description, settles: false, quiet: nil)
    }

    func tellUnsaidWarnings() {
        guard let count = arrivalWarnings.tick() else { return }
        services.logger.warning(
            "arrival.waiting",
            metadata: ["count": "\(count)", "reason": "so many more could not be looked at; `bobbin status` has them"])
    }

    /// The inboxes of lanes are ours before anybody else makes them. What has the name of one and is no directory is
    /// looked at as an arrival, and waits with a reason.
    func prepareLanes() {
        for lane in policies.lanes.keys.sorted() where lane != Lane.defaultName {
            do throws(FileError) {
                try services.spool.prepareLane(lane)
            } catch {
                services.logger.debug("lane.unprepared", metadata: ["lane": "\(lane)", "reason": "\(error)"])
            }
        }
    }

    func look(at name: [UInt8], in directory: FilePath) {
        guard let lane = inboxes().first(where: { $0.directory == directory })?.lane else { return }
        toLook.add(Arrival(directory: directory, name: name, lane: lane))
    }

    /// The inbox itself is the default lane; a directory in it is a lane if bobbin.toml has one of that name.
    private func inboxes() -> [(directory: FilePath, lane: String)] {
        let lanes = policies.lanes.keys.sorted()
        return [(services.spool.inbox, Lane.defaultName)] + lanes.map { (services.spool.inbox.appending($0), $0) }
    }

    private func isLane(_ arrival: Arrival) throws(FileError) -> Bool {
        guard arrival.directory == services.spool.inbox,
            policies.lanes[String(decoding: arrival.name, as: UTF8.self)] != nil
        else { return false }
        return try arrival.facts()?.kind == .directory
    }

    /// Looks at what hints and scans named, and claims what is ready.
    func lookAtArrivals(_ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        var looksLeft = Self.looksInTurn
        while mayStart {
            guard looksLeft > 0 else { return toLook.isEmpty && toScan.isEmpty ? () : wake() }
            // In turn, as either may never run empty.
            let named = looksLeft % 2 == 0 ? toLook.next() ?? toScan.next() : toScan.next() ?? toLook.next()
            guard let arrival = named else { return }
            looksLeft -= 1
            guard isInScope(arrival), !claiming.contains(arrival) else { continue }
            do throws(FileError) {
                if try !isLane(arrival) { try look(at: arrival, isItsTurn: false, &group) }
            } catch {
                cannotLook(at: arrival, error)
            }
        }
    }

    /// Of each user in turn. What was ready a while ago is looked at once more.
    func claimReady(_ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        var looksLeft = Self.looksInTurn
        while mayStart, claiming.count < Self.claimsAtOnce {
            guard looksLeft > 0 else { return ready.isEmpty ? () : wake() }
            guard let arrival = ready.next() else { return }
            looksLeft -= 1
            guard !claiming.contains(arrival) else { continue }
            do throws(FileError) { try look(at: arrival, isItsTurn: true, &group) } catch {
                cannotLook(at: arrival, error)
            }
        }
    }

    /// A job has left processing/: what its user has in the inbox may come.
    func giveBackShare(of record: JobRecord) {
        load.end(record.uid, bytes: record.sizeBytes)
        // As many as can be claimed at once: all of them, for each job that ends, would take the time of the others.
        let his = waiting.byArrival.lazy.filter { $0.value.user == record.uid }
        for (arrival, _) in his.prefix(Self.claimsAtOnce) { toLook.add(arrival) }
    }

    private func isInScope(_ arrival: Arrival) -> Bool {
        switch scope {
        case .everything: true
        case .only(let names): names.contains(arrival.name)
        }
    }

    private func look(
        at arrival: Arrival, isItsTurn: Bool, _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) throws(FileError) {
        var quiet = waiting[arrival]?.quiet
        let lane = policies.lane(arrival.lane)
        switch try arrival.readiness(in: lane, quiet: &quiet, now: services.clock.now) {
        case .nothing:
            waiting[arrival] = nil
        case .waiting(let reason, let settles):
            wait(arrival, WaitingArrival(reason: reason, settles: settles, quiet: quiet))
        case .ready(let facts, let digest):
            let share = policies.budget.share(of: facts.uid)
            if let reason = load.refusal(of: facts.uid, bytes: facts.sizeBytes, share) {
                return wait(arrival, WaitingArrival(reason: reason, settles: false, quiet: quiet, user: facts.uid))
            }
            waiting[arrival] = nil
            guard isItsTurn || ready.isEmpty && claiming.count < Self.claimsAtOnce else {
                return ready.add(arrival, of: facts.uid)
            }
            claiming.insert(arrival)
            claims[arrival] = facts
            load.begin(facts.uid, bytes: facts.sizeBytes)
            group.addTask { [services, policies, tell] in
                await Self.claim(arrival, facts, digest, services, policies.limits, tell)
            }
        }
    }

    private func wait(_ arrival: Arrival, _ reason: WaitingArrival) {
        if waiting[arrival]?.reason != reason.reason {
            services.logger.debug(
                "arrival.waiting",
                metadata: [
                    "name": "\(arrival.printableName)", "lane": "\(arrival.lane)", "reason": "\(reason.reason)",
                ])
        }
        waiting[arrival] = reason
    }

    /// Step 3, as a child task: ends with one event.
    private static func claim(
        _ arrival: Arrival, _ facts: FileFacts, _ digest: SHA256Digest?, _ services: Services,
        _ limits: FileLimits, _ tell: @Sendable (DispatcherEvent) -> Void
    ) async {
        let random = (0..<6).map { _ in UInt8(services.random() * 32) }
        let time = services.now()
        let id = JobID(deliveredName: arrival.name, at: time, random: random)
        do throws(FileError) {
            guard let claim = try await services.spool.claim(arrival, seen: facts, expected: digest, as: id, at: time)
            else {
                return tell(.notClaimed(arrival, services.spool.job(id), nil))
            }
            await take(
                LateSnapshot(directory: claim.directory, record: claim.record), of: .arrival(arrival), services, limits,
                tell)
        } catch {
            tell(.notClaimed(arrival, services.spool.job(id), error))
        }
    }

    /// The second half of step 3, one try: ends with one event.
    static func take(
        _ late: LateSnapshot, of origin: ClaimOrigin, _ services: Services, _ limits: FileLimits,
        _ tell: @Sendable (DispatcherEvent) -> Void
    ) async {
        var late = late
        let directory = late.directory
        do throws(FileError) {
            let claim = services.spool.reclaim(directory, late.record)
            switch try await claim.snapshot(
                limitBytes: limits.fileBytes, isLastTry: late.isLastTry, in: services.spool.snapshotSpace)
            {
            case .ended(let record): return tell(.claimed(origin, directory, record))
            case .waits(let reason):
                late.tries += 1
                late.waitsForSpace = false
                try directory.write(JobState(.claimed, reason: reason))
            case .waitsForSpace(let reason):
                late.waitsForSpace = true
                try directory.write(JobState(.claimed, reason: reason))
            }
            tell(.claimWaits(origin, late))
        } catch {
            tell(.claimBroken(origin, directory.id, error))
        }
    }
}
