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
    /// - Returns: the id of the batch that was made under that name, or of that file.
    func findBatch(named name: String, file: String?) async -> BatchReply<String>
    func look(at batch: String) async -> BatchReply<ProviderBatchState>
    /// Asks for its end; what is answered by then keeps its results.
    func cancel(_ batch: String) async -> BatchReply<ProviderBatchState>
    /// - Returns: what was said of each line, in the order of the files; a line that cannot be read is no result, and
    ///   is counted.
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
}

package struct BatchResults: Equatable, Sendable {
    package var results: [ProviderBatchResult] = []
    package var unreadableLines = 0

    package init() {}
}
