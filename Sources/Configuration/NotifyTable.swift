import BatchCore

/// [notify] as it stands in bobbin.toml, before its keys are looked at together.
struct NotifyTable {
    private var exec: [String]?
    private var webhook: Stated<String>?
    private var secret: Stated<APIKeySource>?
    private var retryBase: Duration?

    static var keys: [Key<NotifyTable>] {
        [
            Key("exec", \.exec, .list(of: .text, naming: "a program and its arguments")),
            Key("webhook", \.webhook, Form.webhookURL.stated),
            Key("webhook_secret", \.secret, Form.apiKey.stated),
            Key("retry_base", \.retryBase, .duration),
        ]
    }

    /// A webhook is signed or not sent: whoever can reach the receiver could tell it anything otherwise.
    func check(_ findings: inout Findings) {
        if let webhook, secret == nil {
            findings.add(
                "\(webhook.subject) needs `webhook_secret` beside it, which its receiver has too: "
                    + "\"credential:NAME\" or \"env:NAME\" of a text such as whsec_ and the Base64 of 32 random bytes",
                line: webhook.line)
        }
        if let secret, webhook == nil {
            findings.add("\(secret.subject) signs nothing: `webhook` is missing beside it", line: secret.line)
        }
    }

    var policy: NotifyPolicy {
        var policy = NotifyPolicy(exec: exec)
        if let url = webhook?.value, let source = secret?.value {
            policy.webhook = NotifyPolicy.Webhook(url: url, secret: source)
        }
        if let retryBase { policy.retryBase = retryBase }
        return policy
    }
}
