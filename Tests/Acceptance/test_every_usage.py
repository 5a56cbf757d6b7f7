"""300 requests with every kind of usage: booked exactly, and where prices are plain as litellm's cost functions say."""
import decimal
import os

import pytest

import budget_file
import results
from request_lines import MODEL
from usage_kinds import COUNT, LIES, MAX_TOKENS, PLAIN, requests_of, response
from usage_rules import booked

D = decimal.Decimal
#: Prices that a floating-point number does not hold; six decimals is the finest there is.
PRICES = {
    "input_usd_per_million": "0.123457", "cached_input_usd_per_million": "0.000001",
    "output_usd_per_million": "3.999999"}


class MockAnswers:
    def __init__(self, spool, mock):
        self.spool, self.mock = spool, mock

    def process(self, requests):
        served = {request.line["custom_id"]: request for request in requests}
        by_number = {f"<{name[1:]}>": request for name, request in served.items()}

        def script(seen):
            request = by_number[seen.text[:5]]
            return {"usage": request.usage, "content": request.content, "finish_reason": request.finish_reason}
        self.mock.script = script
        self.spool.process("job.jsonl", [request.line for request in requests], code=None)


class SimulatorAnswers:
    """`bobbin simulator`, whose script has a rule for each request."""

    def __init__(self, spool, mock):
        self.spool = spool

    def process(self, requests):
        for request in requests:
            if not isinstance(request.usage, (dict, str)):
                request.usage = "missing"  # a usage that is no object is not in its scripts
        rules = [{
            "match": f"<{request.line['custom_id'][1:]}>", "usage": request.usage, "content": request.content,
            "finish_reason": request.finish_reason} for request in requests]
        models = (self.spool.config / "models.toml").read_text()
        with self.spool.simulator(rules=rules) as url:
            self.spool.write_config(models=models.replace(self.spool.url, url))
            self.spool.process("job.jsonl", [request.line for request in requests], code=None)


@pytest.fixture(params=[MockAnswers, SimulatorAnswers], ids=["mock", "simulator"])
def answers(request, spool, mock):
    spool.configure(
        model={**PRICES, "max_output_tokens": MAX_TOKENS, "context_tokens": 8192},
        gate='[checks]\nfinish_reason = ["stop", "length"]\n')
    models = (spool.config / "models.toml").read_text()
    spool.write_config(models=models.replace("[endpoints.mock]\n", "[endpoints.mock]\nusage_faults_max = 1000\n"))
    return request.param(spool, mock)


def test_300_requests_with_every_kind_of_usage(spool, answers, seeded):
    requests = list(requests_of(seeded, *PLAIN, response, *LIES))
    answers.process(requests)
    job = results.job_named(spool, "job.jsonl")
    assert job.report["lines"]["answered"] == COUNT
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
    requests = list(requests_of(seeded, *PLAIN))
    MockAnswers(spool, mock).process(requests)
    for request, record in zip(requests, results.job_named(spool, "job.jsonl").output(), strict=True):
        usage = litellm.Usage(**request.usage)
        costs = [sum(litellm.cost_per_token(model=MODEL, custom_llm_provider="openai", usage_object=usage))]
        if request.kind not in ("completion", "embedding"):
            answer = litellm.ModelResponse(**record["response"]["body"])
            costs.append(litellm.completion_cost(answer, model=MODEL, custom_llm_provider="openai"))
        for cost in costs:
            assert round(cost * 1e12) == D(record["bobbin"]["cost_usd"]) * 10**12, (request, record["bobbin"])
