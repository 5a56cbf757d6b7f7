/// Money for one token of each kind.
package struct TokenRates: Hashable, Sendable {
    package var input: Money
    /// For input tokens that the server had in its cache; the input price where the provider states no other.
    package var cachedInput: Money
    /// For input tokens that the server put into its cache; the input price where the provider states no other.
    package var cacheWrite: Money
    package var output: Money
    /// For output tokens that reason before the answer; the output price where the provider states no other.
    package var reasoning: Money

    package init(
        input: Money, cachedInput: Money? = nil, cacheWrite: Money? = nil, output: Money, reasoning: Money? = nil
    ) {
        self.input = input
        self.cachedInput = cachedInput ?? input
        self.cacheWrite = cacheWrite ?? input
        self.output = output
        self.reasoning = reasoning ?? output
    }

    /// The dearest that a prompt token can be: nobody knows beforehand what a server has in its cache or puts there.
    package var dearestInput: Money { max(input, cachedInput, cacheWrite) }
    package var dearestOutput: Money { max(output, reasoning) }

    func cost(of usage: Usage) -> Money {
        (usage.input - usage.cached - usage.cacheWrite) * input + usage.cached * cachedInput
            + usage.cacheWrite * cacheWrite + (usage.output - usage.reasoning) * output + usage.reasoning * reasoning
    }

    func map(_ change: (Money) -> Money?) -> TokenRates? {
        guard let input = change(input), let cachedInput = change(cachedInput), let cacheWrite = change(cacheWrite),
            let output = change(output), let reasoning = change(reasoning)
        else { return nil }
        return TokenRates(
            input: input, cachedInput: cachedInput, cacheWrite: cacheWrite, output: output, reasoning: reasoning)
    }
}
