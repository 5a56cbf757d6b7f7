"""What the mock endpoint answers: a deterministic body for each path, and the faults that a prompt can ask for."""
import hashlib
import json

import mock_messages


def marker(**fault):
    """Text that, anywhere in a request body, makes the mock treat that request differently.

    status=503, retry_after="1", headers={}   an error, with an error object as its body
    delay=0.2                                 seconds before the answer
    hang=True                                 no answer while the client stays
    close=True                                the whole request is read, then the connection closed
    cut=True                                  the connection is closed in the middle of the answer
    reset="before" or "in" or "after"         it is reset (RST) there: before, in or after the answer
    drip=0.1                                  seconds after each byte of the answer
    usage="missing" or "zero" or {...}        instead of the true usage
    finish_reason="length", content="..."     of the first choice; content=None for null
    body="..."                                the whole body of the answer, as it stands
    times=2                                   only the first two times that the same body arrives
    """
    return f"[[{json.dumps(fault)}]]"


def fault_of(body):
    """The fault that a parsed body asks for, {} if it asks for none."""
    text = json.dumps(body, ensure_ascii=False) if not isinstance(body, str) else body
    start = text.find("[[{")
    if start < 0:
        return {}
    # The marker stands inside a JSON string, so its quotes are escaped once.
    escaped = text[start + 2:text.index("]]", start)]
    return json.loads(json.loads(f'"{escaped}"'))


def texts(body):
    """All texts of the prompt of any of the paths."""
    if "messages" in body:
        parts = [message.get("content") for message in body["messages"]]
    else:
        parts = body.get("prompt", body.get("input", ""))
    parts = parts if isinstance(parts, list) else [parts]
    return [part if isinstance(part, str) else json.dumps(part) for part in parts]


def usage_of(body, content):
    prompt = sum(len(text.encode()) for text in texts(body)) // 4 + 4
    completion = len((content or "").split())
    return {
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}}


def success(path, body, raw, fault):
    """The body of a 200."""
    digest = hashlib.sha256(raw).hexdigest()
    content = fault.get("content", f"Answer {digest[:8]}.")
    usage = usage_of(body, content)
    model, created = body.get("model", "mock"), 1_790_000_000
    if path == "/v1/embeddings":
        answer = {
            "object": "list", "model": model,
            "data": [{"object": "embedding", "index": i, "embedding": [0.25, -0.5]} for i, _ in enumerate(texts(body))],
            "usage": {"prompt_tokens": usage["prompt_tokens"], "total_tokens": usage["prompt_tokens"]}}
    elif path == "/v1/messages":
        answer = mock_messages.success(body, digest, content, usage, fault)
    elif path == "/v1/responses":
        answer = {
            "id": f"resp_{digest[:16]}", "object": "response", "created_at": created, "model": model,
            "status": "completed", "parallel_tool_calls": False, "tool_choice": "auto", "tools": [],
            "output": [{
                "id": f"msg_{digest[:16]}", "type": "message", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": content, "annotations": []}]}],
            "usage": {
                "input_tokens": usage["prompt_tokens"],
                "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                "output_tokens": usage["completion_tokens"], "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": usage["total_tokens"]}}
    else:
        chat = path == "/v1/chat/completions"
        choices = []
        for index in range(body.get("n") or 1):
            choice = {"index": index, "finish_reason": fault.get("finish_reason", "stop"), "logprobs": None}
            if chat:
                choice["message"] = {"role": "assistant", "content": content, "refusal": None}
            else:
                choice["text"] = content
            choices.append(choice)
        answer = {
            "id": f"chatcmpl-{digest[:16]}", "object": "chat.completion" if chat else "text_completion",
            "created": created, "model": model, "choices": choices, "usage": usage}
    wanted = fault.get("usage")
    if wanted == "missing":
        del answer["usage"]
    elif wanted == "zero":
        answer["usage"] = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    elif wanted is not None:
        answer["usage"] = wanted
    return answer


def failure(status):
    message = f"the mock was told to answer {status}"
    return {"error": {"message": message, "type": "mock_error", "code": f"mock_{status}"}}
