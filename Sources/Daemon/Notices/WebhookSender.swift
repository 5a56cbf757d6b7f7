import Backends
import BatchCore
import Configuration
import Pipeline

/// How one attempt to tell a receiver ended.
enum DeliveryEnd: Equatable, Sendable {
    case delivered
    case failed(String, retryAfter: Duration? = nil)
    /// 410: it wants nothing any more.
    case gone
}

/// Tells by an HTTP request, signed by the Standard Webhooks specification. Redirects are failures: who moves a
/// webhook changes the configuration.
struct WebhookSender: Sendable {
    /// Of 15 to 30 seconds, which the specification recommends.
    private static let timeout = Duration.seconds(20)

    let webhook: NotifyPolicy.Webhook
    let keyring: Keyring
    let backend: any CompletionBackend

    func send(_ notice: Notice, at time: Timestamp) async -> DeliveryEnd {
        let secret: [UInt8]
        do { secret = try keyring.webhookSecret(webhook.secret) } catch {
            return .failed((error as? MissingAPIKey)?.reason ?? "its secret cannot be read: \(error)")
        }
        let payload = notice.payload
        let request = BackendRequest(
            url: webhook.url, headers: WebhookSignature.headers(of: payload, id: notice.id, at: time, secret: secret),
            body: payload, timeout: Self.timeout, responseLimitBytes: 1 << 20,
            transport: Transport(proxy: .environment))
        switch await backend.send(request) {
        case .response(let response) where 200...299 ~= response.status: return .delivered
        case .response(let response) where response.status == 410: return .gone
        case .response(let response): return .failed("it answers \(response.status)", retryAfter: response.retryAfter)
        case .notSent(let trouble), .unknown(let trouble): return .failed(trouble.message)
        }
    }
}
