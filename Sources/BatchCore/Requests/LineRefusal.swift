/// Why a line is not sent. Its reason says what to do about it.
package struct LineRefusal: Error, Equatable, Sendable {
    package enum Code: String, Sendable, CaseIterable {
        case invalidJSON = "invalid_json"
        case lineTooLong = "line_too_long"
        case notARequest = "not_a_request"
        case duplicateCustomID = "duplicate_custom_id"
        case unsupportedURL = "unsupported_url"
        case streaming = "streaming_not_supported"
        case invalidParameter = "invalid_parameter"
        case unboundedContent = "unbounded_content"
        /// A chat for a model whose endpoint has no chats, and no exact counterpart of this one.
        case untranslatable
        /// No model that it may go to can what it needs, or has room for it.
        case noModel = "no_model"
        case unknownModel = "unknown_model"
        case priceUnknown = "price_unknown"
        case exceedsCap = "exceeds_cap"
        case canaryRejected = "canary_rejected"
        case knownDefect = "known_defect"
        case budgetExhausted = "budget_exhausted"
        case fileRejected = "file_rejected"

        /// Does the line count towards the share of bad lines that rejects its file? What is refused for cost, or
        /// because of other lines, says nothing about the file.
        package var isBadLine: Bool {
            switch self {
            case .exceedsCap, .priceUnknown, .canaryRejected, .knownDefect, .budgetExhausted, .fileRejected: false
            default: true
            }
        }

        /// Can the very same line be answered later? If so it stands in reprocess.jsonl; else it is refused for good.
        package var isWorthRetrying: Bool {
            switch self {
            case .canaryRejected, .knownDefect, .budgetExhausted, .fileRejected: true
            default: false
            }
        }
    }

    package let code: Code
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}
