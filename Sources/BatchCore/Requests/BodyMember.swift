/// The members of a body that the reader knows. What each of them means stands where it is read.
enum BodyMember: UInt8, CaseIterable {
    case model, models, messages, input, prompt
    case fallbacks, contextWindowFallbacks, contentPolicyFallbacks, userConfig, routerSettingsOverride, preset
    case n, nCmpl, bestOf, maxTokens, maxCompletionTokens, maxOutputTokens, nPredict
    case tools, functions, echo, seed, temperature, serviceTier, background, stream
    case previousResponseID, conversation, promptTemplate, chatTemplate, webSearchOptions, audio, modalities
    case prediction, searchParameters, enableSearch, plugins
    case responseFormat, text, reasoningEffort, reasoning, thinking
    case metadata, promptCacheKey, safetyIdentifier, store, streamOptions, user

    /// The member that is called so; nil: the reader knows none. The length leaves few names to compare.
    init?(named name: Range<Int>, in text: Span<UInt8>) {
        @inline(__always)
        func pick(_ member: BodyMember, _ word: StaticString) -> BodyMember? {
            equal(name, in: text, to: word) ? member : nil
        }
        let found: BodyMember? =
            switch name.count {
            case 1: pick(.n, "n")
            case 4: pick(.seed, "seed") ?? pick(.user, "user") ?? pick(.echo, "echo") ?? pick(.text, "text")
            case 5:
                pick(.model, "model") ?? pick(.tools, "tools") ?? pick(.input, "input") ?? pick(.store, "store")
                    ?? pick(.audio, "audio")
            case 6:
                pick(.prompt, "prompt") ?? pick(.stream, "stream") ?? pick(.models, "models") ?? pick(.preset, "preset")
                    ?? pick(.nCmpl, "n_cmpl")
            case 7: pick(.bestOf, "best_of") ?? pick(.plugins, "plugins")
            case 8: pick(.messages, "messages") ?? pick(.metadata, "metadata") ?? pick(.thinking, "thinking")
            case 9:
                pick(.nPredict, "n_predict") ?? pick(.functions, "functions") ?? pick(.reasoning, "reasoning")
                    ?? pick(.fallbacks, "fallbacks")
            case 10:
                pick(.maxTokens, "max_tokens") ?? pick(.background, "background") ?? pick(.modalities, "modalities")
                    ?? pick(.prediction, "prediction")
            case 11: pick(.temperature, "temperature") ?? pick(.userConfig, "user_config")
            case 12: pick(.serviceTier, "service_tier") ?? pick(.conversation, "conversation")
            case 13: pick(.chatTemplate, "chat_template") ?? pick(.enableSearch, "enable_search")
            case 14: pick(.streamOptions, "stream_options")
            case 15: pick(.promptTemplate, "prompt_template") ?? pick(.responseFormat, "response_format")
            case 16: pick(.promptCacheKey, "prompt_cache_key") ?? pick(.reasoningEffort, "reasoning_effort")
            case 17:
                pick(.maxOutputTokens, "max_output_tokens") ?? pick(.safetyIdentifier, "safety_identifier")
                    ?? pick(.searchParameters, "search_parameters")
            case 18: pick(.webSearchOptions, "web_search_options")
            case 20: pick(.previousResponseID, "previous_response_id")
            case 21: pick(.maxCompletionTokens, "max_completion_tokens")
            case 24:
                pick(.contextWindowFallbacks, "context_window_fallbacks")
                    ?? pick(.contentPolicyFallbacks, "content_policy_fallbacks")
                    ?? pick(.routerSettingsOverride, "router_settings_override")
            default: nil
            }
        guard let found else { return nil }
        self = found
    }
}
