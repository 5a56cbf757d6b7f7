import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Glibc
import Ledgers
import Pipeline
import Spooling

extension BudgetCommand {
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
            try Operator.actAsOwner(of: spool)
            try spool.prepare()
            let day = policies.calendar.day(at: WallClock.now())
            if let lock = try FileLock.acquire(spool.lock) {
                let ledger = try FileBudgetLedger(
                    in: spool.budget, openedDays: spool.openedDays, policy: policies.budget, days: [day],
                    now: WallClock.now)
                try await ledger.raise(Cap(usd: cap), on: day, by: "uid \(Operator.uid)")
                withExtendedLifetime(lock) {}
            } else {
                try await spool.askDaemon(.raise(cap, on: day), named: "raise")
            }
            guard shared.json else { return Terminal.say("the cap of \(day) is \(cap)") }
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("day", day.description)
                writer.member("cap_usd", cap.decimal)
            }
            Terminal.say(writer.text)
        }
    }
}
