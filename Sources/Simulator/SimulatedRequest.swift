package import BatchCore

/// One POST as the script sees it: where it goes and what its bytes are, valid JSON or not.
package struct SimulatedRequest: Sendable {
    /// Without query, as in `/v1/chat/completions`.
    package let path: String
    package let body: [UInt8]
    /// SHA-256 of `body`: all that looks random in an answer comes from here, so the same body gets the same bytes.
    package let digest: SHA256Digest

    package init(path: String, body: [UInt8]) {
        self.path = path
        self.body = body
        digest = SHA256.digest(of: body)
    }
}

/// The urls that are answered; a script may let others fail, else they are 404.
package enum SimulatedURL: String, CaseIterable, Sendable {
    case chatCompletions = "/v1/chat/completions"
    case completions = "/v1/completions"
    case embeddings = "/v1/embeddings"
    case responses = "/v1/responses"
}
