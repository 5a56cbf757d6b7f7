import BatchCore
import DurableFiles
import Glibc
import Logging
import Spooling
import SystemPackage

/// An arrival that is not ready.
struct WaitingArrival: Sendable {
    var reason: String
    /// Time alone can make it ready.
    var settles: Bool
    var quiet: Quiet?
    /// The user whose other jobs it waits for.
    var user: UInt32?
}

/// Steps 1 to 3: from a hint to a claimed job.
extension Dispatcher {
    /// Looks at every name in every inbox.
    func scan() {
        for (directory, lane) in inboxes() {
            let isInbox = directory == services.spool.inbox
            do throws(FileError) {
                let facts = try FileFacts(at: directory)
                if isInbox, facts == nil { throw FileError(.open, directory, ENOENT) }
                // A lane is a directory: what else has its name is looked at as an arrival.
                guard isInbox || facts?.kind == .directory else { continue }
                for name in try DurableFile.list(directory) {
                    toLook.add(Arrival(directory: directory, name: name, lane: lane))
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
        if waiting[arrival]?.reason != error.description {
            services.logger.warning(
                "arrival.waiting",
                metadata: ["name": "\(arrival.printableName)", "lane": "\(arrival.lane)", "reason": "\(error)"])
        }
        waiting[arrival] = WaitingArrival(reason: error.description, settles: false, quiet: nil)
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
        return try FileFacts(at: arrival.path)?.kind == .directory
    }

    /// Looks at what hints and scans named, and claims what is ready.
    func lookAtArrivals(_ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        while mayStart, let arrival = toLook.next() {
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
        while mayStart, claiming.count < Self.claimsAtOnce, let arrival = ready.next() {
            guard !claiming.contains(arrival) else { continue }
            do throws(FileError) { try look(at: arrival, isItsTurn: true, &group) } catch {
                cannotLook(at: arrival, error)
            }
        }
    }

    /// A job has left processing/: what its user has in the inbox may come.
    func giveBackShare(of record: JobRecord) {
        load.end(record.uid, bytes: record.sizeBytes)
        for (arrival, reason) in waiting where reason.user == record.uid { toLook.add(arrival) }
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
        switch try arrival.readiness(in: lane, quiet: &quiet, now: .now) {
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
            group.addTask { [services, tell] in
                await Self.claim(arrival, facts, digest, services, tell)
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
        _ tell: @Sendable (DispatcherEvent) -> Void
    ) async {
        let random = (0..<6).map { _ in UInt8(services.random() * 32) }
        let time = services.now()
        let id = JobID(deliveredName: arrival.name, at: time, random: random)
        do throws(FileError) {
            guard let claim = try await services.spool.claim(arrival, seen: facts, expected: digest, as: id, at: time)
            else {
                return tell(.notClaimed(arrival, nil))
            }
            await snapshot(claim, of: arrival, services, tell)
        } catch {
            tell(.notClaimed(arrival, error))
        }
    }

    /// The second half of step 3, also for a claim that an earlier process has left: ends with one event.
    static func snapshot(
        _ claim: consuming Claim, of arrival: Arrival, _ services: Services, _ tell: @Sendable (DispatcherEvent) -> Void
    ) async {
        let directory = claim.directory
        do {
            tell(.claimed(arrival, directory, try await snapshot(claim, services)))
        } catch is StoppedWaiting {
            tell(.notClaimed(arrival, nil))
        } catch {
            tell(.claimBroken(arrival, directory.id, error))
        }
    }

    private static func snapshot(_ claim: consuming Claim, _ services: Services) async throws -> JobRecord {
        let directory = claim.directory
        return try await claim.snapshot { reason in
            if services.isStopping() { throw StoppedWaiting() }
            try directory.write(JobState(.claimed, reason: reason))
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

/// A stop came while a claimed file still had a writer; the next start takes its snapshot.
struct StoppedWaiting: Error {}
