import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Glibc
import Ledgers
import Pipeline
import Spooling

struct BudgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget", abstract: "The daily budget file.", subcommands: [Show.self, Verify.self, Raise.self],
        defaultSubcommand: Show.self)

    struct DayOption: ParsableArguments {
        @Option(help: "A day such as 2026-11-24; today where none is given.")
        var day: String?

        func value(_ policies: Policies) throws -> CivilDate {
            guard let day else { return policies.calendar.day(at: WallClock.now()) }
            guard let date = CivilDate(day) else { throw Failure.usage("\(day) is no day: write it as 2026-11-24") }
            return date
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Caps, what is spent, unknown and reserved, and by whom.")
        @OptionGroup var day: DayOption
        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let (spool, policies) = try shared.house()
            let day = try day.value(policies)
            let history = try Books.history(spool, policies, day)
            guard let book = history.budget.days[day] else { return }
            let now = WallClock.now()
            let open = book.open.values.sorted { $0.request.id.description < $1.request.id.description }
            if shared.json {
                var writer = JSONWriter()
                writer.object { writer in
                    Books.write(book, of: day, to: &writer)
                    writer.array("open") { writer in
                        for reservation in open {
                            writer.object { writer in
                                writer.member("id", reservation.request.id.description)
                                writer.member("lane", reservation.request.lane)
                                writer.member("usd", reservation.worstCase.usd.decimal)
                                writer.member("open_usd", reservation.settlement.open.usd.decimal)
                                writer.member("at", history.reservedAt[reservation.request.id]?.description)
                            }
                        }
                    }
                }
                Terminal.say(writer.text)
                return
            }
            Terminal.say("day:       \(day) (\(policies.budget.timeZone))")
            let tokens = book.cap.tokens.map(String.init) ?? "no limit of"
            Terminal.say("cap:       \(book.cap.usd?.description ?? "none in USD"), \(tokens) tokens")
            Terminal.say("spent:     \(book.spent.usd), \(book.spent.tokens) tokens")
            Terminal.say("unknown:   \(book.unknown.usd)")
            Terminal.say("reserved:  \(book.reserved.usd)")
            for reservation in open {
                let age =
                    history.reservedAt[reservation.request.id].map { " for \((now - $0).components.seconds) s" } ?? ""
                Terminal.say("  \(reservation.request.id): \(reservation.settlement.open.usd)\(age)")
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Recomputes every sum and checksum.")
        @OptionGroup var day: DayOption
        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let (spool, policies) = try shared.house()
            let days = day.day == nil ? try BudgetFile.days(in: spool.budget) : [try day.value(policies)]
            var results: [(CivilDate, Int)] = []
            for day in days {
                let file = BudgetFile(day, in: spool.budget)
                guard let content = try file.read() else {
                    throw Failure.badInput("\(file.path): there is no budget file of that day")
                }
                var history = BudgetHistory(policy: policies.budget)
                try history.replay(content.records, of: file)
                results.append((day, content.records.count))
            }
            if shared.json {
                var writer = JSONWriter()
                writer.object { writer in
                    writer.member("ok", true)
                    writer.array("days") { writer in
                        for (day, records) in results {
                            writer.object { writer in
                                writer.member("day", day.description)
                                writer.member("records", records)
                            }
                        }
                    }
                }
                Terminal.say(writer.text)
            } else {
                for (day, records) in results {
                    Terminal.say("\(day): \(records) records, all sums and checksums are right")
                }
            }
        }
    }

    struct Raise: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets the cap of today in USD. It is the new cap, not an increment.")

        @Argument(help: "The new cap, such as 40.00.")
        var usd: String

        @OptionGroup var shared: SharedOptions

        func run() async throws {
            guard let cap = Money(decimal: usd) else {
                throw Failure.usage("\(usd) is no amount: write it as 40.00, with at most 12 decimals")
            }
            let (spool, policies) = try shared.house()
            try spool.prepare()
            let day = policies.calendar.day(at: WallClock.now())
            if let lock = try FileLock.acquire(spool.lock) {
                let ledger = try FileBudgetLedger(
                    in: spool.budget, policy: policies.budget, days: [day], now: WallClock.now)
                try await ledger.raise(Cap(usd: cap), on: day, by: "uid \(getuid())")
                withExtendedLifetime(lock) {}
            } else {
                try await askDaemon(.raise(cap), spool)
            }
            Terminal.say("the cap of \(day) is \(cap)")
        }

        private func askDaemon(_ request: ControlRequest, _ spool: Spool) async throws {
            let path = try spool.ask(request, name: "raise-\(WallClock.now().compact)-\(getpid())")
            let deadline = ContinuousClock.now + .seconds(30)
            while try FileFacts(at: path) != nil {
                guard ContinuousClock.now < deadline else {
                    try DurableFile.remove(path)
                    throw Failure(
                        code: EX_TEMPFAIL, message: "the daemon did not answer within 30 s: is it stopped or stuck?")
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
