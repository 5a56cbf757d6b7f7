"""Requests and the usages that a server states for them: true ones of every url, and every lie."""
import dataclasses

from request_lines import MODEL, chat, line

COUNT = 300
MAX_TOKENS = 1000


@dataclasses.dataclass
class Request:
    kind: str
    line: dict
    #: What the server shall state: an object, "missing" or "zero".
    usage: object
    #: Of each choice.
    content: str
    finish_reason: str


def tokens(random, most=200):
    return random.randrange(1, most)


def chat_usage(prompt, completion, cached=None, reasoning=None):
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    if cached is not None:
        usage["prompt_tokens_details"] = {"cached_tokens": cached}
    if reasoning is not None:
        usage["completion_tokens_details"] = {"reasoning_tokens": reasoning}
    return usage


def request_of_chat(usage, **body):
    return lambda name, prompt: (chat(name, prompt, max_tokens=MAX_TOKENS, **body), usage)


def plain(random):
    return request_of_chat(chat_usage(tokens(random), tokens(random, MAX_TOKENS)))


def cached(random):
    prompt = tokens(random)
    share = random.choice([0, prompt, random.randrange(prompt + 1)])
    return request_of_chat(chat_usage(prompt, tokens(random, MAX_TOKENS), cached=share))


def reasoning(random):
    completion = tokens(random, MAX_TOKENS)
    return request_of_chat(chat_usage(
        tokens(random), completion, cached=0, reasoning=random.choice([0, completion, random.randrange(completion)])))


def details_of_null(random):
    usage = chat_usage(tokens(random), tokens(random, MAX_TOKENS))
    return request_of_chat({**usage, "prompt_tokens_details": None, "completion_tokens_details": None})


def choices_counted_each(random):
    choices = random.randrange(2, 5)
    return request_of_chat(chat_usage(tokens(random), choices * tokens(random, MAX_TOKENS)), n=choices)


def completion(random):
    usage = chat_usage(tokens(random), tokens(random, MAX_TOKENS))
    return lambda name, prompt: (
        line(name, {"model": MODEL, "prompt": prompt, "max_tokens": MAX_TOKENS}, url="/v1/completions"), usage)


def embedding(random):
    prompt = tokens(random)
    usage = {"prompt_tokens": prompt, "total_tokens": prompt}
    return lambda name, text: (line(name, {"model": MODEL, "input": text}, url="/v1/embeddings"), usage)


def response(random):
    read, made = tokens(random), tokens(random, MAX_TOKENS)
    usage = {
        "input_tokens": read, "output_tokens": made, "total_tokens": read + made,
        "input_tokens_details": {"cached_tokens": random.randrange(read), "cache_write_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": random.randrange(made)}}
    return lambda name, prompt: (
        line(name, {"model": MODEL, "input": prompt, "max_output_tokens": MAX_TOKENS}, url="/v1/responses"), usage)


# What no honest server states.

def lie(usage, **body):
    return request_of_chat(usage, **body)


def missing(random):
    return lie("missing")


def zero(random):
    return lie("zero")


def not_an_object(random):
    return lie(random.choice([[1], 7, {}, "missing"]))


def prompt_alone(random):
    return lie({"prompt_tokens": tokens(random)})


def negative(random):
    usage = chat_usage(tokens(random), tokens(random))
    return lie({**usage, random.choice(["prompt_tokens", "completion_tokens"]): -5})


def not_a_number(random):
    usage = chat_usage(tokens(random), tokens(random))
    return lie({**usage, random.choice(["prompt_tokens", "completion_tokens"]): random.choice(["ten", True, [3]])})


def absurd(random):
    usage = chat_usage(tokens(random), tokens(random))
    return lie({**usage, random.choice(["prompt_tokens", "completion_tokens"]): random.choice([2**62, 2**63, 10**40])})


def fractions(random):
    usage = chat_usage(tokens(random), tokens(random))
    return lie({**usage, "prompt_tokens": usage["prompt_tokens"] - 0.5, "completion_tokens": 5.0})


def above_the_bound(random):
    return lie(chat_usage(random.choice([10, 9000]), random.randrange(MAX_TOKENS + 1, 3 * MAX_TOKENS)))


def cached_above_prompt(random):
    prompt = tokens(random)
    return lie(chat_usage(prompt, tokens(random), cached=prompt + random.choice([1, 20, 2000])))


def reasoning_above_completion(random):
    completion = tokens(random)
    return lie(chat_usage(tokens(random), completion, reasoning=completion + tokens(random)))


def total_above_the_sum(random):
    usage = chat_usage(tokens(random), tokens(random))
    return lie({**usage, "total_tokens": usage["total_tokens"] + tokens(random)})


def too_few_for_the_text(random):
    return lie(chat_usage(tokens(random), random.randrange(1, 3)))


def choices_counted_once(random):
    return lie(chat_usage(tokens(random), tokens(random, 40)), n=random.randrange(2, 5))


def choices_at_the_limit_counted_once(random):
    return lie(chat_usage(tokens(random), MAX_TOKENS), n=random.randrange(2, 5))


def completion_without(random):
    return lambda name, prompt: (
        line(name, {"model": MODEL, "prompt": prompt, "max_tokens": MAX_TOKENS}, url="/v1/completions"), "zero")


def embedding_without(random):
    return lambda name, text: (line(name, {"model": MODEL, "input": text}, url="/v1/embeddings"), "missing")


def response_without(random):
    return lambda name, prompt: (
        line(name, {"model": MODEL, "input": prompt, "max_output_tokens": MAX_TOKENS}, url="/v1/responses"), "missing")


LIES = (
    missing, zero, not_an_object, prompt_alone, negative, not_a_number, absurd, fractions, above_the_bound,
    cached_above_prompt, reasoning_above_completion, total_above_the_sum, too_few_for_the_text, choices_counted_once,
    choices_at_the_limit_counted_once, completion_without, embedding_without, response_without)
#: Those that litellm's cost functions read.
PLAIN = (plain, cached, reasoning, details_of_null, choices_counted_each, completion, embedding)


def requests_of(random, *kinds):
    """Each kind as often as any other, in a random order, each with numbers and a text of its own."""
    chosen = [kinds[number % len(kinds)] for number in range(COUNT)]
    random.shuffle(chosen)
    for number, kind in enumerate(chosen):
        made, usage = kind(random)(f"r{number:03}", f"<{number:03}> " + "x" * random.randrange(150, 400))
        sentences = random.randrange(1, 60) if kind in LIES else 1
        is_cut = kind is choices_at_the_limit_counted_once
        yield Request(kind.__name__, made, usage, "An answer. " * sentences, "length" if is_cut else "stop")
