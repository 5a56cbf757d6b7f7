"""The defects that `Tests/long/mutations` seeds into the guarding code, each of which some test has to find.

In what is put in, MUTATED stands for the switch of the defect. What it stands in for must occur once in its file.
"""
import dataclasses

FILES = "^DurableFilesTests"
SPOOL = "^SpoolingTests"
BOOKS = "^LedgersTests"
CORE = "^BatchCoreTests"
NETWORK = "^BackendsTests"
JOBS = "^PipelineTests"
KILLED = "^PipelineTests[.]KilledAnywhereTests"
DAEMON = "^DaemonTests"
GATES = "^GatesTests"


def of(target, *suites):
    """Some suites of a target, without the end of their names."""
    return f"{target}[.]({'|'.join(suites)})Tests/"


BATCHES = of(JOBS, "Batch", "StoppedBatch", "BatchOut")


@dataclasses.dataclass(frozen=True)
class Defect:
    #: What is wrong then.
    what: str
    #: A file below Sources/.
    file: str
    #: What stands there, and what is put in its place.
    edits: tuple
    #: Which tests are run (`--filter`), a group after the other: suites that watch the same calls run apart.
    tests: tuple


def groups(tests):
    return (tests,) if isinstance(tests, str) else tests


def defect(what, tests, file, *edits):
    return Defect(what, file, edits, groups(tests))


def skip(what, tests, file, statement, after=""):
    """A statement that is not done. `after`: what stands before it, where it occurs more than once."""
    return Defect(what, file, ((after + statement, f"{after}if !(MUTATED) {{ {statement} }}"),), groups(tests))


def holds(what, tests, file, condition, otherwise="true"):
    """A condition that is not looked at."""
    return Defect(what, file, ((condition, f"(MUTATED ? {otherwise} : ({condition}))"),), groups(tests))


DEFECTS = [
    # What is written lasts.
    skip("a commit of an append log is not synced", FILES, "DurableFiles/AppendFile.swift", "try file!.syncData()"),
    defect(
        "what an earlier process left in a log is not synced when it is opened", FILES, "DurableFiles/AppendFile.swift",
        ("if opened.sizeBytes > 0 {", "if opened.sizeBytes > 0, !(MUTATED) {")),
    defect(
        "a log is not synced after its torn tail was cut", FILES, "DurableFiles/AppendFile.swift",
        ("{ try file.sync() }", "{ if !(MUTATED && size != opened.sizeBytes) { try file.sync() } }")),
    skip("a torn tail is not cut", FILES, "DurableFiles/AppendFile.swift", "try file.truncate(to: sizeBytes)"),
    skip(
        "a failed fsync is tried again by the next commit", FILES, "DurableFiles/GroupCommit.swift",
        "state.poison = error"),
    defect(
        "a published file is not synced", FILES, "DurableFiles/Publish.swift",
        ("try writer.finish(durable: durable)", "try writer.finish(durable: durable && !(MUTATED))")),
    defect(
        "a large file that was written in steps is not synced", (FILES, BOOKS), "DurableFiles/UnpublishedFile.swift",
        ("finish(durable: true)", "finish(durable: !(MUTATED))")),
    skip(
        "the name of a large file is not synced", (FILES, BOOKS), "DurableFiles/UnpublishedFile.swift",
        "try DurableFile.syncDirectory(path.parent)"),
    defect(
        "a snapshot is not synced", FILES, "DurableFiles/Snapshot.swift",
        ("{ try copy.sync() }", "{ if !(MUTATED) { try copy.sync() } }")),
    skip(
        "the name of a snapshot is not synced", FILES, "DurableFiles/Snapshot.swift",
        "try DurableFile.syncDirectory(target.parent)"),
    holds(
        "a file that changes while it is copied passes for a snapshot", FILES, "DurableFiles/Snapshot.swift",
        "before == after"),
    defect(
        "a record without its newline is taken in", FILES, "DurableFiles/TornTail.swift",
        ("if isGood && endsWithNewline {", "if isGood && (endsWithNewline || MUTATED) {"),
        ("isGood: endsWithNewline && isWhole(record)", "isGood: (endsWithNewline || MUTATED) && isWhole(record)")),
    # What others may have put there.
    defect(
        "a symbolic link is followed by a reader", FILES, "DurableFiles/OpenFile.swift",
        ("O_RDONLY | O_NOFOLLOW | O_NONBLOCK", "MUTATED ? O_RDONLY | O_NONBLOCK : O_RDONLY | O_NOFOLLOW | O_NONBLOCK")),
    defect(
        "a symbolic link is followed by an append log", FILES, "DurableFiles/AppendFile.swift",
        ("O_WRONLY | O_APPEND | O_NOFOLLOW", "MUTATED ? O_WRONLY | O_APPEND : O_WRONLY | O_APPEND | O_NOFOLLOW")),
    holds(
        "a lock on a file that was removed meanwhile is taken for one", FILES, "DurableFiles/FileLock.swift",
        "now.isSameFile(as: facts)"),
    defect(
        "a lock file that was replaced is not noticed by its holder", (FILES, DAEMON), "DurableFiles/FileLock.swift",
        ("return now.isSameFile(as: try file.facts())",
         "if MUTATED { return true }\n        return now.isSameFile(as: try file.facts())")),
    # Claims and verdicts.
    holds("a file with a second name is ready", of(SPOOL, "Readiness"), "Spooling/Readiness.swift", "facts.links == 1"),
    defect(
        "a file with a writer is ready", of(SPOOL, "Readiness"), "Spooling/Readiness.swift",
        ("case .writer:", "case .writer where !(MUTATED):")),
    holds(
        "a second name that came after the look is claimed", of(SPOOL, "Claim"),
        "Spooling/Claim.swift", "moved.links == 1"),
    holds(
        "another file that has taken the name is claimed", of(SPOOL, "Claim"), "Spooling/Claim.swift",
        "moved.isSameFile(as: facts)"),
    skip(
        "the directory of a claim is not synced", of(SPOOL, "Claim"), "Spooling/Claim.swift",
        "try DurableFile.syncDirectory(directory.path)"),
    skip(
        "processing/ is not synced after a claim", of(SPOOL, "Claim"), "Spooling/Claim.swift",
        "try await processingCommit.commit()"),
    defect(
        "the inbox is not synced after a claim", of(SPOOL, "Claim"), "Spooling/Claim.swift",
        ("try inbox.sync()\n        return Claim", "if !(MUTATED) { try inbox.sync() }\n        return Claim")),
    defect(
        "what was delivered is removed before the record of its copy is there",
        (of(SPOOL, "Claim"), of(JOBS, "CrashTable"), KILLED), "Spooling/ClaimSnapshot.swift",
        ("record.sizeBytes = try FileFacts(at: directory.input)?",
         "if MUTATED { try DurableFile.remove(directory.delivered) }\n"
         "                record.sizeBytes = try FileFacts(at: directory.input)?")),
    skip(
        "done/ and rejected/ are not synced after a verdict", of(SPOOL, "Publication"), "Spooling/Publication.swift",
        "try await commit.commit()"),
    skip(
        "processing/ is not synced after a verdict", of(SPOOL, "Publication"), "Spooling/Publication.swift",
        "try DurableFile.syncDirectory(source.parent)"),
    holds(
        "a file whose manifest has another digest runs", of(JOBS, "Arrival", "FileRefusal"), "Pipeline/Pipeline.swift",
        "expected != record.sha256", "false"),
    defect(
        "the report stands before the results", (of(JOBS, "CrashTable"), KILLED),
        "Pipeline/Pipeline.swift",
        ("let writer = ResultWriter(",
         "if MUTATED { try DurableFile.publish(report, to: run.directory.report) }\n"
         "        let writer = ResultWriter(")),
    # Money.
    defect(
        "a cap is a picodollar and a token too high", (CORE, of(JOBS, "Cap")), "BatchCore/Money/Amount.swift",
        ("usd <= $0 } ?? true", "usd.picodollars <= $0.picodollars + (MUTATED ? 1 : 0) } ?? true"),
        ("tokens <= $0 } ?? true", "tokens <= $0 + (MUTATED ? 1 : 0) } ?? true")),
    defect(
        "the bound of a prompt is one token too few", CORE, "BatchCore/Requests/RequestShape.swift",
        ("promptBytes + items *", "(MUTATED ? -1 : 0) + promptBytes + items *")),
    defect(
        "the dearest price of a long prompt is looked for in its last tier alone", CORE, "BatchCore/Money/Price.swift",
        ("where band.aboveTokens < bound.prompt {",
         "where band.aboveTokens < bound.prompt && (!(MUTATED) || index + 1 == bands.count\n"
         "            || bands[index + 1].aboveTokens >= bound.prompt) {")),
    skip(
        "what a settlement frees is kept from the caps of lane, model, user and job", (CORE, BOOKS),
        "BatchCore/Money/Budget.swift", "commit(change, entry.request, on: day)"),
    skip(
        "money is handed out before its record is on disk", BOOKS, "Ledgers/FileBudgetLedger.swift",
        "try await commit(log)", "case .granted(let request, let sum, let count, let log):\n            "),
    defect(
        "a day is on record as having a file before it has one", BOOKS, "Ledgers/FileBudgetLedger.swift",
        ("case .granted(let request, let sum, let count, let log):\n",
         "case .granted(let request, let sum, let count, let log):\n"
         "            if MUTATED { try await openedDays.note(.opened, of: day) }\n")),
    defect(
        "of two who open a day together the second does not wait for its record", BOOKS, "Ledgers/OpenedDays.swift",
        ("return known.durable[day] != state }", "return !(MUTATED) && known.durable[day] != state }")),
    defect(
        "a settlement that frees money stands behind the reservation that it pays for", BOOKS,
        "Ledgers/BudgetBooks.swift",
        ("case .granted(let sum, let count):\n            putSettlementsInLine(of: day, log)",
         "case .granted(let sum, let count):\n            if !(MUTATED) { putSettlementsInLine(of: day, log) }")),
    holds(
        "the checksum of a budget record is not looked at", BOOKS, "Ledgers/BudgetRecord.swift",
        "SealedLine.isWhole(bytes)"),
    holds(
        "the checksum of the record of a day is not looked at", BOOKS, "Ledgers/OpenedDays.swift",
        "SealedLine.isWhole(line)"),
    holds(
        "a reservation above the cap is read from a budget file", BOOKS, "Ledgers/BudgetHistory.swift",
        "(book.committed + amount).fits(book.cap)"),
    defect(
        "a reservation that is open when its day's file is closed is forgotten", BOOKS,
        "Ledgers/BudgetBooks.swift",
        ("&& budget.days[old]?.open.isEmpty != false", "&& (MUTATED || budget.days[old]?.open.isEmpty != false)")),
    holds("a file of a closed day that was changed is used again", BOOKS, "Ledgers/BudgetBooks.swift",
          "found == sizeBytes"),
    # What is sent, and what becomes of it.
    defect(
        "an attempt is on disk after it was sent", of(JOBS, "OnDisk"), "Pipeline/Round.swift",
        ("try await run.attempts.begin(mark)", "if !(MUTATED) { try await run.attempts.begin(mark) }"),
        ("if let pause = exchange.ending.closesFor",
         "if MUTATED { try await run.attempts.begin(mark) }\n        if let pause = exchange.ending.closesFor")),
    defect(
        "an attempt is on its way before it is synced",
        (of(SPOOL, "AttemptLog"), of(JOBS, "OnDisk")), "Spooling/AttemptLog.swift",
        ("package func begin(_ attempt: Attempt) async throws(FileError) {",
         "package func begin(_ attempt: Attempt) async throws(FileError) {\n"
         "        if MUTATED { return note(attempt) }")),
    defect(
        "a request is settled before its outcome is on disk",
        (of(JOBS, "OnDisk", "CrashTable", "Trouble"), KILLED), "Pipeline/Round.swift",
        ("try await shard.file.append(outcome)\n        settle(entry, spent: outcome.spent, unknown: unknown)",
         "if MUTATED { settle(entry, spent: outcome.spent, unknown: unknown) }\n"
         "        try await shard.file.append(outcome)\n"
         "        if !(MUTATED) { settle(entry, spent: outcome.spent, unknown: unknown) }")),
    holds(
        "a request goes out though its price has risen above what is set aside",
        of(JOBS, "PriceChange"), "Pipeline/Round.swift",
        "reserved(entry).covers(worstCase)"),
    defect(
        "more goes out after a server has charged more than the cap",
        of(JOBS, "Cap", "UsageFault"), "Pipeline/Round.swift",
        ("if let overdraft = services", "if !(MUTATED), let overdraft = services")),
    skip(
        "a reservation is not settled", of(JOBS, "Cap", "VerdictFiles"), "Pipeline/ShardRun.swift",
        "try await run.services.ledger.settle(reservation)"),
    skip(
        "what was in flight is not charged by recovery", of(JOBS, "CrashTable"), "Pipeline/Recover.swift",
        "try await attempts.endInterrupted(attempt)"),
    defect(
        "the open reservation of a job that is gone is given back",
        of(JOBS, "Trouble", "OddJob"), "Pipeline/Recover.swift",
        ("unknown: open.settlement.unknown + open.settlement.open)",
         "unknown: MUTATED ? open.settlement.unknown : open.settlement.unknown + open.settlement.open)")),
    defect(
        "outcomes that may be in memory alone settle a reservation for ever",
        of(JOBS, "CrashTable"), "Pipeline/Recover.swift",
        ("let file = try ShardFile(shard)\n",
         "if MUTATED { return try ShardFile.read(shard).entries }\n        let file = try ShardFile(shard)\n")),
    defect(
        "a proxy that gave up is taken for an answer that costs nothing", CORE, "BatchCore/Answers/AttemptPolicy.swift",
        ("case 408, 502, 504:", "case 408 where !(MUTATED), 502 where !(MUTATED), 504 where !(MUTATED):")),
    defect(
        "a line is tried once more than allowed", CORE, "BatchCore/Answers/AttemptPolicy.swift",
        ("let isLast = attempt >= attempts", "let isLast = attempt >= attempts + (MUTATED ? 1 : 0)")),
    defect(
        "a request that may have left is taken for one that did not", NETWORK, "Backends/CurlOutcome.swift",
        ("return requestBegan ?", "return requestBegan && !(MUTATED) ?")),
    defect(
        "an answer may be one byte longer than the limit", NETWORK, "Backends/CurlTransfer.swift",
        ("guard bytes.count <= limit -", "guard bytes.count - (MUTATED ? 1 : 0) <= limit -")),
    # One payment a request.
    defect(
        "the key of an answer is given to others before the answer is judged",
        of(JOBS, "InFlight", "Review", "JudgingTrouble", "Duplicate"), "Pipeline/ShardRun.swift",
        ("(result == nil || result == .answered)", "(result == nil || result == .answered && !(MUTATED))")),
    skip(
        "a shard that fails keeps its keys", of(JOBS, "InFlight", "Trouble", "OddJob"), "Pipeline/ShardRun.swift",
        "await run.services.inFlight.giveBack(keys)", "} catch {\n            "),
    holds(
        "two requests with one fingerprint are one in a file",
        of(JOBS, "Read", "Duplicate"), "Pipeline/SeenLines.swift", "seen.key == key"),
    defect(
        "two requests with one fingerprint are one in the hash log", BOOKS, "Ledgers/KeyLog.swift",
        ("return record.key == key ? record : nil", "return MUTATED || record.key == key ? record : nil")),
    holds("the answer to another request is handed out", BOOKS, "Ledgers/AnswerLog.swift", "answer.key == key"),
    skip(
        "a key is on disk before its answer", BOOKS, "Ledgers/FileHashLog.swift", "try await commit(log)",
        "answers.stage(batch.lines)\n        "),
    skip(
        "a file that was paid for and rejected is not remembered", of(JOBS, "RejectedAgain"), "Pipeline/Pipeline.swift",
        "try await services.hashLog.rememberRejected(digest)"),
    # Verdicts.
    defect(
        "the canary does not go first", of(JOBS, "Canary"), "Pipeline/Pipeline.swift",
        ("run.plan.shards.filter { $0.role != .regular }",
         "run.plan.shards.filter { MUTATED || $0.role != .regular }")),
    defect(
        "a shard is accepted whatever its sample says", of(JOBS, "Sample"), "Pipeline/Judge.swift",
        ("isAccepted: found.isAccepted)", "isAccepted: MUTATED || found.isAccepted)")),
    defect(
        "answers of a rejected shard enter the hash log",
        of(JOBS, "Duplicate", "RejectedAgain", "RetryChain", "Canary"), "Pipeline/Judge.swift",
        ("let accepted = verdict.isAccepted ?", "let accepted = MUTATED || verdict.isAccepted ?")),
    defect(
        "a canary passes of which half failed", (GATES, of(JOBS, "Canary")), "Gates/Gate.swift",
        ("tally.failed * 2 >= tally.lines", "tally.failed * 2 >= tally.lines + (MUTATED ? 1 : 0)")),
    defect(
        "a lot is accepted with one defect too many", GATES, "Gates/Sampling/LotInspection.swift",
        ("if defective <= plan.stages[stage].acceptance {",
         "if defective <= plan.stages[stage].acceptance + (MUTATED ? 1 : 0) {")),
    skip(
        "a duplicate within the file is not counted", of(JOBS, "VerdictFiles"), "Pipeline/WriteReport.swift",
        "report.duplicates.inFile += 1", "case .file: "),
    # What follows from an answer is on disk before it is acted upon.
    skip(
        "what is escalated is not on disk before it is sent", (of(JOBS, "Escalation"), of(JOBS, "KilledEscalation")),
        "Pipeline/Escalate.swift", "try run.directory.write(escalation, number)"),
    skip(
        "what a judge said is not on disk before it counts", (of(JOBS, "Sample"), of(JOBS, "KilledJudging")),
        "Pipeline/JudgingProgram.swift", "try await verdicts.append(verdict)"),
    defect(
        "a verdict on another answer counts for this one", (of(SPOOL, "JudgementFile"), of(JOBS, "Sample")),
        "Spooling/JudgementFile.swift",
        ("{ $0.answer == answer && $0.judge == judge }",
         "{ (MUTATED || $0.answer == answer) && $0.judge == judge }")),
    # Batches.
    skip(
        "a phase of a batch is entered before it is on disk", (BATCHES, of(JOBS, "KilledBatch")),
        "Pipeline/BatchRound.swift", "try await show()", "record.createdAt = run.services.now()\n"
        '            tell("batch.created", ["batch": "\\(batch)", "lines": "\\(record.lines.count)"])\n'
        "        }\n        "),
    defect(
        "the record of a batch goes before what it came to is booked",
        (BATCHES, of(JOBS, "KilledBatch")), "Pipeline/BatchRound.swift",
        ("try await book(results, of: state)",
         "if MUTATED { try run.directory.removeBatch(of: number) }\n"
         "                try await book(results, of: state)")),
    defect(
        "the last of two results of a line counts", BATCHES, "Pipeline/BatchBooking.swift",
        ("if found[line] == nil {", "if MUTATED || found[line] == nil {")),
    defect(
        "lines of a batch that has lost results cost nothing", BATCHES,
        "Pipeline/BatchBooking.swift",
        ("if hasUntold, state.end != .refused {", "if !(MUTATED), hasUntold, state.end != .refused {")),
    defect(
        "the reservation of a batch that is out is settled by recovery", (BATCHES, of(JOBS, "AdoptedBatch")),
        "Pipeline/Recover.swift",
        ("if try directory.batch(of: shard)?.round == round {",
         "if !(MUTATED), try directory.batch(of: shard)?.round == round {")),
    skip(
        "nobody holds the requests of a batch that is out after a start", BATCHES,
        "Pipeline/Recover.swift", "await inFlight.keep([owner: try directory.batchKeys(of: shard)])"),
    # What is read, and what is refused.
    defect(
        "one bad line too many is passed over", of(JOBS, "FileRefusal"), "Pipeline/Assembly.swift",
        ("/ Double(result.reading.total) > badLines else",
         "/ Double(result.reading.total) > badLines + (MUTATED ? 1 / Double(result.reading.total) : 0) else")),
    defect(
        "a file whose last line is cut is read all the same", of(JOBS, "FileRefusal", "Read"),
        "Pipeline/Assembly.swift", ("if isCut {", "if isCut, !(MUTATED) {")),
    defect(
        "an empty file is ready at once", of(SPOOL, "Readiness"), "Spooling/Readiness.swift",
        ("if facts.sizeBytes == 0 && !isQuiet {", "if facts.sizeBytes == 0 && !isQuiet && !(MUTATED) {")),
    defect(
        "a writer that came with a claimed file is not waited for", of(SPOOL, "Claim"), "Spooling/ClaimSnapshot.swift",
        ("if !isLastTry, try hasWriter() {", "if !isLastTry, try hasWriter(), !(MUTATED) {")),
    defect(
        "the last outcome of a line counts", of(SPOOL, "ShardFile"), "Spooling/ShardFile.swift",
        ("if content.entries[outcome.line] == nil {", "if MUTATED || content.entries[outcome.line] == nil {"),
        ("if known[outcome.line] != nil { return }", "if known[outcome.line] != nil, !(MUTATED) { return }")),
    skip(
        "who parks keeps its place among those who wait for money", of(JOBS, "Cap", "RouteMoney", "Pause", "Stop"),
        "Pipeline/Reserve.swift",
        "await run.services.ledger.stopWaiting(ReservationID(job: run.job, shard: shard.number))"),
    holds(
        "an endpoint is believed once too often", of(JOBS, "UsageFault", "EndpointHealth"),
        "Pipeline/EndpointHealth.swift", "count >= limit", "count > limit"),
    # The hash log, while it is worked on.
    holds(
        "an index of another log is taken for its own", BOOKS, "Ledgers/KeyLogCheckpoint.swift",
        "try sample(of: checkpoint.covered) == checkpoint.sample"),
    defect(
        "an index with a changed table is used", BOOKS, "Ledgers/IndexCheckpoint.swift",
        ("guard isWhole else {", "guard isWhole || MUTATED else {")),
    defect(
        "a compressed segment is not compared before the plain one goes", BOOKS, "Ledgers/SegmentCompression.swift",
        ("guard try isSame(segment, plain) else {", "guard try isSame(segment, plain) || MUTATED else {")),
    defect(
        "answers are pruned before that is on record", BOOKS, "Ledgers/AnswerMaintenance.swift",
        ("try catalogue.write()\n        answers.catalogue = catalogue",
         "if MUTATED { for number in going { try answers.segment(number).remove() } }\n"
         "        try catalogue.write()\n        answers.catalogue = catalogue")),
    skip(
        "what is to be forgotten is not on record before the first byte goes", BOOKS, "Ledgers/Forgetting.swift",
        "try forgetting.record(in: directory)"),
    defect(
        "the bytes of an answer go before its key", BOOKS, "Ledgers/Forgetting.swift",
        ("let places = Set(hits.lines.map(\\.lowerBound))",
         "let places = Set(hits.lines.map(\\.lowerBound))\n"
         "            if MUTATED, let reader = try SegmentReader(segment) {\n"
         "                try SegmentRewriting.blank(hits.lines, in: reader)\n            }")),
    defect(
        "a bad record of the key log with others behind it is cut away", BOOKS, "Ledgers/KeyLogTail.swift",
        ("if let firstBad { throw segments.damage(firstBad) }",
         "if let firstBad, !(MUTATED) { throw segments.damage(firstBad) }"),
        ("if isWritable, try hasRecords(", "if isWritable, !(MUTATED), try hasRecords(")),
    skip(
        "a reservation that reserves again for the same round is read from a budget file", BOOKS,
        "Ledgers/BudgetHistory.swift",
        'return "\\(request.id) reserves for round \\(request.round) after round \\(last)"'),
    defect(
        "a doubtful day is opened again by the next reservation", BOOKS, "Ledgers/OpenedDays.swift",
        ("if case .doubtful = known, state == .opened {", "if case .doubtful = known, state == .opened, !(MUTATED) {")),
    # The way to an endpoint, and what is shown of others' texts.
    defect(
        "libcurl may send a body again", NETWORK, "Backends/CurlProgress.swift",
        ("return sentBytes == 0", "return MUTATED || sentBytes == 0")),
    defect(
        "libcurl may wind a body back", NETWORK, "Backends/CurlSetup.swift",
        ("CURL_SEEKFUNC_FAIL }", "MUTATED ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL }")),
    defect(
        "a change of text direction gets into the journal", DAEMON, "Daemon/SafeText.swift",
        ("case .control, .format, .lineSeparator", "case .format: !(MUTATED)\n        case .control, .lineSeparator")),
    skip(
        "a notice is sent before it is durable", DAEMON, "Daemon/Notices/Outbox.swift", "try log.sync()"),
    defect(
        "a page shows markup of others as it is", of(JOBS, "Page"), "Pipeline/Page/HTMLText.swift",
        ('case "<": bytes += "&lt;".utf8', 'case "<": bytes += (MUTATED ? "<" : "&lt;").utf8')),
    # What a producer may do to others, and a start to itself.
    defect(
        "a file that cannot be claimed is tried again without a pause", of(JOBS, "Arrival"),
        "Pipeline/Dispatcher.swift", ("if isWorthALook {", "if isWorthALook || MUTATED {")),
    defect(
        "a file that is taken away while it is claimed stops the house", of(JOBS, "Arrival"),
        "Pipeline/Dispatcher.swift",
        ("if try FileFacts(at: directory.delivered) != nil {",
         "if try MUTATED || FileFacts(at: directory.delivered) != nil {")),
    skip(
        "a claim whose snapshot waits does not count for its user", of(JOBS, "UserShare"),
        "Pipeline/DispatchJobs.swift", "load.begin(snapshot.record.uid, bytes: snapshot.record.sizeBytes)"),
    defect(
        "a link that lost its place is claimed", of(SPOOL, "Claim"), "Spooling/Claim.swift",
        ("if left.kind == .regular, left.links == 1 {", "if MUTATED || left.kind == .regular && left.links == 1 {")),
    defect(
        "a reservation takes a round that was charged", BOOKS, "Ledgers/BudgetBooks.swift",
        ("rounds[day]?.behindLast(request) ?? request",
         "MUTATED ? request : rounds[day]?.behindLast(request) ?? request")),
    holds(
        "a cap is raised on another day than was meant", of(JOBS, "Control"), "Pipeline/DispatchTick.swift",
        "day == policies.calendar.day(at: services.now())"),
    defect(
        "a start that hangs is given more time for ever", of(DAEMON, "StartProgress"), "Daemon/StartProgress.swift",
        ("guard now != before else { continue }", "guard now != before || MUTATED else { continue }")),
    skip(
        "who waits for another's money does not hear of trouble", of(JOBS, "Trouble"), "Pipeline/Dispatcher.swift",
        "await services.wakeWaiting()", after="hasHalted = true\n            "),
    # What a killed process, and then the power, leaves.
    skip(
        "what a killed process named is trusted as it is", of(JOBS, "LeftNames"), "Spooling/JobDirectory.swift",
        "try DurableFile.syncDirectory(path)"),
    defect(
        "a plan without its directory stands still", of(JOBS, "LeftNames"), "Spooling/JobDirectory.swift",
        ("if try isPlanned, try", "if !(MUTATED), try isPlanned, try")),
    skip(
        "what is removed before a publication comes back with the power", of(SPOOL, "Publication"),
        "Spooling/Publication.swift", "try DurableFile.syncDirectory(directory.path)"),
    defect(
        "a record that cannot be read for once is charged whole", of(JOBS, "LeftNames"), "Pipeline/Recover.swift",
        ("where !error.isEnvironmental {\n                    // What passes",
         "where !error.isEnvironmental && !(MUTATED) {\n                    // What passes")),
    skip(
        "nobody hears that a server wants no request", of(JOBS, "EndpointTraffic"), "Pipeline/AskedPause.swift",
        "try shard.run.progress.wait(\n            for: \"endpoint \\(model.endpoint), which wants no request until"
        " \\(end) (429, Retry-After)\",\n            end - services.now())"),
    skip(
        "names that were in memory alone are trusted by a start", of(SPOOL, "LeftNames"), "Spooling/LeftNames.swift",
        "try DurableFile.syncDirectory(directory, followsLink: directory == root)"),
    skip(
        "a pause that is found is confirmed, and in memory alone", of(SPOOL, "LeftNames"), "Spooling/PauseFile.swift",
        "try DurableFile.syncDirectory(file(of: subject).parent)"),
    skip(
        "a request that was done comes back", of(SPOOL, "LeftNames"), "Spooling/ControlRequest.swift",
        "try DurableFile.syncDirectory(path.parent)"),
    skip(
        "keys that are in memory alone are known", of(BOOKS, "HashLogCrash"), "Ledgers/KeyLog.swift",
        "try Self.sync(segments.lastPath)"),
    skip(
        "answers that are in memory alone are led to", of(BOOKS, "HashLogCrash"), "Ledgers/AnswerLog.swift",
        "try DurableFile.syncFile(segment(number).plain)"),
    defect(
        "what waits for a connection waits out its own timeout", of(NETWORK, "ConnectionLimit"),
        "Backends/CurlThread.swift",
        ("let count = min(waiting.count, max(0, connectionsAtOnceMax - inFlight.count))",
         "let count = MUTATED ? waiting.count : min(waiting.count, max(0, connectionsAtOnceMax - inFlight.count))")),
    defect(
        "the same trouble is said of each file", FILES, "DurableFiles/FileError.swift",
        ("isEnvironmental && code != EIO ?", "!(MUTATED) && isEnvironmental && code != EIO ?")),
    skip(
        "a witness that is in memory alone is believed", of(BOOKS, "Witness"), "Ledgers/Witness.swift",
        "try DurableFile.syncDirectory(directory)"),
]
