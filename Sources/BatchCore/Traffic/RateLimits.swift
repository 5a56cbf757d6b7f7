/// What an endpoint takes in a minute; `requests_per_minute` and `tokens_per_minute` of models.toml. nil: no limit.
package struct RateLimits: Equatable, Sendable {
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?

    package init(requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil) {
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
    }
}
