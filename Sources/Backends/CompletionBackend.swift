/// Whatever answers requests: an HTTP endpoint today, a batch interface or a pretended one behind the same verb.
/// Retries, limits and budgets wrap a backend; none of them lives in one.
package protocol CompletionBackend: Sendable {
    /// Makes one exchange: the request leaves at most once.
    ///
    /// Cancelling the task gives the exchange up as soon as possible; the result then says whether the request may
    /// have been read. Never throws: what can go wrong is what the caller has to book, so it is the value.
    func send(_ request: BackendRequest) async -> BackendResult
}
