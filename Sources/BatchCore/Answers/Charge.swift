/// What an answer is booked at.
package struct Charge: Equatable, Sendable {
    package let usage: Usage
    package let amount: Amount
    /// The server stated no usage, or none above zero: the count is ours.
    package let isEstimated: Bool
    /// The server states more than the bound. What is known is booked, in full.
    package let exceedsBound: Bool

    /// Bytes of text that are taken for one token where the server does not count: few, so that the estimate is high.
    private static let bytesPerToken = 3

    package init(answer: ParsedAnswer, requestBytes: Int, worstCase: Amount, price: Price) {
        if let usage = answer.usage {
            let amount = Amount(usd: price.cost(of: usage), tokens: usage.total)
            self.init(
                usage: usage, amount: amount, isEstimated: false,
                exceedsBound: amount.usd > worstCase.usd || amount.tokens > worstCase.tokens)
        } else {
            let answerBytes = answer.choices.reduce(0) { $0 + $1.text.utf8.count }
            let usage = Usage(
                input: max(1, requestBytes / Self.bytesPerToken), output: max(1, answerBytes / Self.bytesPerToken))
            let amount = Amount(
                usd: min(price.cost(of: usage), worstCase.usd), tokens: min(usage.total, worstCase.tokens))
            self.init(usage: usage, amount: amount, isEstimated: true, exceedsBound: false)
        }
    }

    private init(usage: Usage, amount: Amount, isEstimated: Bool, exceedsBound: Bool) {
        self.usage = usage
        self.amount = amount
        self.isEstimated = isEstimated
        self.exceedsBound = exceedsBound
    }
}
