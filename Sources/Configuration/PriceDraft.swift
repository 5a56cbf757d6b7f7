import BatchCore

/// A price as models.toml states it: of a model, or of a model from a time on.
struct PriceDraft {
    var rates = RatesDraft()
    var request: Stated<Money>?
    var image: Stated<Money>?
    var tiers: Stated<[Stated<TierDraft>]>?

    /// The keys that are prices, wherever in a table's draft the price is.
    static func keys<Target>(at price: WritableKeyPath<Target, PriceDraft>) -> [Key<Target>] {
        RatesDraft.keys(at: price.appending(path: \.rates)) + [
            Key("request_usd", price.appending(path: \.request), Form.usd.stated),
            Key("image_usd", price.appending(path: \.image), Form.usd.stated),
            Key("tiers", price.appending(path: \.tiers), Form.array(of: TierDraft.form.stated).stated),
        ]
    }

    /// What is a price for a token, in the order of the keys.
    var statedRates: [Stated<Money>] { rates.stated + (tiers?.value ?? []).flatMap { $0.value?.rates.stated ?? [] } }

    /// The price that is stated, for tokens.
    /// - Returns: nil if there is something wrong, and it is found; or if no price for a token is stated.
    func price(_ findings: inout Findings) -> Price? {
        guard let first = statedRates.first else { return nil }
        guard let rates = rates.rates(neededBy: first, &findings) else { return nil }
        return Price(
            rates: rates, tiers: tiers(&findings), request: request?.value ?? .zero, image: image?.value ?? .zero)
    }

    private func tiers(_ findings: inout Findings) -> [Price.Tier] {
        var read: [Price.Tier] = []
        for table in tiers?.value ?? [] {
            guard let draft = table.value else { continue }
            guard let above = draft.aboveTokens else {
                findings.addMissing("above_tokens = 200000", in: table)
                continue
            }
            guard let tokens = above.value, let rates = draft.rates.rates(neededBy: table, &findings) else { continue }
            if let last = read.last, last.aboveTokens >= tokens {
                findings.add("\(above.subject) must be above that of the tier before it", line: above.line)
            }
            read.append(Price.Tier(aboveTokens: tokens, rates: rates))
        }
        return read
    }
}

struct RatesDraft {
    var input: Stated<Money>?
    var cachedInput: Stated<Money>?
    var cacheWrite: Stated<Money>?
    var output: Stated<Money>?
    var reasoning: Stated<Money>?

    static func keys<Target>(at rates: WritableKeyPath<Target, RatesDraft>) -> [Key<Target>] {
        [
            Key("input_usd_per_million", rates.appending(path: \.input), Form.usdPerMillionTokens.stated),
            Key("cached_input_usd_per_million", rates.appending(path: \.cachedInput), Form.usdPerMillionTokens.stated),
            Key("cache_write_usd_per_million", rates.appending(path: \.cacheWrite), Form.usdPerMillionTokens.stated),
            Key("output_usd_per_million", rates.appending(path: \.output), Form.usdPerMillionTokens.stated),
            Key("reasoning_usd_per_million", rates.appending(path: \.reasoning), Form.usdPerMillionTokens.stated),
        ]
    }

    var stated: [Stated<Money>] { [input, cachedInput, cacheWrite, output, reasoning].compactMap(\.self) }

    /// - Parameter place: what makes a price needed.
    /// - Returns: nil if input or output is missing or was refused.
    func rates<Value>(neededBy place: Stated<Value>, _ findings: inout Findings) -> TokenRates? {
        guard let input, let output else {
            let missing = [
                input == nil ? "input_usd_per_million" : nil, output == nil ? "output_usd_per_million" : nil,
            ]
            let names = missing.compactMap(\.self).joined(separator: " and ")
            findings.add("\(place.subject) needs \(names) beside it: half a price is none", line: place.line)
            return nil
        }
        guard let input = input.value, let output = output.value else { return nil }
        return TokenRates(
            input: input, cachedInput: cachedInput?.value, cacheWrite: cacheWrite?.value, output: output,
            reasoning: reasoning?.value)
    }
}

struct TierDraft {
    var aboveTokens: Stated<Int>?
    var rates = RatesDraft()

    static var form: Form<TierDraft> {
        .table(
            TierDraft(),
            [Key("above_tokens", \.aboveTokens, Form.integer(1...100_000_000).stated)] + RatesDraft.keys(at: \.rates))
    }
}

/// A price that is in force from a time on.
struct DatedPriceDraft {
    var from: Stated<Timestamp>?
    var price = PriceDraft()

    static var form: Form<DatedPriceDraft> {
        .table(DatedPriceDraft(), [Key("from", \.from, Form.moment.stated)] + PriceDraft.keys(at: \.price))
    }
}
