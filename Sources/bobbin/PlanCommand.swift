import ArgumentParser
import BatchCore
import Daemon
import Glibc
import Ledgers
import Pipeline
import Spooling
import SystemPackage

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "What a file would come to: lines, refusals, duplicates, shards, worst case. Sends nothing.")

    @Argument(help: "A file of request lines; - is standard input.")
    var file: String

    @Option(help: "The lane whose limits apply.")
    var lane: String = Lane.defaultName

    @Flag(help: "Also count prompts that are nearly the same, and what one of each would save. It changes nothing.")
    var similar = false

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let (spool, configured) = try shared.house()
        let policies = configured.asOf(WallClock.now())
        let day = policies.calendar.day(at: WallClock.now())
        let input = try InputFile(file)
        defer { input.remove() }
        let isRetry = Arrival.isRetry(Array(file.utf8))
        let hashLog = try FileHashLog(in: spool.hashlog, writable: false, now: WallClock.now)
        let dryRun = try await DryRun(
            input.path, lane: policies.lane(lane), uid: Operator.uid, policies: policies, hashLog: hashLog,
            budget: try Books.today(spool, policies, day), today: day, isRetry: isRetry, now: WallClock.now(),
            scratchIn: InputFile.scratch)
        var refusal = dryRun.reading.fileRefusal
        if refusal == nil, !isRetry, dryRun.plan.sends, await hashLog.hasRejected {
            refusal = try await hashLog.refusal(of: try input.digest(), plan: dryRun.plan, isRetry: false, in: spool)
        }
        var near: SimilarPrompts.Report?
        if similar {
            near = try await SimilarPrompts(
                in: input.path, lane: policies.lane(lane), catalogue: policies.catalogue, hashLog: hashLog,
                isRetry: isRetry, now: WallClock.now()
            ).report
        }
        let expected = refusal == nil ? try expected(dryRun, spool, policies) : nil
        if shared.json {
            Terminal.say(json(dryRun, refusal, near, expected))
        } else {
            let expectation = expected.map { [Terminal.printable("expected:    \($0.text)")] } ?? []
            for line in lines(dryRun) + expectation + (near?.text ?? []) { Terminal.say(line) }
        }
        if let refusal { throw Failure.badInput("\(file): \(refusal)") }
    }

    /// When it would start and end if it were handed in now, beside what stands in line.
    /// - Returns: nil: nothing of it is sent.
    private func expected(_ dryRun: DryRun, _ spool: Spool, _ policies: Policies) throws -> Forecast.Expected? {
        let sent = dryRun.plan.shards.filter { $0.role != .reused }
        let lines = sent.reduce(0) { $0 + $1.lines.count }
        guard lines > 0 else { return nil }
        let (now, worst) = (WallClock.now(), dryRun.plan.worstCase)
        let share = Amount(usd: worst.usd.scaledUp(by: 1, over: lines), tokens: worst.tokens / lines)
        let job = Forecast.Standing(
            job: "", lane: lane, lines: lines, claimedAt: now, model: sent.first?.kind.model, worstCase: share)
        let day = policies.calendar.day(at: now)
        let book = try Books.history(spool, policies, day).history.budget.days[day]
        return try Expectation(spool).forecast(of: job, policies, book, at: now)
    }

    private func json(
        _ dryRun: DryRun, _ refusal: String?, _ similar: SimilarPrompts.Report?, _ expected: Forecast.Expected?
    ) -> String {
        let worst = dryRun.plan.worstCase
        var writer = JSONWriter()
        writer.object { writer in
            writer.object("lines") { writer in
                writer.member("total", dryRun.reading.total)
                writer.member("refused", dryRun.reading.refused.count + dryRun.reading.unlisted)
            }
            writer.array("refused") { writer in
                for line in dryRun.reading.refused {
                    writer.object { writer in
                        writer.member("line", line.line)
                        writer.member("reason", line.refusal.reason)
                        writer.member("code", line.refusal.code.rawValue)
                    }
                }
            }
            writer.object("duplicates") { writer in
                writer.member("in_file", dryRun.plan.duplicates.count)
                writer.member("from_log", dryRun.planned.reused)
                writer.member("saved_usd", dryRun.saved.decimal)
            }
            writer.member("shards", dryRun.plan.shards.count)
            writer.member("worst_usd", worst.usd.decimal)
            writer.member("worst_tokens", worst.tokens)
            if !dryRun.tried.isEmpty {
                writer.array("trials") { writer in
                    for trial in dryRun.tried {
                        writer.object { writer in
                            writer.member("route", trial.route)
                            writer.member("model", trial.model)
                            writer.member("lines", trial.lines)
                        }
                    }
                }
            }
            if let judged = dryRun.judged {
                writer.object("judge") { writer in
                    writer.member("name", judged.by.name)
                    writer.member("answers", judged.answers)
                }
            }
            writer.member("fits_today", dryRun.refusalToday == nil)
            writer.member("reason", refusal ?? dryRun.refusalToday?.description ?? "")
            expected?.write(to: &writer)
            similar?.write(to: &writer)
        }
        return writer.text
    }

    private func lines(_ dryRun: DryRun) -> [String] {
        var lines = [
            "lines:       \(dryRun.reading.total), \(dryRun.reading.refused.count + dryRun.reading.unlisted) refused",
            "duplicates:  \(dryRun.plan.duplicates.count) in the file, \(dryRun.planned.reused) answered before; "
                + "they save up to \(dryRun.saved)",
            "shards:      \(dryRun.plan.shards.count)",
            "worst case:  \(dryRun.plan.worstCase.usd), \(dryRun.plan.worstCase.tokens) tokens",
            "today:       \(dryRun.refusalToday.map { "does not fit at once: \($0)" } ?? "fits")",
        ]
        for trial in dryRun.tried {
            lines.append(
                Terminal.printable("trial:       \(trial.lines) lines of \(trial.route) go to \(trial.model) first"))
        }
        if let judged = dryRun.judged {
            let cost = if case .model = judged.by { "; what that costs comes on top" } else { "" }
            lines.append(
                Terminal.printable("judge:       \(judged.by.name), about up to \(judged.answers) answers\(cost)"))
        }
        for refused in dryRun.reading.refused.prefix(20) {
            lines.append(
                Terminal.printable(
                    "\(file):\(refused.line): \(refused.refusal.code.rawValue): \(refused.refusal.reason)"))
        }
        if dryRun.reading.refused.count > 20 {
            lines.append("… and \(dryRun.reading.refused.count - 20) more (--json)")
        }
        return lines
    }
}
