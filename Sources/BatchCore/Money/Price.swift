/// What a model costs, in money for one token of each kind.
package struct Price: Hashable, Sendable {
    package var input: Money
    /// For input tokens that the server had in its cache; the input price where the provider states no other.
    package var cachedInput: Money
    package var output: Money

    package init(input: Money, cachedInput: Money? = nil, output: Money) {
        self.input = input
        self.cachedInput = cachedInput ?? input
        self.output = output
    }

    /// The dearest that a request within `bound` can be. A cached token that costs more than a fresh one (some
    /// providers charge for cache writes) counts at the dearer of the two.
    package func worstCase(of bound: TokenBound) -> Money {
        bound.prompt * max(input, cachedInput) + bound.completion * output
    }

    /// What `usage` costs. Cached tokens are a part of the input, reasoning tokens a part of the output.
    package func cost(of usage: Usage) -> Money {
        (usage.input - usage.cached) * input + usage.cached * cachedInput + usage.output * output
    }

    /// A price in USD for a million tokens, as the configuration states it: `0.15` is 150,000 picodollars a token.
    /// - Returns: nil if it is no decimal number or finer than a picodollar a token (more than 6 decimals).
    package static func perMillionTokens(_ decimal: String) -> Money? {
        guard let million = Money(decimal: decimal) else { return nil }
        let (token, rest) = million.picodollars.quotientAndRemainder(dividingBy: 1_000_000)
        return rest == 0 ? Money(picodollars: token) : nil
    }
}

/// The tokens that a server says a request took. Counts are what was booked: never negative, `cached <= input`,
/// `reasoning <= output`.
package struct Usage: Hashable, Sendable {
    /// Prompt tokens, the cached ones included.
    package var input = 0
    package var cached = 0
    /// Completion tokens, the reasoning ones included.
    package var output = 0
    package var reasoning = 0

    package init(input: Int = 0, cached: Int = 0, output: Int = 0, reasoning: Int = 0) {
        self.input = input
        self.cached = cached
        self.output = output
        self.reasoning = reasoning
    }

    package static let zero = Usage()

    package var total: Int { input + output }

    package static func + (left: Usage, right: Usage) -> Usage {
        Usage(
            input: left.input + right.input, cached: left.cached + right.cached, output: left.output + right.output,
            reasoning: left.reasoning + right.reasoning)
    }

    package static func += (left: inout Usage, right: Usage) { left = left + right }
}

/// An upper bound on the tokens of one request: no server exceeds it without lying (how: `TokenBound.swift`).
package struct TokenBound: Hashable, Sendable {
    /// No request takes more tokens than this in either part. A count above it is a slip or a lie, and sums of such
    /// counts would overflow.
    package static let limit = 1 << 32

    package var prompt: Int
    package var completion: Int

    package init(prompt: Int, completion: Int) {
        self.prompt = prompt
        self.completion = completion
    }

    package var total: Int { prompt + completion }
}
