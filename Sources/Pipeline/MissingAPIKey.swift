/// A key that is configured and cannot be read. Its reason holds no secret.
package struct MissingAPIKey: Error, Sendable {
    package let reason: String

    package init(reason: String) {
        self.reason = reason
    }
}
