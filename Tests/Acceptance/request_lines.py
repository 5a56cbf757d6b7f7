"""Input files of a batch: lines that a producer would write."""
import json

URL = "/v1/chat/completions"
MODEL = "mock-1"


def chat(custom_id, prompt, max_tokens=32, model=MODEL, **body):
    """One line, as a dict. Members of the body that are None are left out."""
    members = {"model": model, "messages": [{"role": "user", "content": prompt}], "max_tokens": max_tokens, **body}
    return line(custom_id, {name: value for name, value in members.items() if value is not None})


def line(custom_id, body, url=URL):
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": body}


def chats(count, prompt="Say a word about number {}.", start=0, **body):
    return [chat(f"r{i:05}", prompt.format(i), **body) for i in range(start, start + count)]


def with_duplicates(distinct, duplicates, seed, **body):
    """`distinct` requests and as many more lines as `duplicates`, each the body of an earlier line under a new id."""
    import random

    lines = chats(distinct, **body)
    source = random.Random(seed)
    for number in range(duplicates):
        at = source.randrange(1, len(lines) + 1)
        lines.insert(at, {**source.choice(lines[:at]), "custom_id": f"again{number:05}"})
    return lines


def jsonl(lines):
    """The bytes of a file. Lines that are bytes already stand as they are."""
    return b"".join(
        (item if isinstance(item, bytes) else json.dumps(item, ensure_ascii=False).encode()) + b"\n" for item in lines)
