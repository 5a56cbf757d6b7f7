import BatchCore
import DurableFiles
import Ledgers
import Pipeline
import Spooling
import Synchronization
import SystemPackage

/// What the checks of a simulated life remember.
struct Checks: Sendable {
    /// Of the disk at the last check.
    var changes = -1
    /// The delivered names of finished jobs.
    var finished: [String: String] = [:]
    /// Lines that were answered by what their own job sent.
    var answered = 0
    /// Days whose books somebody removed.
    var removed: Set<CivilDate> = []
    var count = 0
    /// When the books were read last.
    var readAt = Duration.zero
}

/// The promises of DESIGN section 1, as whoever looks at the spool can check them.
extension SimulatedSpool {
    /// What must hold at any moment.
    func checkNow() {
        let changes = disk.changes + state.withLock { $0.files.count }
        guard state.withLock({ $0.checks.changes }) != changes else { return }
        state.withLock { state in
            state.checks.changes = changes
            state.checks.count += 1
        }
        expecting("looking at the places of the files") { try checkPlaces() }
        guard time.passed > state.withLock({ $0.checks.readAt }) + .seconds(3600) else { return }
        // All records are looked at whenever it is done.
        state.withLock { $0.checks.readAt = time.passed }
        expecting("the caps, at every record of the books") { _ = try replayed() }
    }

    /// What must hold besides once a new process has settled what the last one left.
    func checkAtStart(_ policies: Policies) {
        state.withLock { $0.checks.changes = -1 }
        checkNow()
        expecting("comparing the books with the jobs") {
            guard try haveAllBooks else { return }
            // It reads the files of all jobs there ever were.
            if !isLively || once(in: 6) {
                let differences = try BookCheck(outside, policies).differences
                if !differences.isEmpty { broken("the books: \(differences)") }
            }
            let booked = try replayed().budget.days.values.reduce(Money.zero) { $0 + $1.committed.usd }
            if server.billed > booked { broken("\(server.billed) are asked for, and \(booked) are booked") }
        }
    }

    /// What must hold once everything has come to its end.
    func checkAtEnd() {
        if isBroken { return }
        checkAtStart(policies)
        expecting("looking at the end") {
            guard try haveAllBooks else { return }
            let days = try replayed().budget.days
            for (day, book) in days where !book.open.isEmpty || !book.reserved.isZero {
                broken("the books of \(day) have open reservations")
            }
            let worst = try worstCase(of: line("p1000000"), policies).usd
            let unknown = days.values.reduce(Money.zero) { $0 + $1.unknown.usd }.picodollars / worst.picodollars
            let (answered, files) = state.withLock { ($0.checks.answered, $0.files) }
            let sent = server.answered.values.reduce(0, +)
            if sent > answered + Int(unknown) {
                broken("\(sent) answers were paid for, \(answered) were delivered, \(unknown) are booked as unknown")
            }
            // A prompt of one file has nobody to take an unjudged answer over from.
            var asking: [String: Int] = [:]
            for file in files.values {
                for prompt in Set(file.prompts.values) { asking[prompt, default: 0] += 1 }
            }
            let again = server.answered.filter { asking[$0.key] == 1 }.reduce(0) { $0 + $1.value - 1 }
            if again > Int(unknown) { broken("\(again) were paid for again, \(unknown) are booked as unknown") }
            if finishedFiles.count != files.count {
                broken("\(finishedFiles.count) of \(files.count) files are finished")
            }
        }
    }

    /// Are those that somebody removed made anew? That of a day that is over may be missing for ever.
    private var haveAllBooks: Bool {
        get throws {
            let there = try BudgetFile.days(in: outside.budget)
            return state.withLock { $0.checks.removed.isSubset(of: there) }
        }
    }

    private var finishedFiles: Set<String> { Set(state.withLock { $0.checks.finished.values }) }

    /// - Throws: where any record exceeds a cap.
    private func replayed() throws -> BudgetHistory {
        var history = BudgetHistory(policy: policies.budget)
        for day in try BudgetFile.days(in: outside.budget) {
            let file = BudgetFile(day, in: outside.budget)
            try history.replay(try file.read()?.records ?? [], of: file)
        }
        return history
    }

    // MARK: Where the files are

    /// Each file that was handed in is in exactly one place, and each line of those that are finished has one end.
    private func checkPlaces() throws {
        var places: [String: Set<String>] = [:]
        for inbox in [outside.inbox, outside.inbox.appending("urgent")] {
            for name in try DurableFile.list(inbox) where name.first != UInt8(ascii: ".") {
                places[String(decoding: name, as: UTF8.self), default: []].insert("inbox")
            }
        }
        places["urgent"] = nil
        let atWork = try outside.jobs()
        for id in atWork {
            if let name = try name(ofJobAtWork: outside.job(id)) { places[name, default: []].insert(id.name) }
        }
        for place in [outside.done, outside.rejected] {
            for id in try outside.jobs(in: place) where !atWork.contains(id) {
                let name = try state.withLock { $0.checks.finished[id.name] } ?? finish(id)
                places[name, default: []].insert(id.name)
            }
        }
        for (name, found) in places where found.count > 1 { broken("\(name) is in \(found.sorted())") }
        let missing = state.withLock { $0.files.keys.filter { places[$0] == nil } }
        if !missing.isEmpty { broken("\(missing.sorted()) are nowhere") }
    }

    /// - Returns: nil: the directory was made for a file that is still in the inbox.
    private func name(ofJobAtWork job: JobDirectory) throws -> String? {
        if let state = try job.state(), [.parked, .stopped].contains(state.phase), state.reason.isEmpty {
            broken("\(job.id) stands still, and nothing says why")
        }
        if let report = try job.verdictReport() { return report.value["name"]?.string }
        guard try FileFacts(at: job.delivered) != nil || FileFacts(at: job.input) != nil else { return nil }
        return try job.record().map { String(decoding: $0.name, as: UTF8.self) }
    }

    /// A job that has left: its parts are looked at once.
    private func finish(_ id: JobID) throws -> String {
        let parts = try [outside.done, outside.rejected].map { $0.appending(id.name) }.filter { path in
            try FileFacts(at: path) != nil
        }
        let report = try JSONValue(parsing: try DurableFile.read(parts[0].appending("report.json")) ?? [])
        let name = report["name"]?.string ?? ""
        guard let file = state.withLock({ $0.files[name] }) else { throw Unexpected("nobody handed in \(name)") }
        var ends: [String] = []
        for part in parts {
            for line in try lines(of: part.appending("output.jsonl")) {
                let id = line["custom_id"]?.string ?? "-"
                ends.append(id)
                let prompt = file.prompts[id] ?? ""
                let text = line["response"]?["body"]?["choices"]?.array?.first?["message"]?["content"]?.string
                if part.removingLastComponent() == outside.done, text != "Echo \(prompt.dropFirst(2))" {
                    broken("line \(id) of \(name) was answered \(text ?? "nothing")")
                }
            }
            ends += try lines(of: part.appending("errors.jsonl")).map { $0["custom_id"]?.string ?? "-" }
        }
        let counts = ["answered", "reused", "failed", "refused"].map { report["lines"]?[$0]?.int ?? -1 }
        if ends.sorted() != file.ids || counts.reduce(0, +) != file.ids.count {
            broken("\(name) has \(file.ids.count) lines, \(ends.count) ends, and its report \(counts)")
        }
        if report["verdict"]?.string != "accepted", report["reason"]?.string?.isEmpty ?? true {
            broken("\(name) was rejected, and nothing says why")
        }
        state.withLock { state in
            state.checks.finished[id.name] = name
            state.checks.answered += counts[0]
        }
        return name
    }

    private func lines(of path: FilePath) throws -> [JSONValue] {
        String(decoding: try DurableFile.read(path) ?? [], as: UTF8.self).split(separator: "\n").compactMap { line in
            do { return try JSONValue(parsing: String(line)) } catch { return nil }
        }
    }

    var isAtRest: Bool {
        do {
            let waiting = try [outside.inbox, outside.inbox.appending("urgent")].flatMap { try DurableFile.list($0) }
            return try waiting.count == 1 && outside.jobs().isEmpty
        } catch { return false }
    }

    /// Of jobs that do not come to their end, why.
    var whatIsLeft: String {
        do {
            let states = try outside.jobs().map { id in
                let state = try outside.job(id).state()
                return "\(id) \(state.map { "\($0.phase) \($0.reason)" } ?? "")"
            }
            return "\(states), inbox \(try DurableFile.list(outside.inbox).map { String(decoding: $0, as: UTF8.self) })"
        } catch { return "\(error)" }
    }
}
