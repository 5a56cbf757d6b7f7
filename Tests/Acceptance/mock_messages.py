"""What the mock endpoint answers to /v1/messages: a message as Anthropic writes it, and its errors."""

_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}


def success(body, digest, content, usage, fault):
    """`usage`: counts of a chat; a fault's `usage` stands as it is."""
    return {
        "id": f"msg_{digest[:16]}", "type": "message", "role": "assistant", "model": body.get("model", "mock"),
        "content": [{"type": "text", "text": content}] if content else [],
        "stop_reason": _REASONS[fault.get("finish_reason", "stop")], "stop_sequence": None,
        "usage": {
            "input_tokens": usage["prompt_tokens"], "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "output_tokens": usage["completion_tokens"], "service_tier": "standard"}}


def failure(status):
    kind = {429: "rate_limit_error", 529: "overloaded_error"}.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": f"the mock was told to answer {status}"},
            "request_id": "req_mock"}


def refusal(headers, body):
    """Why Anthropic would not take the request; None: it would."""
    if headers.get("anthropic-version") != "2023-06-01":
        return "anthropic-version: header is required"
    if "authorization" in headers:
        return "a Bearer token is not how keys are sent here"
    known = {
        "model", "messages", "max_tokens", "system", "metadata", "stop_sequences", "stream", "temperature", "top_p",
        "top_k", "tools", "tool_choice", "thinking", "service_tier", "output_config"}
    extra = sorted(set(body) - known)
    if extra:
        return f"{extra[0]}: Extra inputs are not permitted"
    if not isinstance(body.get("max_tokens"), int):
        return "max_tokens: Field required"
    roles = [message["role"] for message in body["messages"]]
    return None if set(roles) <= {"user", "assistant"} else "messages: Unexpected role"
