import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Ledgers
import Pipeline
import Spooling

extension BudgetCommand {
    struct Adopt: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes the budget file of a day as it is, after it was removed or changed.",
            discussion: """
                Spending on that day has stopped. What the files of the jobs say they were charged, and no budget file \
                has any more, is booked on that day; then spending goes on. To restore the file instead, put it back \
                and adopt it.
                """)

        @OptionGroup var day: DayOption
        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let (spool, policies) = try shared.house()
            let witnesses = House.witnesses(try shared.configuration())
            let day = try day.value(policies)
            try Operator.actAsOwner(of: spool)
            let lock = try FileLock.acquire(spool.lock)
            let witness = try lock == nil ? nil : spool.witness(in: witnesses)
            // What the daemon would say at its next start.
            let isRestored = try spool.isRestored
            do throws(LedgerError) {
                try await witness?.check(budget: spool.budget, openedDays: spool.openedDays, isRestored: isRestored)
            } catch {
                guard case .notAdopted = error else { throw error }
            }
            guard try Books.doubt(spool, day) != nil else {
                throw Failure.badInput("the budget file of \(day) is in order: there is nothing to adopt")
            }
            if let lock {
                _ = try await spool.adoptBudget(of: day, policies, witness: witness, at: WallClock.now()) {
                    Terminal.complain("bobbin: \($0); what it cost is booked only as far as a budget file has it")
                }
                withExtendedLifetime(lock) {}
            } else {
                try await spool.askDaemon(.adopt(day), named: "adopt")
                if let reason = try Books.doubt(spool, day) {
                    throw Failure.badInput("\(reason); it was not adopted, the daemon's log says why")
                }
            }
            let book = try Books.today(spool, policies, day).days[day]
            let charged = (book?.spent ?? .zero) + (book?.unknown ?? .zero)
            guard shared.json else {
                return Terminal.say(
                    "the budget file of \(day) is adopted; \(charged.usd) and \(charged.tokens) tokens are booked on "
                        + "it")
            }
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("day", day.description)
                writer.member("charged_usd", charged.usd.decimal)
                writer.member("charged_tokens", charged.tokens)
            }
            Terminal.say(writer.text)
        }
    }
}
