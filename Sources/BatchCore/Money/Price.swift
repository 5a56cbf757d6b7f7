/// What a model costs at one time: for each token, for a request, for an image.
///
/// No sum of it overflows. A rate, a request and an image are at most `Money.limit` in the configuration, which is 1e15
/// picodollars a token or 1e21 apiece; a part of a request has at most twice `TokenBound.limit` (8.6e9) tokens, and the
/// 64 MiB of a line hold fewer than 1e8 images: some 1e29 picodollars a request, and 128 bits hold a billion of those.
package struct Price: Hashable, Sendable {
    /// Prices of a request whose prompt is longer than a number of tokens.
    package struct Tier: Hashable, Sendable {
        package var aboveTokens: Int
        package var rates: TokenRates

        package init(aboveTokens: Int, rates: TokenRates) {
            self.aboveTokens = aboveTokens
            self.rates = rates
        }
    }

    package var rates: TokenRates
    /// Ascending by their thresholds. The tier that a prompt reaches prices all tokens of its request, not only those
    /// above the threshold: so OpenAI, Google and xAI bill long prompts, and so litellm computes.
    package var tiers: [Tier]
    package var request: Money
    package var image: Money

    package init(rates: TokenRates, tiers: [Tier] = [], request: Money = .zero, image: Money = .zero) {
        self.rates = rates
        self.tiers = tiers
        self.request = request
        self.image = image
    }

    package init(input: Money, cachedInput: Money? = nil, output: Money) {
        self.init(rates: TokenRates(input: input, cachedInput: cachedInput, output: output))
    }

    /// The dearest that a request within `bound` can be. A long prompt can be cheaper than a short one, so every tier
    /// that the bound reaches is looked at, with the longest prompt that is in it.
    package func worstCase(of bound: TokenBound) -> Money {
        let besides = request + bound.images * image
        if tiers.isEmpty { return bound.prompt * rates.dearestInput + bound.completion * rates.dearestOutput + besides }
        let bands = [Tier(aboveTokens: -1, rates: rates)] + tiers
        var dearest = Money.zero
        for (index, band) in bands.enumerated() where band.aboveTokens < bound.prompt {
            let longest = index + 1 < bands.count ? min(bound.prompt, bands[index + 1].aboveTokens) : bound.prompt
            let tokens = longest * band.rates.dearestInput + bound.completion * band.rates.dearestOutput
            dearest = max(dearest, tokens)
        }
        return dearest + besides
    }

    /// What `usage` costs. Cached tokens are a part of the input, reasoning tokens a part of the output.
    package func cost(of usage: Usage, images: Int = 0) -> Money {
        let tier = tiers.last { usage.input > $0.aboveTokens }
        return (tier?.rates ?? rates).cost(of: usage) + request + images * image
    }

    /// The price less a share of it; nil if a part of it is then no whole number of picodollars.
    package func less(_ discount: Discount) -> Price? {
        guard let rates = rates.map(discount.taken), let request = discount.taken(from: request),
            let image = discount.taken(from: image)
        else { return nil }
        var reduced: [Tier] = []
        for tier in tiers {
            guard let rates = tier.rates.map(discount.taken) else { return nil }
            reduced.append(Tier(aboveTokens: tier.aboveTokens, rates: rates))
        }
        return Price(rates: rates, tiers: reduced, request: request, image: image)
    }

    /// A price in USD for a million tokens, as the configuration states it: `0.15` is 150,000 picodollars a token.
    /// - Returns: nil if it is no decimal number or finer than a picodollar a token (more than 6 decimals).
    package static func perMillionTokens(_ decimal: String) -> Money? {
        guard let million = Money(decimal: decimal) else { return nil }
        let (token, rest) = million.picodollars.quotientAndRemainder(dividingBy: 1_000_000)
        return rest == 0 ? Money(picodollars: token) : nil
    }
}
