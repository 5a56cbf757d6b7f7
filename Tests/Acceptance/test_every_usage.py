"""300 requests with every kind of usage: booked exactly, and where prices are plain as litellm's cost functions say."""
import dataclasses
import decimal
import json
import os

import pytest

import budget_file
import results
from mock_answers import marker
from request_lines import MODEL, chat, line
from usage_rules import booked
from waiting import wait_for

D = decimal.Decimal
COUNT = 300
#: Prices that a floating-point number does not hold; six decimals is the finest there is.
PRICES = {
    "input_usd_per_million": "0.123457", "cached_input_usd_per_million": "0.000001",
    "output_usd_per_million": "3.999999"}
MAX_TOKENS = 1000


@dataclasses.dataclass
class Request:
    kind: str
    line: dict
    #: What the server shall state: an object, "missing" or "zero".
    usage: object
    #: Of each choice.
    content: str = "An answer."


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


KINDS = {make.__name__: make for make in (
    plain, cached, reasoning, details_of_null, choices_counted_each, completion, embedding, response)}
#: Of which litellm has a cost function that reads them.
LITELLM_KINDS = ("plain", "cached", "reasoning", "details_of_null", "choices_counted_each", "completion", "embedding")


def requests_of(random):
    """Each kind as often as any other, in a random order, each with numbers and a text of its own."""
    kinds = [list(KINDS)[number % len(KINDS)] for number in range(COUNT)]
    random.shuffle(kinds)
    for number, kind in enumerate(kinds):
        made, usage = KINDS[kind](random)(f"r{number:03}", f"<{number:03}> " + "x" * random.randrange(150, 400))
        yield Request(kind, made, usage)


class MockAnswers:
    def __init__(self, spool, mock):
        self.spool, self.mock = spool, mock

    def process(self, requests):
        served = {request.line["custom_id"]: request for request in requests}
        by_number = {f"<{name[1:]}>": request for name, request in served.items()}

        def script(seen):
            request = by_number[seen.text[:5]]
            return {"usage": request.usage, "content": request.content}
        self.mock.script = script
        self.spool.process("job.jsonl", [request.line for request in requests], code=None)


class SimulatorAnswers:
    """`bobbin simulator`, whose script has a rule for each request."""

    def __init__(self, spool, mock):
        self.spool = spool

    def process(self, requests):
        rules = [
            {"match": f"<{request.line['custom_id'][1:]}>", "usage": request.usage, "content": request.content}
            for request in requests]
        script = self.spool.write("script.json", json.dumps({"rules": rules}).encode())
        log = self.spool.directory / "simulator.log"
        with open(log, "wb") as out:
            simulator = self.spool.start_alone("simulator", "--port", 0, "--script", script, stdout=out, stderr=out)
        try:
            wait_for(lambda: "http://" in log.read_text(), 20, "the simulator's address")
            models = (self.spool.config / "models.toml").read_text()
            url = log.read_text().split("listening on ")[1].split()[0]
            self.spool.write_config(models=models.replace(self.spool.url, url))
            self.spool.process("job.jsonl", [request.line for request in requests], code=None)
        finally:
            simulator.terminate()
            simulator.wait(20)


@pytest.fixture(params=[MockAnswers, SimulatorAnswers], ids=["mock", "simulator"])
def answers(request, spool, mock):
    spool.configure(
        model={**PRICES, "max_output_tokens": MAX_TOKENS, "context_tokens": 8192},
        gate='[checks]\nfinish_reason = ["stop", "length"]\n')
    return request.param(spool, mock)


def test_300_requests_with_every_kind_of_usage(spool, answers, seeded):
    requests = list(requests_of(seeded))
    answers.process(requests)
    job = results.job_named(spool, "job.jsonl")
    lines = [request.line for request in requests]
    results.check_whole(job, lines, spool.directory)
    total, sums = D(0), {"input": 0, "cached": 0, "output": 0, "reasoning": 0}
    for request, record in zip(requests, job.output(), strict=True):
        answer = record["response"]["body"]
        if isinstance(request.usage, dict):
            assert answer["usage"] == request.usage, "not what was served"
        wanted = booked(request.line, answer, PRICES)
        told = record["bobbin"]
        assert isinstance(told["cost_usd"], str) and D(told["cost_usd"]) == wanted.usd(PRICES), (request, wanted, told)
        flags = (told.get("estimated", False), told.get("exceeds_bound", False))
        assert flags == (wanted.estimated, wanted.exceeds_bound), (request, wanted, told)
        total += wanted.usd(PRICES)
        for name in sums:
            sums[name] += getattr(wanted, name)
    bounded = not any(record["bobbin"].get("exceeds_bound") for record in job.output())
    day = budget_file.Day(max((spool.path / "budget").glob("*.jsonl")), bounded=bounded)
    assert job.spent == day.spent == D(spool.status()["day"]["spent_usd"]) == total and day.unknown == 0
    assert {name: job.report["tokens"][name] for name in sums} == sums
    spool.run("budget", "verify")


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_plain_costs_are_those_of_litellm(spool, mock, seeded):
    """In whole picodollars: litellm computes in floating point, so what is left of one is its rounding."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else importing it asks the network
    import litellm

    litellm.suppress_debug_info = True
    price = {name: float(D(usd) / 1_000_000) for name, usd in PRICES.items()}
    litellm.register_model({MODEL: {
        "litellm_provider": "openai", "mode": "chat", "max_output_tokens": MAX_TOKENS,
        "input_cost_per_token": price["input_usd_per_million"],
        "cache_read_input_token_cost": price["cached_input_usd_per_million"],
        "output_cost_per_token": price["output_usd_per_million"]}})
    spool.configure(model={**PRICES, "max_output_tokens": MAX_TOKENS})
    requests = list(requests_of(seeded))
    MockAnswers(spool, mock).process(requests)
    compared = 0
    for request, record in zip(requests, results.job_named(spool, "job.jsonl").output(), strict=True):
        if request.kind not in LITELLM_KINDS:
            continue
        usage = litellm.Usage(**request.usage)
        costs = [sum(litellm.cost_per_token(model=MODEL, custom_llm_provider="openai", usage_object=usage))]
        if request.kind not in ("completion", "embedding"):
            answer = litellm.ModelResponse(**record["response"]["body"])
            costs.append(litellm.completion_cost(answer, model=MODEL, custom_llm_provider="openai"))
        for cost in costs:
            assert round(cost * 1e12) == D(record["bobbin"]["cost_usd"]) * 10**12, (request, record["bobbin"])
            compared += 1
    assert compared > COUNT
