"""What is booked where the price or the usage is not the plain one, and what an error costs."""
import decimal

import pytest

import budget_file
import results
from mock_answers import marker
from request_lines import chat, chats

D = decimal.Decimal


def usage(prompt, completion, cached=None, reasoning=None, **more):
    members = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion, **more}
    if cached is not None:
        members["prompt_tokens_details"] = {"cached_tokens": cached}
    if reasoning is not None:
        members["completion_tokens_details"] = {"reasoning_tokens": reasoning}
    return members


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
