import BatchCore
import Testing

@Suite("The forecast says when the cap is reached at the rate of the day")
struct BudgetForecastTests {
    private let start = Timestamp(seconds: 1_000_000)
    private let end = Timestamp(seconds: 1_000_000 + 20 * 3600)

    private func forecast(_ cap: Cap, spent: Int, unknown: Int = 0, after seconds: Int) -> BudgetForecast? {
        var book = Budget.Day(cap: cap)
        book.spent = .units(spent)
        book.unknown = .units(unknown)
        return BudgetForecast(of: book, since: start, at: start + .seconds(seconds), until: end)
    }

    @Test("money and tokens, the earlier of the two; what is unknown counts")
    func rate() {
        let two = Cap(usd: Amount.units(400).usd, tokens: 500)
        let found = forecast(two, spent: 90, unknown: 10, after: 3600)
        #expect(found?.usdPerHour == Amount.units(100).usd)
        #expect(found?.reachedAt == start + .seconds(4 * 3600))
        #expect(forecast(Cap(tokens: 300), spent: 100, after: 3600)?.reachedAt == start + .seconds(3 * 3600))
    }

    @Test("not today, already, and too early to say")
    func edges() {
        let cap = Cap(tokens: 10_000)
        #expect(forecast(cap, spent: 100, after: 3600)?.reachedAt == nil)
        #expect(forecast(Cap(), spent: 100, after: 3600)?.reachedAt == nil)
        #expect(forecast(cap, spent: 10_001, after: 3600)?.reachedAt == start + .seconds(3600))
        #expect(forecast(cap, spent: 100, after: 59) == nil)
        #expect(forecast(cap, spent: 0, after: 3600) == nil)
        #expect(forecast(Cap(tokens: .max), spent: 1, after: 3600)?.reachedAt == nil, "and it does not overflow")
    }
}
