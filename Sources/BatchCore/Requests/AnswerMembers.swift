/// Members of a body that change the answer, or bound what it may cost: two requests that differ in one of them are
/// never the same, so that no configuration may leave one out of the request key.
package enum AnswerMembers {
    /// What the reader interprets, and what is known to change the answer (OpenAI API reference; the request parameters
    /// of vLLM and llama.cpp's server).
    package static let names: Set<String> = [
        // What is asked, and of whom.
        "model", "models", "messages", "prompt", "input", "instructions", "suffix", "previous_response_id",
        "conversation", "prompt_template", "chat_template", "chat_template_kwargs", "prediction",
        // How much may be made of it, and at which price.
        "n", "best_of", "max_tokens", "max_completion_tokens", "max_output_tokens", "n_predict", "min_tokens",
        "max_tool_calls", "service_tier", "background", "stream", "echo", "truncation", "ignore_eos",
        // How it is drawn.
        "temperature", "top_p", "top_k", "min_p", "typical_p", "seed", "stop", "stop_token_ids", "logit_bias",
        "presence_penalty", "frequency_penalty", "repetition_penalty", "repeat_penalty", "samplers", "mirostat",
        // What it may call, and look up.
        "tools", "tool_choice", "functions", "function_call", "parallel_tool_calls", "web_search_options",
        "search_parameters", "enable_search", "plugins",
        // What form it has.
        "response_format", "json_schema", "grammar", "guided_json", "guided_regex", "guided_choice", "guided_grammar",
        "structured_outputs", "text", "verbosity", "modalities", "audio", "logprobs", "top_logprobs", "include",
        "reasoning", "reasoning_effort", "thinking", "enable_thinking", "dimensions", "encoding_format",
    ]
}
