import BatchCore
import DurableFiles
import Gates
import Ledgers
import Logging
package import Spooling
import SystemPackage

/// The story of one job, by the numbers of Sources/README.md. What it does is in the files that are named after the
/// steps.
package struct Pipeline: Sendable {
    let services: Services
    let policies: Policies
    /// The job was parked, as far as this process knows, or comes from an earlier one.
    let mayResume: Bool

    package init(services: Services, policies: Policies, mayResume: Bool = false) {
        self.services = services
        self.policies = policies
        self.mayResume = mayResume
    }

    /// Works on a claimed job until it is published or has to wait. It can be entered again after any crash: what is on
    /// disk is not done again.
    /// - Throws: trouble with the environment or the books; the job stays where it is.
    package func process(_ directory: JobDirectory, _ record: JobRecord, slots: LaneSlots) async throws -> JobEnd {
        if let report = try directory.verdictReport() {
            try directory.keepNames()
            return try await move(directory, record, report)
        }
        if let pause = services.pauses.pause(of: directory.id, lane: record.lane), try directory.isPlanned,
            try directory.batches().isEmpty
        {
            return try park(directory, .paused(pause))
        }
        let startedAt = services.now()
        let run = try await withTaskExecutorPreference(FileExecutor.bulk) {
            try await open(directory, record, slots)  // 4 to 6
        }
        var judged: [Int: JudgedShard] = [:]
        var standstill = Standstill()
        let first = run.plan.shards.filter { $0.role != .regular }
        // 7 to 10
        try await work(on: first, of: run, into: &judged, &standstill)
        // A bad prompt costs one shard; where strata are told apart, a bad class costs one of its own.
        let passed = Set(judged.values.filter { $0.verdict.isAccepted && $0.shard.role == .canary }.map(\.shard.group))
        let canaries = Set(run.plan.shards.filter { $0.role == .canary }.map(\.group))
        let rest = run.plan.shards.filter {
            $0.role == .regular && (passed.contains($0.group) || !canaries.contains($0.group))
        }
        try await work(on: rest, of: run, into: &judged, &standstill)
        if let reason = try await endBatches(of: run.plan.shards.filter { judged[$0.number] == nil }, of: run) {
            return try await park(run, reason)
        }
        if let reason = standstill.reason { return try await park(run, reason) }
        if let reason = try await judgeWhatWasPaid(run, into: &judged) { return try await park(run, reason) }
        if let reason = try run.askPerson(about: judged) { return try await park(run, reason) }
        run.progress.goesOn()  // also where nothing was left to do but the judgement
        try await run.attempts.close()
        let report = try await withTaskExecutorPreference(FileExecutor.bulk) { [judged] in
            try await write(run, judged, startedAt)  // 11
        }
        return try await move(directory, record, report)
    }

    /// Steps 4 to 6: one pass over the bytes, what was asked before taken out, the rest cut; or the plan of an earlier
    /// run, which is trusted.
    private func open(_ directory: JobDirectory, _ record: JobRecord, _ slots: LaneSlots) async throws -> JobRun {
        let now = services.now()
        let policies = policies.asOf(now).reading(retries: record.isRetry)
        let lane = policies.lane(record.lane)
        let dayCap = await services.ledger.roomiestCap(on: policies.calendar.day(at: now))
        let earlier = try directory.plan()
        if earlier != nil { try directory.keepNames() }
        let reader = InputReader(
            policies.readRules(lane, uid: record.uid, dayCap: dayCap, isPlanned: earlier != nil),
            limits: policies.shardLimits(lane, dayCap: dayCap),
            hashLog: earlier == nil ? services.hashLog : nil, isRetry: record.isRetry, now: now, keepsEntries: true,
            scratchIn: directory.path)
        var pace = ReadingPace(directory, clock: services.clock)
        var planned: PlannedReading
        if let refusal = record.refusal {
            planned = .refused(refusal)
        } else {
            planned = try await reader.read(
                directory.input, progress: { done, total in try pace.note(done, of: total) })
        }
        if record.refusal == nil, let expected = record.expected, expected != record.sha256 {
            planned.reading.fileRefusal = "its SHA-256 is not the one in the manifest beside it: deliver both again"
        }
        if let earlier {
            planned.plan = earlier
            planned.reading.fileRefusal = nil
        } else if planned.reading.fileRefusal == nil {
            planned.reading.fileRefusal = try await services.refusal(
                of: record.sha256, plan: planned.plan, isRetry: record.isRetry)
        }
        if planned.reading.fileRefusal != nil {
            planned.plan = .empty
        } else if earlier == nil {
            try directory.write(planned.plan)
        }
        let (reading, plan) = (planned.reading, planned.plan)
        var done = 0
        for shard in plan.shards { done += try ShardFile.read(directory.shard(shard.number)).entries.count }
        // Told where the job had been parked, and not before there is an outcome: a job that an endpoint refuses is
        // tried again every minute.
        let progress = JobProgress(directory, lines: reading.total, done: done, clock: services.clock) {
            [services, mayResume] in
            guard mayResume else { return }
            services.logger.info("job.resumed", metadata: ["job": "\(directory.id)", "lane": "\(lane.name)"])
        }
        tellUnknownPrices(in: reading, of: directory)
        try progress.note("")
        services.logger.info(
            "job.started", metadata: ["job": "\(directory.id)", "lane": "\(lane.name)", "lines": "\(reading.total)"])
        return JobRun(
            services: services, policies: policies, directory: directory, record: record, lane: lane,
            isRetry: record.isRetry, reading: reading, plan: plan,
            input: try JobInput(record.refusal == nil ? directory.input : nil, catalogue: policies.catalogue),
            attempts: try AttemptLog(directory.attempts), slots: slots, progress: progress,
            reviews: try directory.reviewDecisions())
    }

    /// Lines that ask for a model without a price are refused: one event for each such model of a job.
    private func tellUnknownPrices(in reading: Reading, of directory: JobDirectory) {
        var lines: [String: Int] = [:]
        for line in reading.refused where line.refusal.code == .priceUnknown {
            lines[line.refusal.reason, default: 0] += 1
        }
        for (reason, count) in lines.sorted(by: { $0.key < $1.key }) {
            services.logger.error(
                "price.unknown", metadata: ["job": "\(directory.id)", "lines": "\(count)", "reason": "\(reason)"])
        }
    }

    /// Steps 7 to 10 for several shards, a few at a time: enough to keep every slot of the lane busy, few enough that
    /// the money of the day is not set aside for what cannot start yet.
    private func work(
        on shards: [ShardPlan.Shard], of run: JobRun, into judged: inout [Int: JudgedShard],
        _ standstill: inout Standstill
    ) async throws {
        let out = try run.shardsWithBatch()
        // They come back whatever holds back the rest.
        let first = shards.filter { out.contains($0.number) }
        var waiting = shards.filter { !out.contains($0.number) }[...]
        await withTaskGroup(of: (RequestKind, ShardRun.End)?.self) { group in
            func start(_ shard: ShardPlan.Shard) {
                group.addTask {
                    do { return (shard.kind, try await ShardRun(run, shard).work()) } catch {
                        await run.halt(because: error)
                        return nil
                    }
                }
            }
            func startNext() {
                while !standstill.isWhole, !run.isHalted, let shard = waiting.popFirst() {
                    if standstill.kinds.contains(shard.kind) { continue }
                    return start(shard)
                }
            }
            for shard in first { start(shard) }
            for _ in first.count..<max(first.count, run.lane.shardsAtOnce) { startNext() }
            while let ended = await group.next() {
                if let (kind, end) = ended {
                    switch end {
                    case .judged(let shard): judged[shard.shard.number] = shard
                    case .parked(let reason): standstill.note(reason, of: kind)
                    }
                }
                startNext()
            }
        }
        if let error = run.halt.error { throw error }
        if !waiting.isEmpty { standstill.stop() }
    }

    private func park(_ run: JobRun, _ reason: ParkReason) async throws -> JobEnd {
        try await run.attempts.close()
        try run.progress.note("")  // the count as it is, not as it was half a second ago
        return try park(run.directory, reason)
    }

    private func park(_ directory: JobDirectory, _ reason: ParkReason) throws -> JobEnd {
        if let note = reason.note(on: policies.calendar.day(at: services.now())) { try directory.note(note) }
        return .parked(reason)
    }

    /// Of shards whose turn has not come: what is out comes back.
    /// - Returns: why it has to be waited for elsewhere; nil: nothing is out.
    private func endBatches(of shards: [ShardPlan.Shard], of run: JobRun) async throws -> ParkReason? {
        let out = try run.shardsWithBatch().intersection(shards.map(\.number))
        if run.isHalted, !out.isEmpty { return .stopping }
        let reason = await withTaskGroup(of: ParkReason?.self) { group in
            for shard in shards where out.contains(shard.number) {
                group.addTask {
                    do { return try await ShardRun(run, shard).endBatches() } catch {
                        await run.halt(because: error)
                        return nil
                    }
                }
            }
            return await group.reduce(nil) { $0 ?? $1 }
        }
        if let error = run.halt.error { throw error }
        return reason
    }

    /// A gate that has become stricter since an earlier run may reject a canary whose successors have answers already.
    /// - Returns: why the judgement has to wait; nil: there is one.
    private func judgeWhatWasPaid(_ run: JobRun, into judged: inout [Int: JudgedShard]) async throws -> ParkReason? {
        for shard in run.plan.shards where judged[shard.number] == nil {
            guard try !ShardFile.read(run.directory.shard(shard.number)).entries.isEmpty else { continue }
            switch try await ShardRun(run, shard).judge() {
            case .judged(let shard): judged[shard.shard.number] = shard
            case .parked(let reason): return reason
            }
        }
        return nil
    }

    /// Step 11, first half: results, then the report, which is the record of the verdict.
    private func write(
        _ run: JobRun, _ judged: [Int: JudgedShard], _ startedAt: Timestamp
    ) async throws -> VerdictReport {
        let verdict = run.verdict(judged)
        let fates = run.fates(judged, verdict: verdict)
        let summary = try await run.report(judged, verdict, fates, startedAt: startedAt)
        let facts = ReportFacts(summary, rejectable: run.gate.policy.rejectable)
        let (report, page) = (summary.json, JobPage.html(of: facts))
        let writer = ResultWriter(run: run, fates: fates, report: summary)
        let directory = run.directory
        if verdict == .split {
            try DurableFile.removeTree(directory.rejectedPart)
            _ = try DurableFile.makeDirectory(directory.rejectedPart)
            try writer.copyInput(directory.rejectedPart.appending("input.jsonl"), fates.filter(\.isRejected))
            try writer.write(into: directory.rejectedPart, \.isRejected, reprocess: { _ in true })
            try writer.write(into: directory.path, { !$0.isRejected }, reprocess: { _ in false })
            try DurableFile.publish(page, to: directory.rejectedPart.appending("report.html"))
            try DurableFile.publish(report, to: directory.rejectedPart.appending("report.json"))
        } else {
            try writer.write(into: directory.path, { _ in true }, reprocess: { _ in true })
        }
        try DurableFile.publish(page, to: directory.page)
        try DurableFile.publish(report, to: directory.report)
        return try VerdictReport(report, in: directory.report)
    }

    /// Step 11, second half: one rename (two for a split), and the books forget the job.
    private func move(
        _ directory: JobDirectory, _ record: JobRecord, _ report: VerdictReport
    ) async throws -> JobEnd {
        let verdict = report.verdict
        // The verdict is on record, and the job is still here: after a crash between the two it is remembered again.
        if verdict == .rejected, let digest = report.paidFor {
            try await services.hashLog.rememberRejected(digest)
        }
        try await services.finished.record(directory, report, at: services.now())
        if let found = DriftRecord(report.value, policies.calendar) {
            await services.drift.record(found, policies, services.logger)
        }
        try await services.spool.publish(directory, verdict)
        await services.drift.forget(directory.id.name)
        await services.finished.forget(directory.id.name)
        await services.ledger.forget(job: directory.id.name)
        let level: Logger.Level = verdict == .accepted ? .info : .warning
        var facts: Logger.Metadata = [
            "job": "\(directory.id)", "lane": "\(record.lane)", "verdict": "\(verdict.rawValue)",
        ]
        facts.merge(report.figures?.facts ?? [:]) { own, _ in own }
        services.logger.log(level: level, "job.\(verdict.rawValue)", metadata: facts)
        return .published
    }
}

extension Figures {
    /// The four figures (BatchCore/README.md) as facts of a log line.
    fileprivate var facts: Logger.Metadata {
        [
            "lines": "\(lines)", "accepted_answers": "\(acceptedAnswers)",
            "failure_reprocessing_rate": "\(failureReprocessingRate)",
            "duplicate_reduction_rate": "\(duplicateReductionRate)", "reprocessing_lines": "\(reprocessedLines)",
            "unit_cost_usd": "\(unitCost.decimal)", "spent_usd": "\(spent.decimal)",
            "unknown_usd": "\(unknown.usd.decimal)",
        ]
    }
}
