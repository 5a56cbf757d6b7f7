/// Where a job went.
package enum JobVerdict: String, Sendable {
    case accepted, rejected
    /// Some shards went to done/, some to rejected/.
    case split
}

/// `report.json`: what was done with a job, what it cost and why (Spooling/README.md, Results).
package struct JobReport: Equatable, Sendable {
    package struct Lines: Equatable, Sendable {
        package var answered = 0
        package var reused = 0
        package var failed = 0
        package var refused = 0

        package init() {}

        /// Every input line ends as exactly one of them.
        package var total: Int { answered + reused + failed + refused }
    }

    package struct Duplicates: Equatable, Sendable {
        package var inFile = 0
        package var fromLog = 0
        package var inFlight = 0
        package var saved = Money.zero

        package init() {}
    }

    package struct Escalation: Equatable, Sendable {
        package var shard: Int
        package var report: EscalationReport

        package init(shard: Int, report: EscalationReport) {
            self.shard = shard
            self.report = report
        }
    }

    package struct Shard: Equatable, Sendable {
        package var number: Int
        package var role: ShardPlan.Role
        package var stratum: Stratum?
        package var lines: Int
        package var isAccepted: Bool
        package var reasons: [String]
        package var checked: Int
        package var defects: Int
        package var spent: Money
        /// What was escalated of it, and the number under which that is booked; nil: nothing was.
        package var escalation: Escalation?
        /// nil: no judge looked at it.
        package var sample: SampleFigures?
        /// nil: no model was asked to judge.
        package var judge: JudgeReport?
        package var evidence = ShardEvidence()

        /// Those of them that were found in looking at every answer.
        package var defectsByChecks: Int { defects - (evidence.defectsByCheck[ShardEvidence.judge] ?? 0) }

        package init(
            number: Int, role: ShardPlan.Role, stratum: Stratum? = nil, lines: Int, isAccepted: Bool, reasons: [String],
            checked: Int, defects: Int, spent: Money
        ) {
            self.number = number
            self.role = role
            self.stratum = stratum
            self.lines = lines
            self.isAccepted = isAccepted
            self.reasons = reasons
            self.checked = checked
            self.defects = defects
            self.spent = spent
        }
    }

    package var job: String
    /// Percent-escaped.
    package var name: String
    package var lane: String
    /// The owner of the delivered file.
    package var uid: UInt32 = 0
    package var sha256: String
    package var verdict: JobVerdict
    package var reason = ""
    package var lines = Lines()
    package var duplicates = Duplicates()
    package var usage = Usage.zero
    package var spent = Money.zero
    package var unknown = Amount.zero
    package var reserved = Money.zero
    package var attempts = 0
    package var retried = 0
    package var shards: [Shard] = []
    /// Lines that failed or were refused, by the code of their error.
    package var errorsByCode: [String: Int] = [:]
    /// Of the texts that were looked at.
    package var lengths = AnswerLengths()
    package var reprocessLines = 0
    package var chain: RetryChain
    /// Answers whose token count is ours, and those that a server counted above the bound.
    package var estimated = 0
    package var exceedsBound = 0
    /// Requests into which the model's completion bound was put.
    package var boundsInjected = 0
    /// Requests beyond the strata that are kept apart, which share one.
    package var linesInSharedStratum = 0
    /// By the name of the model; empty: lines of which no model is known. Their sum is that of the job.
    package var models: [String: Figures] = [:]
    /// By route; none where no model is tried.
    package var trials: [TrialReport] = []
    package var parks: [ParkNote] = []
    /// What persons decided over its shards and answers.
    package var reviews: [ReviewDecision] = []
    package var prompts: [PromptCount] = []
    package var arrivedAt: Timestamp
    package var claimedAt: Timestamp
    package var startedAt: Timestamp
    package var finishedAt: Timestamp

    package init(
        job: String, name: String, lane: String, sha256: String, verdict: JobVerdict, arrivedAt: Timestamp,
        claimedAt: Timestamp, startedAt: Timestamp, finishedAt: Timestamp
    ) {
        self.job = job
        chain = RetryChain(root: job)
        self.name = name
        self.lane = lane
        self.sha256 = sha256
        self.verdict = verdict
        self.arrivedAt = arrivedAt
        self.claimedAt = claimedAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

extension JobReport {
    package var json: [UInt8] {
        var writer = JSONWriter(reserving: 2048)
        writer.object { writer in
            writer.member("version", 1)
            writer.member("job", job)
            writer.member("name", name)
            writer.member("lane", lane)
            writer.member("uid", Int(uid))
            writer.member("sha256", sha256)
            writer.member("verdict", verdict.rawValue)
            writer.member("reason", reason)
            writer.object("lines", writeLines)
            writer.object("duplicates", writeDuplicates)
            writer.object("tokens") { writer in
                writer.member("input", usage.input)
                writer.member("cached", usage.cached)
                writer.member("output", usage.output)
                writer.member("reasoning", usage.reasoning)
            }
            writer.object("cost") { writer in
                writer.member("spent_usd", spent.decimal)
                writer.member("unknown_usd", unknown.usd.decimal)
                writer.member("reserved_usd", reserved.decimal)
            }
            writer.object("attempts") { writer in
                writer.member("total", attempts)
                writer.member("retried", retried)
            }
            writer.array("shards") { writer in for shard in shards { writer.object { shard.write(to: &$0) } } }
            writer.object("escalated", escalated.write)
            writer.object("reprocess", writeReprocess)
            writer.member("retry_of", chain.parent)
            writer.object("errors_by_code") { writer in
                for (code, count) in errorsByCode.sorted(by: { $0.key < $1.key }) { writer.member(code, count) }
            }
            writer.object("answer_characters", lengths.write)
            writer.object("notes") { writer in
                writer.member("estimated", estimated)
                writer.member("exceeds_bound", exceedsBound)
                writer.member("bounds_injected", boundsInjected)
                writer.member("unknown_tokens", unknown.tokens)
                if linesInSharedStratum > 0 { writer.member("shared_stratum_lines", linesInSharedStratum) }
            }
            writer.object("parked") { writer in
                writer.member("times", parks.count)
                writer.member("budget", parks.count { $0.cause == .budget })
                writer.array("notes") { writer in for note in parks { writer.object(note.write) } }
            }
            if !reviews.isEmpty {
                writer.array("reviews") { writer in for review in reviews { writer.object(review.write) } }
            }
            writer.object("figures", figures.write)
            writer.array("models") { writer in
                for (name, figures) in models.sorted(by: { $0.key < $1.key }) {
                    writer.object { writer in
                        writer.member("model", name)
                        figures.write(to: &writer)
                    }
                }
            }
            if !trials.isEmpty {
                writer.array("trials") { writer in for trial in trials { writer.object(trial.write) } }
            }
            writer.array("prompts") { writer in for prompt in prompts { writer.object(prompt.write) } }
            writer.object("times") { writer in
                writer.member("arrived", arrivedAt.description)
                writer.member("claimed", claimedAt.description)
                writer.member("started", startedAt.description)
                writer.member("finished", finishedAt.description)
            }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    package var figures: Figures { models.values.reduce(Figures(), +) }

    private func writeLines(to writer: inout JSONWriter) {
        writer.member("total", lines.total)
        writer.member("answered", lines.answered)
        writer.member("reused", lines.reused)
        writer.member("failed", lines.failed)
        writer.member("refused", lines.refused)
    }

    private var escalated: EscalationReport {
        shards.reduce(into: EscalationReport()) { sum, shard in
            if let escalation = shard.escalation { sum += escalation.report }
        }
    }

    /// Cases over the chain: each line counts once a generation.
    package var chainLines: Int { chain.earlierCases + reprocessLines }

    private func writeReprocess(to writer: inout JSONWriter) {
        writer.member("lines", reprocessLines)
        guard chain.parent != nil else { return }
        writer.object("chain") { writer in
            writer.member("root", chain.root)
            writer.member("generation", chain.generation)
            writer.member("lines", chainLines)
        }
    }

    private func writeDuplicates(to writer: inout JSONWriter) {
        writer.member("in_file", duplicates.inFile)
        writer.member("from_log", duplicates.fromLog)
        writer.member("in_flight", duplicates.inFlight)
        writer.member("saved_usd", duplicates.saved.decimal)
    }
}

extension JobReport.Shard {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("shard", number)
        writer.member("role", role.rawValue)
        stratum.write(to: &writer)
        writer.member("lines", lines)
        writer.member("verdict", isAccepted ? JobVerdict.accepted.rawValue : JobVerdict.rejected.rawValue)
        writer.array("reasons") { writer in for reason in reasons { writer.element(reason) } }
        writer.member("checked", checked)
        writer.member("defects", defects)
        writer.member("spent_usd", spent.decimal)
        if let escalation {
            writer.object("escalation") { writer in
                writer.member("shard", escalation.shard)
                escalation.report.write(to: &writer)
            }
        }
        if let sample { writer.object("sample", sample.write) }
        if let judge { writer.object("judge", judge.write) }
        evidence.write(to: &writer)
    }
}
