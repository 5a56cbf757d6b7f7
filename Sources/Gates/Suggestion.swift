import BatchCore

extension ReprocessCause {
    /// What to change before the line is handed in again.
    package var suggestion: String {
        switch self {
        case .defective(_, wasCut: true):
            "raise max_tokens (max_completion_tokens, max_output_tokens), or ask for less: the answer was cut off"
        case .defective(let defect, wasCut: false):
            Self.byCheck[defect.check] ?? "change the prompt, or name another model"
        case .failed(let failure): Self.suggestion(for: failure)
        case .refused(let refusal): Self.suggestion(for: refusal.code)
        case .goodInRejected: "hand it in again as it is: its answer was good, and rejected with others"
        }
    }

    /// By the name of the check, as it stands in gate.toml.
    static let byCheck = [
        "echo": "change the prompt, or name a stronger model: the prompt came back",
        "embeddings": "see which model and which `dimensions` the line asks for",
        "finish_reason": "change the prompt, or name another model: the answer did not come to its end",
        "form": "see whether the endpoint speaks the interface of the line's url",
        "json": "ask for JSON with response_format, or name a stronger model",
        "json_schema": "ask for the schema with response_format, or name a stronger model",
        "judge": "change the prompt, or name a stronger model",
        "labels": "list the allowed labels in the prompt, or ask for them with response_format (an enum)",
        "max_length": "ask for a shorter answer in the prompt",
        "max_repeats": "set frequency_penalty or a higher temperature, or name a stronger model",
        "min_length": "ask for a longer answer in the prompt",
        "must_match": "say in the prompt which form the answer has, with an example",
        "must_not_match": "say in the prompt what the answer must not hold",
        "non_empty": "change the prompt, or name another model: the answer was empty",
        "ranges": "state the range in the prompt, or ask for it with response_format",
        "refusal": "change the prompt: the model, or a filter behind it, declined",
        "response_format": "name a model that keeps to its response_format",
        "review": "change the prompt as the reviewer's note says, or name a stronger model",
        "script": "name the script in the prompt",
        "tool_arguments": "describe the tool's parameters better, or name a stronger model",
    ]

    private static func suggestion(for failure: Failure) -> String {
        switch failure.status {
        case nil, 408, 502, 503, 504: "hand it in again: the endpoint gave no answer"
        case 401, 403: "see to the endpoint's api_key, and to what it may ask for"
        case 404: "name a model that the endpoint has"
        case 413: "shorten the prompt"
        case 429: "hand it in again later, or lower the lane's concurrency"
        case let status? where 400..<500 ~= status:
            if let field = failure.field { "change body.\(field)" } else { "change the body as the message says" }
        default: "hand it in again when the endpoint is well"
        }
    }

    private static func suggestion(for code: LineRefusal.Code) -> String {
        switch code {
        case .canaryRejected: "mend the prompt: the first of its kind were not good enough"
        case .knownDefect: "change the prompt, or have it paid for again with `bobbin retry`"
        case .budgetExhausted: "hand it in again when the cap has money, or raise the cap"
        case .fileRejected: "mend what its file was rejected for"
        case .exceedsCap: "lower max_tokens, shorten the prompt, or raise the cap"
        case .unknownModel: "name a model or a route of models.toml"
        case .priceUnknown: "state the price of its model in models.toml"
        case .invalidJSON, .lineTooLong, .notARequest, .duplicateCustomID, .unsupportedURL, .streaming,
            .invalidParameter, .unboundedContent, .untranslatable, .noModel:
            "mend the line as the reason says"
        }
    }
}
