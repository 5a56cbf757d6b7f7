import BatchCore
import DurableFiles
import Logging
import Spooling
import SystemPackage

/// An arrival that is not ready.
struct WaitingArrival: Sendable {
    var reason: String
    /// Time alone can make it ready.
    var settles: Bool
    var quiet: Quiet?
}

/// Steps 1 to 3: from a hint to a claimed job.
extension Dispatcher {
    /// Looks at every name in every inbox.
    func scan() {
        do {
            for (directory, lane) in inboxes() { try scan(directory, of: lane) }
        } catch {
            trouble = trouble ?? error
        }
    }

    /// Whoever can write into the inbox can make something of a lane's name that is no directory, or one that is closed to
    /// us: that lane waits, and the others go on.
    private func scan(_ directory: FilePath, of lane: String) throws(FileError) {
        let name = Arrival(directory: services.spool.inbox, name: directory.lastNameBytes, lane: Lane.defaultName)
        do throws(FileError) {
            let isThere = try directory == services.spool.inbox ? true : isLane(name)
            guard isThere else { return }
            for name in try DurableFile.list(directory) {
                toLook.add(Arrival(directory: directory, name: name, lane: lane))
            }
            waiting[name] = nil
        } catch {
            guard directory != services.spool.inbox, !error.isEnvironmental else { throw error }
            waiting[name] = WaitingArrival(reason: "its lane cannot be looked into: \(error)", settles: false)
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
        return try FileFacts(at: arrival.path)?.kind == .directory
    }

    /// Looks at what hints and scans named, and claims what is ready.
    func lookAtArrivals(_ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        while mayStart, claiming.count < Self.claimsAtOnce, let arrival = toLook.next() {
            guard isInScope(arrival), !claiming.contains(arrival) else { continue }
            do {
                if try isLane(arrival) { continue }
                try look(at: arrival, &group)
            } catch {
                trouble = trouble ?? error
            }
        }
    }

    private func isInScope(_ arrival: Arrival) -> Bool {
        switch scope {
        case .everything: true
        case .only(let names): names.contains(arrival.name)
        }
    }

    private func look(at arrival: Arrival, _ group: inout ThrowingDiscardingTaskGroup<any Error>) throws {
        var quiet = waiting[arrival]?.quiet
        let lane = policies.lane(arrival.lane)
        switch try arrival.readiness(in: lane, quiet: &quiet, now: .now) {
        case .nothing:
            waiting[arrival] = nil
        case .waiting(let reason, let settles):
            if waiting[arrival]?.reason != reason {
                services.logger.debug(
                    "arrival.waiting",
                    metadata: ["name": "\(arrival.printableName)", "lane": "\(arrival.lane)", "reason": "\(reason)"])
            }
            waiting[arrival] = WaitingArrival(reason: reason, settles: settles, quiet: quiet)
        case .ready(let facts, let digest):
            waiting[arrival] = nil
            claiming.insert(arrival)
            group.addTask { [services, tell] in
                await Self.claim(arrival, facts, digest, services, tell)
            }
        }
    }

    /// Step 3, as a child task: ends with one event.
    private static func claim(
        _ arrival: Arrival, _ facts: FileFacts, _ digest: SHA256Digest?, _ services: Services,
        _ tell: @Sendable (DispatcherEvent) -> Void
    ) async {
        let random = (0..<6).map { _ in UInt8(services.random() * 32) }
        let time = services.now()
        let id = JobID(deliveredName: arrival.name, at: time, random: random)
        do {
            guard let claim = try await services.spool.claim(arrival, seen: facts, expected: digest, as: id, at: time)
            else {
                return tell(.notClaimed(arrival, nil))
            }
            let directory = claim.directory
            let record = try await snapshot(claim, services)
            tell(.claimed(arrival, directory, record))
        } catch is StoppedWaiting {
            tell(.notClaimed(arrival, nil))
        } catch {
            tell(.notClaimed(arrival, error))
        }
    }

    /// Goes on with the claims that an earlier process left without a snapshot. They may still have a writer, for whom
    /// nothing else is to wait.
    func takeUpClaims(_ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        for (directory, record) in reclaimed {
            reclaiming.insert(directory.id)
            group.addTask { [services, tell] in
                do {
                    let record = try await Self.snapshot(services.spool.reclaim(directory, record), services)
                    tell(.takenUp(directory, record))
                } catch is StoppedWaiting {
                    tell(.notTakenUp(directory.id, nil))
                } catch {
                    tell(.notTakenUp(directory.id, error))
                }
            }
        }
        reclaimed = []
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
