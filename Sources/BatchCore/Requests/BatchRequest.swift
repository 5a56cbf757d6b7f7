/// One good line of a batch: what is kept of it in memory. The body stays in the snapshot.
package struct BatchRequest: Equatable, Sendable {
    /// FNV-1a (64 bits, `FNV1a`) of the custom_id's UTF-8, its escapes undone: enough to find lines that share one. The
    /// text stays in the snapshot (`RequestReader.customID`).
    package let customIDHash: UInt64
    package let kind: RequestKind
    package let key: RequestKey
    /// The dearest that one attempt can be, on any model that may answer it, at the prices of the time for which the
    /// line was read.
    package let worstCase: Amount
    /// The same from the times on at which a price changes; nearly always there are none.
    package let laterWorstCases: [LaterWorstCase]
    package let images: Int
    /// The line states no completion bound: the model's is put in before it is sent.
    package let boundInjected: Bool
    /// The answer is one of many that the model could give: there is no seed, and the temperature is not 0. A line that
    /// states no temperature counts as above 0, as the servers' own is. Never for embeddings.
    package let isSampled: Bool
    /// The line says of what form its answer is to be: a response format, or tools whose arguments have one.
    package let asksForForm: Bool

    /// The dearest that an attempt can be that begins at `time`.
    package func worstCase(at time: Timestamp) -> Amount {
        laterWorstCases.last { $0.from <= time }?.amount ?? worstCase
    }

    /// The models that may answer it at `time`, as `RequestKind.models`.
    package func models(at time: Timestamp) -> [String]? {
        guard let later = laterWorstCases.last(where: { $0.from <= time }) else { return kind.models }
        return later.models
    }
}

package struct LaterWorstCase: Equatable, Sendable {
    package let from: Timestamp
    package let amount: Amount
    /// As `RequestKind.models`, in the order of that time.
    package let models: [String]?

    package init(from: Timestamp, amount: Amount, models: [String]? = nil) {
        self.from = from
        self.amount = amount
        self.models = models
    }
}

/// What the lines of one shard share: a bad kind of input is rejected alone and redone alone.
package struct RequestKind: Hashable, Sendable {
    package let url: RequestURL
    /// The name of a model or of a route, as the line asks for it.
    package let model: String
    /// The names of the models that may answer it, in the order in which they were tried when it was read; nil: all
    /// that `model` stands for, as listed.
    package let models: [String]?
    /// The first of `models` is on trial.
    package let isTrial: Bool

    package init(url: RequestURL, model: String, models: [String]? = nil, isTrial: Bool = false) {
        self.url = url
        self.model = model
        self.models = models
        self.isTrial = isTrial
    }
}
