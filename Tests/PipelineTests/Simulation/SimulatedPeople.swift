import BatchCore
import DurableFiles
import Glibc
import Ledgers
import Pipeline
import Spooling
import Synchronization
import SystemPackage

/// A file as it was handed in.
struct DeliveredFile: Sendable {
    /// The custom_id of each line, sorted; `-` where there is none.
    private(set) var ids: [String] = []
    /// By custom_id, the model before each.
    private(set) var prompts: [String: String] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let value: JSONValue
            do { value = try JSONValue(parsing: String(line)) } catch {
                ids.append("-")
                continue
            }
            let (id, body) = (value["custom_id"]?.string ?? "-", value["body"])
            let prompt = body?["messages"]?.array?.last?["content"]?.string ?? ""
            ids.append(id)
            prompts[id] = "\(body?["model"]?.string ?? "") \(prompt)"
        }
        ids.sort()
    }
}

/// Who and what is at work around a simulated spool while its days are lively.
extension SimulatedSpool {
    var people: [@Sendable () async -> Void] {
        [
            { await self.often(60..<3600) { self.handIn() } },
            { await self.often(1800..<14_400) { self.operate() } },
            { await self.often(300..<7200) { self.disturb() } },
            {
                await self.often(7200..<43_200) {
                    self.server.goDown(until: self.time.wall + .seconds(self.random(10..<1800)))
                }
            },
        ]
    }

    private func often(_ pauseSeconds: Range<Int>, _ body: () -> Void) async {
        while true {
            await time.sleep(for: .seconds(random(pauseSeconds)))
            if !isLively || isBroken { return }
            body()
        }
    }

    // MARK: Producers

    private func handIn() {
        let number = state.withLock { $0.files.count + 1 }
        let model = once(in: 3) ? "n" : "m"
        var lines: [String] = []
        for place in 0..<(once(in: 30) ? 0 : random(1..<25)) {
            lines.append(once(in: 20) ? "nonsense" : line(prompt(model), id: "\(number)-\(place)", model: model))
        }
        deliver(lines.map { $0 + "\n" }.joined(), as: "f\(number).jsonl", isUrgent: once(in: 4))
    }

    /// Half of what is asked was asked before.
    private func prompt(_ model: String) -> String {
        state.withLock { state in
            if let known = state.prompts[model], Bool.random(using: &state.random) {
                return known[Int.random(in: 0..<known.count, using: &state.random)]
            }
            state.asked += 1
            let prompt = "p\(1_000_000 + state.asked)"
            state.prompts[model, default: []].append(prompt)
            return prompt
        }
    }

    private func deliver(_ text: String, as name: String, isUrgent: Bool = false) {
        func inbox(of spool: Spool) -> FilePath { isUrgent ? spool.inbox.appending("urgent") : spool.inbox }
        expecting("handing in \(name)") {
            let path = inbox(of: outside).appending(name)
            try DurableFile.publish(Array(text.utf8), to: path, durable: false)
        }
        state.withLock { $0.files[name] = DeliveredFile(text) }
        // A hint, which may be lost.
        if !once(in: 5) { tell(.look(directory: inbox(of: house.spool), name: Array(name.utf8))) }
    }

    // MARK: Operators

    private func operate() {
        switch random(0..<10) {
        case 0, 1:
            let day = policies.calendar.day(at: time.wall)
            ask(.raise(Money(picodollars: Int128(random(5..<60)) * 1_000_000_000), on: day))
        case 2: ask(.pause(.lane(once(in: 2) ? "urgent" : Lane.defaultName)))
        case 3:
            expecting("pausing a job") {
                if let job = try outside.jobs().randomElement(using: self) { ask(.pause(.job(job))) }
            }
        case 4, 5, 6: resumeAll()
        case 7: reload()
        case 8: removeBooks()
        default: handInAgain()
        }
    }

    private func ask(_ request: ControlRequest) {
        expecting("asking for \(request)") { _ = try outside.ask(request, name: "r\(random(0..<1_000_000_000))") }
    }

    func resumeAll() {
        expecting("resuming") { for pause in try outside.pauses().all { ask(.resume(pause.subject)) } }
    }

    func reload() {
        let (cap, concurrency) = (Int128(random(5..<40)), random(1..<12))
        let policies = state.withLock { state in
            state.policies.budget.day = Cap(usd: Money(picodollars: cap * 1_000_000_000))
            state.policies.lane.concurrency = concurrency
            return state.policies
        }
        tell(.reload(policies))
    }

    /// By mistake; the daemon stands still until somebody has told it to take that as it is.
    private func removeBooks() {
        let day = policies.calendar.day(at: time.wall)
        expecting("removing the books of \(day)") {
            let path = outside.budget.appending("\(day).jsonl")
            guard try FileFacts(at: path) != nil else { return }
            try DurableFile.remove(path)
            state.withLock { _ = $0.checks.removed.insert(day) }
            ask(.adopt(day))
        }
    }

    /// What was rejected is handed in once more, by whoever believes that it is good.
    private func handInAgain() {
        expecting("handing in again") {
            guard let job = try outside.jobs(in: outside.rejected).randomElement(using: self),
                let bytes = try DurableFile.read(outside.rejected.appending(job.name).appending("reprocess.jsonl"))
            else { return }
            let name = "a\(state.withLock { $0.files.count }).retry.jsonl"
            deliver(String(decoding: bytes, as: UTF8.self), as: name)
        }
    }

    // MARK: Faults

    private func disturb() {
        switch random(0..<10) {
        case 0..<4: disk.meet(.kill(once(in: 2) ? .before : .after), after: random(0..<250))
        case 4..<7: disk.meet(.error([EIO, ENOSPC, EMFILE, EDQUOT][random(0..<4)]), after: random(0..<250))
        case 7: endProcess()
        case 8: time.setWall(by: .seconds(random(1..<10_000)))
        default: time.setWall(by: .seconds(-random(1..<10_000)))
        }
    }

    /// The days are quiet from now on: everything is let go, and must come to its end.
    func comeToRest() async {
        state.withLock { $0.isLively = false }
        disk.spare()
        server.heal()
        let end = time.passed + .seconds(4 * 86_400)
        while !isBroken, !isAtRest {
            if time.passed > end { return broken("it does not come to its end: \(whatIsLeft)") }
            resumeAll()
            for day in state.withLock({ $0.checks.removed }) { ask(.adopt(day)) }
            let policies = state.withLock { state in
                state.policies.budget.day = Cap(usd: Money(picodollars: 1_000_000_000_000))
                state.policies.budget.lanes = [:]
                return state.policies
            }
            tell(.reload(policies))
            await time.sleep(for: .seconds(1200))
        }
    }
}

extension Array {
    fileprivate func randomElement(using spool: SimulatedSpool) -> Element? {
        isEmpty ? nil : self[spool.random(0..<count)]
    }
}
