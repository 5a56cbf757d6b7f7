import ArgumentParser
import BatchCore
import Daemon
import Ledgers
import Pipeline
import Spooling

extension BudgetCommand {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Caps, what is spent, unknown and reserved, and by whom.")
        @OptionGroup var day: DayOption
        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let (spool, policies) = try shared.house()
            let day = try day.value(policies)
            let (history, doubt) = try Books.history(spool, policies, day)
            if let doubt { throw Failure.badInput(doubt) }
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
                                writer.member("job", reservation.request.id.job)
                                writer.member("lane", reservation.request.lane)
                                writer.member("model", reservation.request.model)
                                writer.member("uid", Int(reservation.request.uid))
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
                let request = reservation.request
                Terminal.say(
                    "  \(request.id): \(reservation.settlement.open.usd)\(age), lane \(request.lane), "
                        + "model \(request.model), uid \(request.uid)")
            }
            for (scope, amount) in book.shares.sorted(by: { $0.key.description < $1.key.description }) {
                let cap = policies.budget.cap(of: scope)
                guard cap != Cap() else { continue }
                let limits = [cap.usd?.description, cap.tokens.map { "\($0) tokens" }].compactMap(\.self)
                Terminal.say("\(scope): \(amount.usd), \(amount.tokens) tokens of \(limits.joined(separator: ", "))")
            }
        }
    }
}
