"""A server whose usage cannot be true: booked by a stated rule, never below what is known, flagged, and stopped."""
import decimal

import pytest

import budget_file
import results
from mock_answers import marker
from request_lines import MODEL, chat, chats
from waiting import wait_for

D = decimal.Decimal
#: As scratch_spool configures mock-1: dollars for a million tokens.
INPUT, CACHED, OUTPUT = D("0.15"), D("0.075"), D("0.60")


def usage(prompt, completion, cached=0, reasoning=0, total=0):
    return {
        "prompt_tokens": prompt, "completion_tokens": completion,
        "total_tokens": total,
        "prompt_tokens_details": {"cached_tokens": cached}, "completion_tokens_details": {"reasoning_tokens": reasoning}}


def booked(spool, told, **body):
    """The `bobbin` member of the answer to one request of which the server tells that usage."""
    spool.process("job.jsonl", [chat("r", "x" * 100 + marker(usage=told), **body)], code=None)
    [record] = results.job_named(spool, "job.jsonl").output()
    return record["bobbin"]


def cost(fresh, completion, cached=0):
    return (fresh * INPUT + cached * CACHED + completion * OUTPUT) / 1_000_000


def limit_faults(spool, most):
    path = spool.config / "models.toml"
    path.write_text(path.read_text().replace(f"[models.{MODEL}]", f"usage_faults_max = {most}\n[models.{MODEL}]", 1))


@pytest.mark.fast
@pytest.mark.parametrize("told, expected, flag", [
    (usage(20, 5), cost(20, 5), None),
    (usage(20, 5, reasoning=5), cost(20, 5), None),
    # Beside the completion, as some servers count: added, and as they say.
    (usage(20, 5, total=32), cost(20, 12), None),
    (usage(20, 5, reasoning=7), cost(20, 12), None),
    # The answer has a text, so one token at least was made; 17 bytes of it are five tokens by our count.
    (usage(20, 0), cost(20, 5), "estimated"),
    (usage(20, 5, cached=30), cost(20, 5, cached=30), "estimated"),
    (usage(20, 5, cached=100_000), cost(20, 5), "estimated"),
    (usage(20, 33), cost(20, 33), "exceeds_bound"),
    (usage(9000, 5), cost(9000, 5), "exceeds_bound")])
def test_what_is_booked(spool, mock, told, expected, flag):
    bobbin = booked(spool, told)
    assert D(bobbin["cost_usd"]) == expected
    assert {name for name in ("estimated", "exceeds_bound") if bobbin.get(name)} == ({flag} if flag else set())
    notes = results.job_named(spool, "job.jsonl").report["notes"]
    assert (notes["estimated"], notes["exceeds_bound"]) == (flag == "estimated", flag == "exceeds_bound")


@pytest.mark.fast
@pytest.mark.parametrize("told", [usage(-20, 5), usage("20", 5), usage(2**62, 5), usage(0, 5)])
def test_a_prompt_count_that_cannot_be_true_is_ours(spool, mock, told):
    bobbin = booked(spool, told)
    assert bobbin["estimated"] and cost(30, 5) < D(bobbin["cost_usd"]) < cost(300, 5)


@pytest.mark.fast
def test_the_count_of_one_choice_of_several_is_not_believed(spool, mock):
    # As llama.cpp answers: three choices, each cut by the limit, and the tokens of one.
    mock.script = lambda request: {"usage": usage(20, 10), "finish_reason": "length"}
    spool.configure(gate='[checks]\nfinish_reason = ["stop", "length"]')
    spool.process("job.jsonl", [chat("r", "x" * 100, n=3, max_tokens=10)])
    [record] = results.job_named(spool, "job.jsonl").output()
    assert D(record["bobbin"]["cost_usd"]) == cost(20, 30) and record["bobbin"]["estimated"]


def test_an_endpoint_is_stopped_at_so_many_faults_and_goes_on_after_a_reload(spool, mock):
    spool.configure(lane="concurrency = 1")
    limit_faults(spool, 5)
    lie = [True]
    mock.script = lambda request: {"usage": usage(20, 5, cached=30) if lie[0] else usage(20, 5)}
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", chats(30))
        [parked] = spool.parked()
        assert "usage_faults_max = 5" in parked["reason"] and mock.count == 5
        daemon.await_log("endpoint.unavailable")
        assert budget_file.today(spool).reserved == 0
        lie[0] = False
        daemon.reload()
        wait_for(lambda: results.jobs(spool), 30, lambda: f"the job: {spool.status()}\n{daemon.log}")
    job = results.job_named(spool, "job.jsonl")
    assert mock.count == 30 and job.report["lines"]["answered"] == 30
    assert job.spent == 5 * cost(20, 5, cached=30) + 25 * cost(20, 5)
    assert job.report["notes"]["estimated"] == 5


@pytest.mark.fast
@pytest.mark.parametrize("told", ["missing", "zero"])
def test_a_server_that_does_not_count_is_not_stopped(spool, mock, told):
    limit_faults(spool, 3)
    mock.script = lambda request: {"usage": told}
    spool.process("job.jsonl", chats(20))
    notes = results.job_named(spool, "job.jsonl").report["notes"]
    assert notes["estimated"] == 20 and mock.count == 20
