/// When the cap of a day is reached, if spending goes on at the rate of the day so far.
package struct BudgetForecast: Equatable, Sendable {
    /// What an hour has cost on the average since the first reservation of the day; rounded up to the picodollar.
    package let usdPerHour: Money
    /// nil: not on this day.
    package let reachedAt: Timestamp?

    /// A shorter time says nothing about an hour.
    private static let shortest = Duration.seconds(60)

    /// - Parameters:
    ///   - start: of the first reservation of the day.
    ///   - end: of the day.
    /// - Returns: nil before there is a rate: in the first minute, and where nothing was spent.
    package init?(of book: Budget.Day, since start: Timestamp, at now: Timestamp, until end: Timestamp) {
        let settled = book.spent + book.unknown
        let elapsed = Int((now - start) / Duration.milliseconds(1))
        guard now - start >= Self.shortest, !settled.isZero else { return nil }
        usdPerHour = settled.usd.scaledUp(by: 3_600_000, over: elapsed)
        func reached(_ cap: Int128?, _ settled: Int128) -> Timestamp? {
            guard let cap, settled > 0 else { return nil }
            let left = max(0, cap - settled)
            // Beyond a day it is the same to everybody, and a product of that size would overflow.
            guard left / settled < 1_000_000 else { return nil }
            return now + Duration.milliseconds(Int64(left * Int128(elapsed) / settled))
        }
        reachedAt = [
            reached(book.cap.usd?.picodollars, settled.usd.picodollars),
            reached(book.cap.tokens.map { Int128($0) }, Int128(settled.tokens)),
        ].compactMap(\.self).filter { $0 < end }.min()
    }
}
