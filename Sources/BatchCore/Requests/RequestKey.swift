/// What makes two requests the same: the SHA-256 of a version tag, the url and the canonical body without the members
/// that do not change the answer (README.md). Neither custom_id nor method is in it. Where the body's
/// model names a route, the route's list of models stands in its place, so that an answer is not reused across routes
/// that ask other models.
package struct RequestKey: Hashable, Sendable {
    package let digest: SHA256Digest

    package init(_ digest: SHA256Digest) {
        self.digest = digest
    }

    package init?(hex: String) {
        guard let digest = SHA256Digest(hex: hex) else { return nil }
        self.digest = digest
    }

    package var hex: String { digest.hex }

    /// Changes when the form of what is hashed changes; keys of another version are never equal.
    static let versionTag = "bobbin-request-key-1\n"
}
