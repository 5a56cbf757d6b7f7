import BatchCore
import DurableFiles
import Ledgers
import Logging
import Spooling

/// From a claimed job to its end: queue, start, park, resume.
extension Dispatcher {
    /// Takes over what an earlier process left in processing/, by the table of Spooling/README.md.
    package func recover() async throws {
        try loadPauses()
        let interrupted = try await services.settleOpenReservations()
        if interrupted > 0 {
            services.logger.warning("requests.unknown", metadata: ["count": "\(interrupted)"])
        }
        try await services.holdKeysOfBatches()
        guard case .everything = scope else { return }
        for id in try services.spool.jobs() {
            do { try recover(services.spool.job(id)) } catch { try await failed(id, error) }
        }
        if let trouble { throw trouble }
    }

    private func recover(_ directory: JobDirectory) throws {
        let hasDelivered = try FileFacts(at: directory.delivered) != nil
        let hasInput = try FileFacts(at: directory.input) != nil
        guard let record = try record(of: directory, isClaimed: hasDelivered || hasInput) else { return }
        if hasDelivered && record.sha256 == nil {
            try services.spool.removeManifests(of: record)
            setAside(LateSnapshot(directory: directory, record: record), atOnce: true)
        } else {
            // A crash between the snapshot and the removal of what it was taken of.
            if hasDelivered { try DurableFile.remove(directory.delivered) }
            mayResume.insert(directory.id)
            enqueue(directory, record, hasBatch: directory.hasBatch)
        }
    }

    /// Of its user's share it takes its part meanwhile.
    func setAside(_ snapshot: LateSnapshot, atOnce: Bool = false) {
        load.begin(snapshot.record.uid, bytes: snapshot.record.sizeBytes)
        late.add(snapshot, atOnce: atOnce)
    }

    /// Snapshots what was claimed before. A writer may hold such a file open for as long as it likes, so nothing else
    /// waits for it.
    func goOnWithClaims(_ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        while mayStart, let snapshot = late.next() {
            group.addTask { [services, policies, tell] in
                await Self.take(snapshot, of: .late(snapshot.record), services, policies.limits, tell)
            }
        }
    }

    /// - Returns: nil if there is no job here: the directory was made for a file that is still in the inbox.
    private func record(of directory: JobDirectory, isClaimed: Bool) throws -> JobRecord? {
        if let record = try directory.record() {
            if isClaimed { return record }
            if try directory.verdictReport() != nil { return record }
        } else if try directory.verdictReport() != nil || isClaimed {
            // The record went first when the job was published.
            return JobRecord(
                name: Array("\(directory.id.stem).jsonl".utf8), lane: Lane.defaultName, uid: 0,
                arrivedAt: services.now(),
                claimedAt: services.now(), sizeBytes: 0)
        }
        try DurableFile.removeTree(directory.path)
        return nil
    }

    func enqueue(_ directory: JobDirectory, _ record: JobRecord, hasBatch: Bool = false) {
        services.logger.info(
            "job.claimed",
            metadata: ["job": "\(directory.id)", "lane": "\(record.lane)", "name": "\(record.printableName)"])
        records[directory.id] = record
        load.begin(record.uid, bytes: record.sizeBytes)
        note(.queued, of: directory.id)
        queue.add(
            JobQueue.Entry(
                job: directory.id.name, lane: policies.lane(record.lane), claimedAt: record.claimedAt,
                hasBatch: hasBatch))
    }

    func startJobs(_ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        while mayStart, let entry = queue.next() {
            guard let id = JobID(entry.job), let record = records[id] else { continue }
            let directory = services.spool.job(id)
            let pipeline = Pipeline(services: services, policies: policies, mayResume: mayResume.contains(id))
            let slots = slots(of: policies.lane(record.lane))
            group.addTask { [tell] in
                do {
                    tell(.ended(id, try await pipeline.process(directory, record, slots: slots)))
                } catch {
                    tell(.failed(id, error))
                }
            }
        }
    }

    func ended(_ job: JobID, _ end: JobEnd) {
        _ = queue.end(job.name)
        promised[job] = nil
        switch end {
        case .published:
            mayResume.remove(job)
            forgetPause(of: job)
            if let record = records.removeValue(forKey: job) { giveBackShare(of: record) }
        case .parked(.stopping):
            note(.parked, of: job, reason: ParkReason.stopping.description)
        case .parked(let reason):
            parked[job] = reason
            if earlyReviews.contains(job) { tell(.tick) }
            note(
                reason.phase, of: job, reason: reason.description,
                resumesAt: reason.resumesAt(
                    policies, lane: policies.lane(records[job]?.lane ?? ""), parkedAt: services.now()))
            services.logger.warning(
                "job.parked",
                metadata: [
                    "job": "\(job)", "lane": "\(records[job]?.lane ?? "")", "reason": "\(reason)",
                    "cause": "\(reason.cause)",
                ])
            if case .budget(let refusal, _) = reason {
                budgetWatch.exhausted(refusal, on: policies.calendar.day(at: services.now()), services.logger)
            }
        }
    }

    /// What is the job's alone lets it stand still until a person has looked and the daemon is started anew.
    func failed(_ job: JobID, _ error: any Error) async throws {
        _ = queue.end(job.name)
        promised[job] = nil
        guard error.isOfOneJob else {
            trouble = trouble ?? error
            return
        }
        stopped.insert(job)
        await services.inFlight.letGo(ofJob: job.name)
        note(.stopped, of: job, reason: "\(error)")
        services.logger.error("job.stopped", metadata: ["job": "\(job)", "reason": "\(error)"])
        // Else the others would wait for money that nobody gives back.
        _ = try await services.settleOpenReservations(of: job.name)
    }

    private func slots(of lane: Lane) -> LaneSlots {
        let own = slots[lane.name] ?? RequestSlots(lane.concurrency)
        slots[lane.name] = own
        return LaneSlots(lane: own, all: allSlots)
    }

    /// Shows the state of a job to `bobbin status`; counts that are known stay.
    func note(
        _ phase: JobState.Phase, of job: JobID, reason: String = "", resumesAt: Timestamp? = nil
    ) {
        do {
            let directory = services.spool.job(job)
            var state = try directory.state() ?? JobState(phase)
            state.phase = phase
            state.reason = reason
            state.resumesAt = resumesAt
            try directory.write(state)
        } catch  where !error.isEnvironmental {
            // Nothing is decided by it; what is wrong with the directory is found by the work on the job.
            services.logger.warning("job.unwritable", metadata: ["job": "\(job)", "reason": "\(error)"])
        } catch {
            trouble = trouble ?? error
        }
    }
}
