import BatchCore

/// Request lines for tests, and the models that they name.
enum Sample {
    static let catalogue = ModelCatalogue(
        endpoints: [:],
        models: [
            "m": Model(name: "m", endpoint: "e", price: price(150_000, 600_000), maxOutputTokens: 1024),
            "short": Model(
                name: "short", endpoint: "e", price: price(150_000, 600_000), maxOutputTokens: 100, contextTokens: 50),
            "dear": Model(name: "dear", endpoint: "e", price: price(2_000_000, 8_000_000), maxOutputTokens: 512),
            "unpriced": Model(name: "unpriced", endpoint: "e", price: nil, maxOutputTokens: 512),
        ],
        routes: [
            "small": Route(name: "small", models: ["m", "dear"]), "other": Route(name: "other", models: ["dear", "m"]),
            "blind": Route(name: "blind", models: ["m", "unpriced"]),
        ])

    private static func price(_ input: Int128, _ output: Int128) -> Price {
        Price(input: Money(picodollars: input), output: Money(picodollars: output))
    }

    static let hello = #"{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":10}"#

    static func line(_ body: String, url: String = "/v1/chat/completions", id: String = "a") -> String {
        #"{"custom_id":"\#(id)","method":"POST","url":"\#(url)","body":\#(body)}"#
    }

    /// A chat body with `members` beside model and messages.
    static func chat(_ members: String, model: String = "m") -> String {
        #"{"model":"\#(model)","messages":[{"role":"user","content":"hello"}],\#(members)}"#
    }

    static func read(_ line: String) throws(LineRefusal) -> BatchRequest {
        var reader = RequestReader(catalogue: catalogue)
        let bytes = Array(line.utf8)
        return try reader.read(bytes.span)
    }

    static func body(_ body: String, url: String = "/v1/chat/completions") throws(LineRefusal) -> BatchRequest {
        try read(line(body, url: url))
    }

    static func refusal(of line: String) -> LineRefusal? {
        do throws(LineRefusal) { _ = try read(line) } catch { return error }
        return nil
    }
}
