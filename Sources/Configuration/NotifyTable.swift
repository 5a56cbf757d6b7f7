import BatchCore

/// [notify] as it stands in bobbin.toml, before its keys are looked at together.
struct NotifyTable {
    private var exec: Stated<[String]>?
    private var webhook: Stated<String>?
    private var secret: Stated<APIKeySource>?
    private var retryBase: Duration?

    static var keys: [Key<NotifyTable>] {
        [
            Key("exec", \.exec, Form.list(of: .text, naming: "a program and its arguments").stated),
            Key("webhook", \.webhook, Form.webhookURL.stated),
            Key("webhook_secret", \.secret, Form.apiKey.stated),
            Key("retry_base", \.retryBase, .duration),
        ]
    }

    /// A webhook is signed or not sent: whoever can reach the receiver could tell it anything otherwise.
    func check(_ findings: inout Findings) {
        if let exec, let program = exec.value?.first, !program.hasPrefix("/") {
            findings.add(
                "\(exec.subject) must begin with the path of a program, such as \"/usr/local/bin/tell\", not "
                    + "\"\(TomlPath.printable(program))\": no PATH is searched",
                line: exec.line)
        }
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
        var policy = NotifyPolicy(exec: exec?.value)
        if let url = webhook?.value, let source = secret?.value {
            policy.webhook = NotifyPolicy.Webhook(url: url, secret: source)
        }
        if let retryBase { policy.retryBase = retryBase }
        return policy
    }
}
