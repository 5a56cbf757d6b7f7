package import BatchCore

/// Who is told when a person must act.
package struct NotifyPolicy: Equatable, Sendable {
    /// A program and its arguments, run for each event; `{event}` and `{id}` as arguments stand for its name and id,
    /// and the event comes as JSON on standard input. nil: no program is run.
    package var exec: [String]?
    package var webhook: Webhook?
    /// The first pause before a notice that did not get through is sent again. Five seconds are over before anybody
    /// looks, and long enough for a receiver that restarts.
    package var retryBase = Duration.seconds(5)

    package init(exec: [String]? = nil, webhook: Webhook? = nil) {
        self.exec = exec
        self.webhook = webhook
    }

    /// Where events are posted, signed by the Standard Webhooks specification.
    package struct Webhook: Equatable, Sendable {
        /// Its query may be a secret: it stands in no log.
        package var url: String
        package var secret: APIKeySource

        package init(url: String, secret: APIKeySource) {
            self.url = url
            self.secret = secret
        }
    }
}
