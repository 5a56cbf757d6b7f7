/// What a provider says of a batch, in the words of no provider.
package struct ProviderBatchState: Equatable, Sendable {
    package enum End: Equatable, Sendable {
        /// Every line should have its result.
        case completed
        /// Some lines may have none: they were not run, and cost nothing.
        case expired, cancelled
        /// It was not run at all.
        case refused
    }

    /// Why a batch was not run.
    package struct Fault: Equatable, Sendable {
        package var code: String
        package var message: String
        /// Of its input file, from 1; nil: of the whole batch.
        package var line: Int?

        package init(code: String, message: String, line: Int? = nil) {
            self.code = code
            self.message = message
            self.line = line
        }

        /// The account or its limits are at fault, not a line: another time it may be taken.
        package var isOfAccount: Bool {
            [
                "token_limit_exceeded", "insufficient_quota", "billing_hard_limit_reached", "rate_limit_exceeded",
                "request_limit_exceeded", "batch_queue_limit_exceeded",
            ].contains(code)
        }
    }

    /// nil: it is at work.
    package var end: End?
    /// The provider's own word.
    package var word: String
    package var total = 0
    package var completed = 0
    package var failed = 0
    /// Where its results are, in the provider's terms: ids of files, or a URL.
    package var results: [String] = []
    package var faults: [Fault] = []

    package init(end: End?, word: String) {
        self.end = end
        self.word = word
    }

    /// It has ended, and by its own words there should be results that it does not say the place of.
    package var lacksResults = false

    package var hasResults: Bool { !results.isEmpty }
}

/// One line of the results of a batch.
package struct ProviderBatchResult: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        /// An answer of the model's interface, good or bad: status and body.
        case response(status: Int, requestID: String, body: [UInt8])
        /// It was never run, and is not billed.
        case notRun(code: String, message: String)
        /// It may have been run, and its answer is gone.
        case lost(code: String, message: String)
        /// It was not accepted, and is not billed.
        case failed(code: String, message: String)
    }

    /// The custom_id that was sent.
    package var id: String
    package var content: Content

    package init(id: String, content: Content) {
        self.id = id
        self.content = content
    }
}
