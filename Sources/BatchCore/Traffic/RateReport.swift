/// What a server says with an answer that it still takes: the `x-ratelimit` headers.
package struct RateReport: Equatable, Sendable {
    package struct Remaining: Equatable, Sendable {
        /// Requests or tokens.
        package var left: Int
        /// When it takes as many as ever, from now on.
        package var reset: Duration

        package init(left: Int, reset: Duration) {
            self.left = left
            self.reset = reset
        }
    }

    package var requests: Remaining?
    package var tokens: Remaining?

    package init(requests: Remaining? = nil, tokens: Remaining? = nil) {
        self.requests = requests
        self.tokens = tokens
    }
}
