"""What an answer is booked at, computed here from the usage that was served: decimal, and nothing of Bobbin's."""
import dataclasses
import decimal
import json
import math

D = decimal.Decimal
MILLION = 1_000_000


@dataclasses.dataclass(frozen=True)
class Booked:
    """Tokens; `cached` is a part of `input`, `reasoning` of `output`."""

    input: int
    cached: int
    output: int
    reasoning: int
    estimated: bool = False
    exceeds_bound: bool = False

    def usd(self, prices):
        """Of prices in USD for a million tokens."""
        cached = prices.get("cached_input_usd_per_million", prices["input_usd_per_million"])
        return (
            (self.input - self.cached) * D(prices["input_usd_per_million"]) + self.cached * D(cached)
            + self.output * D(prices["output_usd_per_million"])) / MILLION


#: No request takes more tokens: a count above it is a slip or a lie, as is one below zero.
COUNT_LIMIT = 1 << 32
BYTES_OF_A_TOKEN, MOST_BYTES_OF_A_TOKEN, DENSEST_TEXT_BYTES = 3, 128, 16


def bounds(line, context):
    """(prompt, completion) tokens that no server exceeds without lying."""
    body, url = line["body"], line["url"]
    name = {"/v1/chat/completions": "messages", "/v1/completions": "prompt"}.get(url, "input")
    items = len(body[name]) if isinstance(body[name], list) else 1
    prompt = min(prompt_bytes(line) + 16 * items + 64, context)
    limit = 0 if url == "/v1/embeddings" else body.get("max_tokens") or body["max_output_tokens"]
    return prompt, limit * body.get("n", 1)


def prompt_bytes(line):
    return len(json.dumps(line["body"], ensure_ascii=False).encode())


class Stated:
    """A usage as it was served; None where a count is absent or no number of tokens, which `is_absurd` then says."""

    def __init__(self, usage):
        self.is_absurd = False
        usage = usage if isinstance(usage, dict) else {}
        self.input = self.count(usage, "prompt_tokens", "input_tokens")
        self.output = self.count(usage, "completion_tokens", "output_tokens")
        total = self.count(usage, "total_tokens") or 0
        self.cached = self.detail(usage, "cached_tokens", "prompt_tokens_details", "input_tokens_details")
        self.reasoning = self.detail(usage, "reasoning_tokens", "completion_tokens_details", "output_tokens_details")
        if self.input is not None and self.output is not None:
            # Some count reasoning beside the completion, and show it by a total above the sum, or by its own size.
            beside = max(total - self.input - self.output, self.reasoning if self.reasoning > self.output else 0)
            self.output, self.reasoning = self.output + beside, max(self.reasoning, beside)

    def count(self, members, *names):
        for name in names:
            value = members.get(name)
            if value is None:
                continue
            if isinstance(value, (int, float, D)) and not isinstance(value, bool) and 0 <= value <= COUNT_LIMIT:
                return math.ceil(value)
            self.is_absurd = True
            return None
        return None

    def detail(self, usage, name, *members):
        found = [usage[member] for member in members if isinstance(usage.get(member), dict)]
        return (self.count(found[-1], name) or 0) if found else 0


def choices(answer):
    """(text, was cut by its limit) of each."""
    if "output" in answer:
        text = "".join(part["text"] for item in answer["output"] for part in item["content"])
        return [(text, answer["status"] != "completed")]
    return [
        ((choice.get("message") or {}).get("content") or choice.get("text") or "", choice["finish_reason"] == "length")
        for choice in answer.get("choices", [])]


def least_output(line, answer, stated):
    """The completion tokens that the texts of an answer are made of at the least."""
    filled = [choice for choice in choices(answer) if choice[0]]
    densest = DENSEST_TEXT_BYTES if len(filled) > 1 else MOST_BYTES_OF_A_TOKEN
    by_text = sum(max(1, len(text.encode()) // densest) for text, _ in filled)
    cut = sum(was_cut for _, was_cut in filled)
    limit = line["body"].get("max_tokens") or line["body"].get("max_output_tokens")
    by_limit = cut * stated + len(filled) - cut if cut > 1 and stated == limit else 0
    return max(by_text, by_limit)


def booked(line, answer, prices, context=8192):
    """By Sources/BatchCore/README.md, What a server claims: as stated if that can be true, else by what is known."""
    prompt, completion = bounds(line, context)
    stated = Stated(answer.get("usage"))
    read, made, estimated = stated.input or 0, stated.output or 0, False
    cached = min(stated.cached, read)
    if read == 0:
        read, estimated = max(1, min(prompt_bytes(line) // BYTES_OF_A_TOKEN, prompt)), True
    elif stated.cached > read:
        estimated = True
        if read + stated.cached <= prompt:  # counted beside the prompt, as Anthropic does
            read, cached = read + stated.cached, stated.cached
        else:
            dearer = D(prices["cached_input_usd_per_million"]) > D(prices["input_usd_per_million"])
            cached = read if dearer else 0
    least = min(least_output(line, answer, made), completion)
    if made == 0 and completion and (stated.output is None or least):
        text = sum(len(text.encode()) for text, _ in choices(answer))
        made, estimated = min(max(1, least, text // BYTES_OF_A_TOKEN), completion), True
    elif made < least:
        made, estimated = least, True
    result = Booked(read, cached, made, min(stated.reasoning, stated.output or 0), estimated)
    worst = Booked(prompt, 0, completion, 0).usd(prices)
    exceeds = read > prompt or made > completion or result.usd(prices) > worst
    return dataclasses.replace(result, exceeds_bound=exceeds)
