package import BatchCore

/// A provider's batch interface. Each verb is one exchange, or one list of pages; none of them tries anything twice,
/// and none throws: what can go wrong decides over money, so it is the value.
package protocol BatchBackend: Sendable {
    /// Does it take the requests in a file that is uploaded first?
    var hasFiles: Bool { get }

    /// One line of the input, without its end.
    func line(customID: String, url: RequestURL, body: [UInt8]) -> [UInt8]
    /// - Parameter lines: as `line` gives them, each with its end.
    /// - Returns: the file's id.
    func upload(_ lines: [UInt8], named name: String) async -> BatchReply<String>
    /// - Returns: the id of a file of that name.
    func findFile(named name: String) async -> BatchReply<String>
    /// - Returns: the batch's id.
    func create(named name: String, file: String?, url: RequestURL, lines: [UInt8]) async -> BatchReply<String>
    /// - Returns: the id of the batch that is meant.
    func findBatch(_ wanted: BatchSearch) async -> BatchReply<String>
    func look(at batch: String) async -> BatchReply<ProviderBatchState>
    /// Asks for its end; what is answered by then keeps its results.
    func cancel(_ batch: String) async -> BatchReply<ProviderBatchState>
    func results(of state: ProviderBatchState) async -> BatchReply<BatchResults>
}

/// What came of one verb.
package enum BatchReply<Value: Sendable>: Sendable {
    case done(Value)
    /// The provider says that there is none.
    case missing
    /// Certainly not done.
    case refused(String)
    /// No answer that says whether it was done.
    case unanswered(String)
    /// The provider answers, and it cannot be told yet which of its batches is meant.
    case undecided(String)
}

/// A batch that may have been made, and how it can be recognised.
package struct BatchSearch: Sendable {
    package var name: String
    /// Its input file, where the interface has them.
    package var file: String?
    /// How many requests it has.
    package var lines: Int
    /// It cannot be older.
    package var plannedAt: Timestamp
    /// The ids of batches that are known to be others.
    package var others: Set<String>

    package init(name: String, file: String?, lines: Int, plannedAt: Timestamp, others: Set<String> = []) {
        self.name = name
        self.file = file
        self.lines = lines
        self.plannedAt = plannedAt
        self.others = others
    }
}

extension BatchReply {
    /// What a list that did not come says of what was looked for in it: nothing.
    func ofList<Other>() -> BatchReply<Other> {
        switch self {
        case .done, .missing: .unanswered("it answers 404 to a list")
        case .refused(let reason), .unanswered(let reason), .undecided(let reason): .unanswered(reason)
        }
    }

    /// The same of another kind of value.
    func map<Other>(_ change: (Value) -> Other?, orElse reason: String) -> BatchReply<Other> {
        switch self {
        case .done(let value): change(value).map { .done($0) } ?? .unanswered(reason)
        case .missing: .missing
        case .refused(let reason): .refused(reason)
        case .unanswered(let reason): .unanswered(reason)
        case .undecided(let reason): .undecided(reason)
        }
    }
}
