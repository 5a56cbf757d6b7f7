/// What an answer is booked at.
///
/// A usage that can be true is booked as it stands, exactly. What cannot be true is replaced, part by part, by what is
/// known, never by less. A server that states
/// - no prompt tokens, or zero, or no completion tokens, or zero for a choice that has a text: our count, which is a
///   token for three bytes, at most the bound;
/// - a negative count, one above 2^32, or no number: the same;
/// - more tokens read from a cache and written to it than prompt tokens: all beside each other, as Anthropic counts, if
///   the bound holds that; else the prompt at the dearest of the prices;
/// - fewer completion tokens than its texts can be made of: the least that they can be made of, see `leastOutput`;
/// - more than the bound: what it states, in full.
package struct Charge: Equatable, Sendable {
    package let usage: Usage
    package let amount: Amount
    /// Something in the count is ours: the server stated none, or one that cannot be true.
    package let isEstimated: Bool
    /// The server states more than the bound. What is known is booked, in full.
    package let exceedsBound: Bool
    /// The server stated a usage, and it contradicts itself, the request or the answer. A usage that is missing or zero
    /// is none: servers that do not count leave it out, and it can be estimated.
    package let isFault: Bool

    /// Bytes of text that are taken for one token where the server does not count: few, so that the estimate is high.
    private static let bytesPerToken = 3
    /// No token of a vocabulary in use is longer: o200k_base has one of 128 spaces.
    private static let longestTokenBytes = 128
    /// No text of several choices has more bytes a token than this on average: English has four to five, the scripts
    /// of three bytes a letter up to eleven.
    private static let densestTextBytes = 16

    /// - Parameters:
    ///   - worstCase: what the attempt was sent under.
    ///   - price: in force when the attempt began.
    package init(answer: ParsedAnswer, request: OutgoingRequest, worstCase: Amount, price: Price) {
        let reported = answer.reported ?? ReportedUsage()
        let bound = request.bound
        var usage = reported.usage
        let parts = reported.cached + reported.cacheWrite
        var isEstimated = false
        var isFault = reported.isAbsurd
        if usage.input == 0 {
            let images = max(0, bound.prompt - request.promptBytes)
            let text = request.promptBytes / Self.bytesPerToken
            usage.input = max(1, min(max(bound.images == 0 ? text : text + images, parts), bound.prompt))
            isEstimated = true
        } else if parts > usage.input {
            (isEstimated, isFault) = (true, true)
            if usage.input + parts <= bound.prompt {
                (usage.cached, usage.cacheWrite) = (reported.cached, reported.cacheWrite)
                usage.input += parts
            } else {
                let (rates, input) = (price.rates, usage.input)
                usage.cacheWrite = rates.cacheWrite > max(rates.input, rates.cachedInput) ? input : 0
                usage.cached = usage.cacheWrite == 0 && rates.cachedInput > rates.input ? input : 0
            }
        }
        let least = Self.leastOutput(of: answer, stated: usage.output, request)
        if usage.output == 0, bound.completion > 0, reported.output == nil || least > 0 {
            let bytes = answer.choices.reduce(0) { $0 + $1.text.utf8.count }
            usage.output = min(max(1, least, bytes / Self.bytesPerToken), bound.completion)
            isEstimated = true
        } else if usage.output < least {
            usage.output = least
            (isEstimated, isFault) = (true, true)
        }
        self.usage = usage
        amount = Amount(usd: price.cost(of: usage, images: bound.images), tokens: usage.total)
        self.isEstimated = isEstimated
        exceedsBound =
            usage.input > bound.prompt || usage.output > bound.completion || amount.usd > worstCase.usd
            || amount.tokens > worstCase.tokens
        self.isFault = isFault || exceedsBound
    }

    /// The completion tokens that the choices are made of at the least.
    ///
    /// Each choice with a text or a call takes one. A text takes one for 128 bytes, and where there are several, for 16
    /// bytes: a server that counts one choice of `n` (llama.cpp does) states fewer. If it states just the limit of one
    /// choice, and several have ended by that limit, each of those took it. An undercount that the texts can explain is
    /// believed.
    private static func leastOutput(of answer: ParsedAnswer, stated: Int, _ request: OutgoingRequest) -> Int {
        let filled = answer.choices.filter { !$0.isEmpty }
        if request.echoes || filled.isEmpty { return 0 }
        let bytesPerToken = filled.count > 1 ? densestTextBytes : longestTokenBytes
        let byText = filled.reduce(0) { $0 + max(1, $1.text.utf8.count / bytesPerToken) }
        let cut = filled.count { $0.finishReason == "length" }
        let byLimit = cut > 1 && stated == request.choiceLimit ? cut * stated + filled.count - cut : 0
        return min(max(byText, byLimit), request.bound.completion)
    }
}
