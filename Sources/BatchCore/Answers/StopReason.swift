/// Why /v1/messages ended an answer, in the words of a chat, which checks are written in.
enum StopReason {
    /// - Returns: a word that has no counterpart as it stands.
    static func finishReason(_ stopReason: String) -> String {
        switch stopReason {
        case "end_turn", "stop_sequence": "stop"
        case "max_tokens", "model_context_window_exceeded": "length"
        case "tool_use": "tool_calls"
        case "refusal": "content_filter"
        default: stopReason
        }
    }
}
