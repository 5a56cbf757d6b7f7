"""Costs are exact: what Bobbin books equals a decimal computation done here, for every kind of usage."""
import decimal

import pytest

import budget_file
import results
from mock_answers import marker
from request_lines import chat, chats

D = decimal.Decimal
#: Prices that a floating-point number does not hold; six decimals is the finest there is.
INPUT, CACHED, OUTPUT = "0.123457", "0.000001", "3.999999"
PRICES = {
    "input_usd_per_million": INPUT, "cached_input_usd_per_million": CACHED, "output_usd_per_million": OUTPUT,
    "max_output_tokens": 2048}


def usage(prompt, completion, cached=None, reasoning=None, **more):
    members = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion, **more}
    if cached is not None:
        members["prompt_tokens_details"] = {"cached_tokens": cached}
    if reasoning is not None:
        members["completion_tokens_details"] = {"reasoning_tokens": reasoning}
    return members


def cost(told):
    cached = (told.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
    fresh = told["prompt_tokens"] - cached
    return (fresh * D(INPUT) + cached * D(CACHED) + told["completion_tokens"] * D(OUTPUT)) / 1_000_000


def kinds(seeded):
    yield from (
        usage(10, 3), usage(10, 3, cached=0, reasoning=0), usage(60, 3, cached=60), usage(33, 7, cached=32),
        usage(17, 900, reasoning=880), usage(1, 1), usage(64, 1), usage(12, 5, cached=4, prompt_tokens_details=None),
        usage(20, 2, cached=5, service_tier="default"))
    for _ in range(291):
        prompt = seeded.randrange(1, 200)
        completion = seeded.randrange(1, 1000)
        cached, reasoning = seeded.randrange(0, prompt + 1), seeded.randrange(0, completion + 1)
        yield usage(prompt, completion, cached=cached, reasoning=reasoning)


@pytest.mark.fast
def test_300_requests_with_every_kind_of_usage(spool, mock, seeded):
    spool.configure(model=PRICES)
    told = list(kinds(seeded))
    lines = [chat(f"r{i}", f"{i} " + "x" * 200 + marker(usage=one), max_tokens=1000) for i, one in enumerate(told)]
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    results.check_whole(job, lines, spool.directory)
    for record, one in zip(job.output(), told, strict=True):
        booked = record["bobbin"]["cost_usd"]
        assert isinstance(booked, str) and D(booked) == cost(one), (record["bobbin"], one)
        assert record["response"]["body"]["usage"] == one
    total = sum(cost(one) for one in told)
    assert job.spent == budget_file.today(spool).spent == total
    tokens = job.report["tokens"]
    assert tokens["input"] == sum(one["prompt_tokens"] for one in told)
    assert tokens["output"] == sum(one["completion_tokens"] for one in told)
    assert tokens["cached"] == sum((one.get("prompt_tokens_details") or {}).get("cached_tokens", 0) for one in told)
    assert D(spool.status()["day"]["spent_usd"]) == total


def test_without_a_cached_price_cached_tokens_cost_the_input_price(spool, mock):
    spool.configure(model={"input_usd_per_million": "2.00", "output_usd_per_million": "0.50"})
    spool.process("job.jsonl", [chat("r", "x" * 100 + marker(usage=usage(50, 10, cached=40)))])
    assert results.job_named(spool, "job.jsonl").spent == (50 * D("2.00") + 10 * D("0.50")) / 1_000_000


@pytest.mark.fast
@pytest.mark.parametrize("lie", ["missing", "zero"])
def test_no_usage_is_estimated_above_zero_and_within_the_reservation(spool, mock, lie):
    lines = [chat(f"r{i}", f"number {i} " + marker(usage=lie)) for i in range(4)]
    worst = D(spool.json("plan", spool.write("plan.jsonl", lines))["worst_usd"])
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    assert 0 < job.spent <= worst
    assert all(D(record["bobbin"]["cost_usd"]) > 0 for record in job.output())
    assert "estimated" in (job.done / "output.jsonl").read_text()


@pytest.mark.parametrize("told", [
    usage(-5, 10), usage(10, -5), usage(10, 3, cached=11), usage(10, 3, reasoning=4),
    {"prompt_tokens": "ten", "completion_tokens": 3, "total_tokens": 13}, {"prompt_tokens": 10}, [1], 7, {},
    usage(10, 2**62), usage(2**62, 2**62, cached=2**62), usage(10**40, 3), usage(10, 2**63)])
def test_a_usage_that_cannot_be_true_does_not_break_the_books(spool, mock, told):
    mock.script = lambda request: {"usage": told}
    spool.process("job.jsonl", chats(30), code=None)
    day = budget_file.today(spool)  # replayed: never above the cap, never above a reservation
    assert day.reserved == 0 and day.spent + day.unknown > 0
    spool.run("budget", "verify")
    job = results.job_named(spool, "job.jsonl")
    assert job.report["lines"]["total"] == 30 and job.spent == day.spent


def test_a_server_that_claims_more_than_it_was_allowed_is_stopped_at_the_cap(spool, mock):
    spool.configure(budget='[day]\nusd = "1.00"\n', lane="concurrency = 4\nshard_lines = 10")
    mock.script = lambda request: {"usage": usage(10_000_000, 10_000_000)}
    spool.process("job.jsonl", chats(100), code=None)
    assert mock.count <= 20, "it may cost the canary, whose money was set aside before the first claim was seen"
    day = budget_file.Day(max((spool.path / "budget").glob("*.jsonl")), bounded=False)
    assert day.spent >= 1 and D(spool.status()["day"]["spent_usd"]) == day.spent
    spool.run("budget", "verify")


def test_a_failed_attempt_that_may_have_been_billed_is_unknown(spool, mock):
    lines = chats(5) + [chat("cut", "cut off " + marker(cut=True, times=1))]
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    day = budget_file.today(spool)
    assert day.unknown == D(job.report["cost"]["unknown_usd"]) > 0
    assert day.spent == job.spent == sum(D(record["bobbin"]["cost_usd"]) for record in job.output())
    assert mock.count == 7 and job.report["attempts"] == {"total": 7, "retried": 1}


def test_an_answer_with_an_error_status_is_not_charged(spool, mock):
    spool.process("job.jsonl", chats(5) + [chat("no", "refused " + marker(status=400))])
    job = results.job_named(spool, "job.jsonl")
    assert job.spent == sum(D(record["bobbin"]["cost_usd"]) for record in job.output())
    assert len(job.output()) == 5 and budget_file.today(spool).unknown == 0
