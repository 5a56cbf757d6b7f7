/// Why there is no whole answer.
package struct BackendTrouble: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// No address for the host or the proxy.
        case resolve
        /// No connection to the host, or none through the proxy.
        case connect
        /// No trusted TLS connection.
        case tls
        /// The request's time was over.
        case timeout
        /// The connection went away before an answer began.
        case reset
        /// The answer began and did not end well.
        case cutAnswer
        /// The answer exceeds the request's limit.
        case tooLarge
        /// The task was cancelled or the backend closed.
        case cancelled
        case other
    }

    package var kind: Kind
    /// A sentence for a report or a log: no key, no prompt, no answer in it.
    package var message: String

    package init(kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}
