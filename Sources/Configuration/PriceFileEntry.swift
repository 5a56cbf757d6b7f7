import BatchCore

/// One model of a price file. What the members mean: litellm's `cost_calculator.py` and the `sample_spec` of the file.
struct PriceFileEntry {
    let members: JSONValue

    /// Completions of such models are text; the others are billed by the image, second or page.
    private static let textModes = ["chat", "completion", "responses", "embedding"]
    private static let tierPrefix = "_above_"
    private static let tierSuffix = "_tokens"

    /// The limits are there to be counted with; in some entries they are sentences.
    var maxOutputTokens: Int? { limit("max_output_tokens") ?? limit("max_tokens") }
    var contextTokens: Int? { limit("max_input_tokens") }

    private func limit(_ name: String) -> Int? {
        members[name]?.int.flatMap { 1...100_000_000 ~= $0 ? $0 : nil }
    }

    /// - Parameters:
    ///   - batches: the provider's prices for batches instead of the usual ones.
    ///   - takesImages: the model declares what an image takes.
    /// - Throws: what of the entry is missing, inexact, or of a kind that is not counted here.
    func price(batches: Bool, takesImages: Bool) throws(NoPrice) -> Price {
        let mode = members["mode"]?.string ?? "chat"
        guard Self.textModes.contains(mode) else {
            throw NoPrice("its mode there is \(mode), which is not billed by token")
        }
        guard members["off_peak_pricing"] ?? .null == .null else {
            throw NoPrice("it has off_peak_pricing there, which is not read: state its prices in models.toml")
        }
        var price: Price
        if let ranges = members["tiered_pricing"], ranges != .null {
            price = try self.price(ofRanges: ranges.array ?? [])
        } else {
            price = try usualPrice(batches ? "_batches" : "", isEmbedding: mode == "embedding")
        }
        if batches && !price.tiers.isEmpty { throw NoPrice("it has tiers there, and no batch price for them") }
        price.request = try cost("input_cost_per_request") ?? .zero
        price.image = try cost("input_cost_per_image") ?? .zero
        if takesImages, let token = try cost("input_cost_per_image_token"), token > price.rates.input {
            throw NoPrice("it prices tokens of images apart there: state its prices in models.toml")
        }
        return price
    }

    private func usualPrice(_ suffix: String, isEmbedding: Bool) throws(NoPrice) -> Price {
        let input = try needed("input_cost_per_token" + suffix)
        // An embedding has no completion; a server that claims one is not to get it for nothing.
        let output = isEmbedding ? input : try needed("output_cost_per_token" + suffix)
        var price = Price(rates: TokenRates(input: input, output: output))
        if suffix.isEmpty { price.rates = try rates(input, output, threshold: "") }
        for (threshold, tokens) in thresholds {
            let rates = try rates(
                try cost("input_cost_per_token" + threshold) ?? input,
                try cost("output_cost_per_token" + threshold) ?? output, threshold: threshold)
            // xAI prices a prompt of just that length as a long one; the others one that is longer (litellm).
            let isInclusive = members["litellm_provider"]?.string == "xai"
            price.tiers.append(Price.Tier(aboveTokens: isInclusive ? tokens - 1 : tokens, rates: rates))
        }
        return price
    }

    /// `tiered_pricing`: costs, each with the `range` of prompt lengths that it is for: above its start, up to its end.
    private func price(ofRanges ranges: [JSONValue]) throws(NoPrice) -> Price {
        var tiers: [Price.Tier] = []
        for range in ranges {
            let entry = PriceFileEntry(members: range)
            guard let start = range["range"]?.array?.first?.double, 0...1e9 ~= start else {
                throw NoPrice("its tiered_pricing there has no range of tokens")
            }
            let rates = try entry.rates(
                try entry.needed("input_cost_per_token"), try entry.needed("output_cost_per_token"), threshold: "")
            tiers.append(Price.Tier(aboveTokens: Int(start), rates: rates))
        }
        tiers.sort { $0.aboveTokens < $1.aboveTokens }
        guard let first = tiers.first, first.aboveTokens == 0 else {
            throw NoPrice("its tiered_pricing there does not begin at zero tokens")
        }
        return Price(rates: first.rates, tiers: Array(tiers.dropFirst()))
    }

    /// The rates of a tier, or without a threshold those below all tiers. What a tier does not state is as below it.
    private func rates(_ input: Money, _ output: Money, threshold: String) throws(NoPrice) -> TokenRates {
        func rate(_ name: String) throws(NoPrice) -> Money? {
            if !threshold.isEmpty, let stated = try cost(name + threshold) { return stated }
            return try cost(name)
        }
        // Some providers keep what was written for five minutes or, dearer, for an hour; the usage does not say which.
        let writes = [
            try rate("cache_creation_input_token_cost"), try rate("cache_creation_input_token_cost_above_1hr"),
        ]
        let reasoning = try rate("output_cost_per_reasoning_token")
        return TokenRates(
            input: input, cachedInput: try rate("cache_read_input_token_cost"),
            cacheWrite: writes.compactMap(\.self).max(), output: output,
            reasoning: threshold.isEmpty ? reasoning : reasoning.map { max($0, output) })
    }

    /// The spellings of the thresholds, `_above_200k_tokens`, ascending by what they mean.
    private var thresholds: [(String, Int)] {
        var found: [String: Int] = [:]
        for member in members.members ?? [] where member.value != .null {
            for name in ["input_cost_per_token", "output_cost_per_token"] {
                let prefix = name + Self.tierPrefix
                guard member.name.hasPrefix(prefix), member.name.hasSuffix(Self.tierSuffix) else { continue }
                let number = member.name.dropFirst(prefix.count).dropLast(Self.tierSuffix.count)
                let digits = number.hasSuffix("k") ? number.dropLast() : number
                guard let count = Int(digits), 1...1_000_000_000 ~= count else { continue }
                found[String(member.name.dropFirst(name.count))] = number.hasSuffix("k") ? count * 1000 : count
            }
        }
        return found.sorted { $0.value < $1.value }.map { ($0.key, $0.value) }
    }

    private func needed(_ name: String) throws(NoPrice) -> Money {
        guard let cost = try cost(name) else { throw NoPrice("it has no \(name) there") }
        return cost
    }

    private func cost(_ name: String) throws(NoPrice) -> Money? {
        let text: String
        switch members[name] {
        case nil, .null: return nil
        case .number(let digits), .string(let digits): text = digits
        default: throw NoPrice("\(name) is no number there")
        }
        guard let amount = Money(number: text), amount <= Self.dearest else {
            throw NoPrice(
                "\(name) is \(TomlPath.printable(text)) there: no amount of whole picodollars from 0 to "
                    + "\(Self.dearest.decimal)")
        }
        return amount
    }

    /// As much as models.toml can state for a token.
    private static let dearest = Money(picodollars: Money.limit.picodollars / 1_000_000)
}
