/// What the requests of an endpoint have taken of their worst cases so far, newer ones counting more.
struct TokenShare: Sendable {
    /// Answers before which nothing is taken for known.
    static let least = 20
    /// Answers that the averages reach back, roughly.
    private static let memory = 256
    /// Above the mean of what is in flight. In simulated runs of minutes three exceeded a limit once in 230, four never
    /// in 6,000.
    private static let deviations = 4.0

    private var count = 0
    private var meanUsed = 0.0
    private var meanWorst = 0.0
    /// Of what a request took against what was to be expected by its worst case, in tokens squared.
    private var variance = 0.0

    private var ratio: Double { meanWorst > 0 ? meanUsed / meanWorst : 1 }

    mutating func note(_ used: Int, of worstCase: Int) {
        guard worstCase > 0 else { return }
        count = min(count + 1, Self.memory)
        let weight = 1 / Double(count)
        if count > 1 {
            let surprise = Double(used) - ratio * Double(worstCase)
            variance += weight * (surprise * surprise - variance)
        }
        meanUsed += weight * (Double(used) - meanUsed)
        meanWorst += weight * (Double(worstCase) - meanWorst)
    }

    /// The tokens that requests will hardly exceed together.
    /// - Parameter worstCases: their sum. It is the answer while little is known.
    func expected(of requests: Int, worstCases: Int) -> Int {
        guard count >= Self.least else { return worstCases }
        // Each differs from the mean, and the mean is known by so many answers only.
        let (requests, known) = (Double(requests), Double(count))
        let deviation = (variance * requests * (1 + requests / known)).squareRoot()
        let likely = ratio * Double(worstCases) + Self.deviations * deviation
        // A server that goes above its bounds is expected to go on so.
        return Int(min(likely, max(1, ratio) * Double(worstCases)).rounded(.up))
    }
}
