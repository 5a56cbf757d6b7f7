"""A cheap model first, a better one for what the gate does not accept: paid once each, within the caps, over kill -9."""
import collections
import decimal
import json

import pytest

import budget_file
import results
from killing import daemon_that_dies
from request_lines import MODEL, chats
from worst_case import FLAT, worst_cases

D = decimal.Decimal
STRONG = "mock-2"
MODELS = f"""[models.{STRONG}]
endpoint = "mock"
max_output_tokens = 64
context_tokens = 8192
input_usd_per_million = "1.00"
output_usd_per_million = "1.00"
[routes.cascade]
models = ["{MODEL}", "{STRONG}"]
"""
ESCALATE = '[checks]\njson = true\n[canary]\nlines = 0\n[consequences]\nrejected = "escalate"\n'
#: What each answer takes: one USD a million tokens.
USED = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
COST = D("0.00003")


def asked(request):
    return request.body["model"]


def sent_to(mock):
    return collections.Counter(asked(request) for request in mock.seen)


def number(request):
    return int(request.text.split()[-1].rstrip("."))


def cascade(is_bad=lambda number: number % 2 == 0):
    """The first model answers some in prose; the second never does."""
    def script(request):
        prose = asked(request) == MODEL and is_bad(number(request))
        return {"content": "It is so." if prose else '{"a": 1}', "usage": USED}
    return script


def configure(spool, gate=ESCALATE, **options):
    spool.configure(model=FLAT, models=MODELS, gate=gate, **options)


@pytest.mark.fast
def test_the_next_model_mends_what_the_first_answers_badly(spool, mock):
    configure(spool)
    mock.script = cascade()
    lines = chats(40, model="cascade")
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    assert job.verdict == "accepted" and len(job.output()) == 40
    assert sent_to(mock) == {MODEL: 40, STRONG: 20}
    assert job.spent == 60 * COST == budget_file.today(spool).spent
    escalated = report["escalated"]
    assert (escalated["lines"], escalated["good"], D(escalated["spent_usd"])) == (20, 20, 20 * COST)
    assert [model["model"] for model in escalated["models"]] == [STRONG]
    assert {model["model"]: D(model["spent_usd"]) for model in report["models"]} == {
        MODEL: 40 * COST, STRONG: 20 * COST}
    assert sum(D(record["bobbin"]["cost_usd"]) for record in job.output()) == job.spent
    spool.run("budget", "verify")
    assert "20 escalated" in spool.run("report", job.name).out


def test_a_line_that_names_the_cheap_model_is_not_escalated(spool, mock):
    configure(spool)
    mock.script = cascade()
    spool.process("job.jsonl", chats(10), code=None)
    job = results.job_named(spool, "job.jsonl")
    assert job.verdict == "rejected" and sent_to(mock) == {MODEL: 10}
    reasons = [line["bobbin"]["reason"] for line in job.reprocess()]
    assert sum("it asks for one model alone" in reason for reason in reasons) == 5
    assert {line["bobbin"]["code"] for line in job.reprocess()} == {"defective_answer", "shard_rejected"}


@pytest.mark.parametrize("when", ["park", "reject"])
def test_a_cap_that_ends_during_the_escalation(spool, mock, when):
    configure(spool)
    lines = chats(20, start=10000, model="cascade")
    worst, _ = worst_cases(spool, lines)
    # Twenty first answers, and the worst case of a second one after seven others.
    cap = f'when_exhausted = "{when}"\n[day]\nusd = "{27 * COST + worst}"\n'
    configure(spool, budget=cap)
    mock.script = cascade()
    spool.drop("job.jsonl", lines)
    spool.once(code=75 if when == "park" else None)
    sent = sent_to(mock)
    assert sent == {MODEL: 20, STRONG: 8}
    if when == "park":
        assert not results.jobs(spool) and spool.status()["jobs"][0]["state"] == "parked"
        spool.run("budget", "raise", "5")
        spool.once()
        assert sent_to(mock) == {MODEL: 20, STRONG: 10} and mock.resent == 0
        assert results.job_named(spool, "job.jsonl").verdict == "accepted"
    else:
        job = results.job_named(spool, "job.jsonl")
        assert job.verdict in ("rejected", "split") and job.spent == 28 * COST
        assert sum("escalated in vain" in line["bobbin"]["reason"] for line in job.reprocess()) == 2
    spool.run("budget", "verify")


def test_killed_in_the_middle_of_an_escalation(spool, mock, seeded):
    configure(spool, lane="concurrency = 8\nshard_lines = 20")
    mock.script = cascade()
    mock.delay = 0.01
    lines = chats(60, model="cascade")
    spool.drop("job.jsonl", lines)
    for _ in range(6):
        if results.jobs(spool):
            break
        strong, more = sent_to(mock)[STRONG], seeded.randrange(1, 8)
        daemon_that_dies(
            spool, lambda daemon: bool(results.jobs(spool)) or sent_to(mock)[STRONG] >= min(strong + more, 30))
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    assert job.verdict == "accepted" and report["escalated"]["lines"] == 30
    day = budget_file.today(spool)
    assert day.spent == job.spent == 90 * COST and day.reserved == 0
    # What was sent again was in flight, and is charged at its worst case.
    assert mock.resent == 0 or D(report["cost"]["unknown_usd"]) > 0
    assert len({asked(r) + r.text for r in mock.seen}) == 90 and sent_to(mock)[MODEL] - 60 <= 48
    spool.run("budget", "verify")


def test_all_or_nothing(spool, mock):
    gate = '[canary]\nlines = 0\n[checks]\njson = true\n[consequences]\nall_or_nothing = true\n'
    configure(spool, lane="shard_lines = 10", gate=gate)
    mock.script = cascade(lambda n: 10 <= n < 20)
    lines = chats(30)
    spool.process("job.jsonl", lines, code=None)
    job = results.job_named(spool, "job.jsonl")
    assert job.verdict == "rejected" and not job.done
    assert [line["custom_id"] for line in job.reprocess()] == [line["custom_id"] for line in lines]
    assert [shard["verdict"] for shard in job.report["shards"]] == ["accepted", "rejected", "accepted"]
    assert "all_or_nothing" in job.report["reason"]
    mock.script = cascade(lambda n: False)
    spool.run("retry", job.name)
    spool.once()
    again = [job for job in results.jobs(spool) if job.verdict == "accepted"]
    assert len(again) == 1 and again[0].report["lines"]["reused"] == 20 and mock.count == 40


def test_a_chain_of_two_retries(spool, mock):
    configure(spool, gate='[checks]\njson = true\n')
    lines = chats(20)
    mock.script = cascade(lambda n: True)
    spool.process("job.jsonl", lines, code=None)
    first = results.job_named(spool, "job.jsonl")
    keys = [line.split("\t")[0] for line in spool.run("key", spool.write("plain.jsonl", lines)).out.splitlines()]
    marked = spool.run("key", first.rejected / "reprocess.jsonl").out.splitlines()
    assert [line.split("\t")[0] for line in marked] == keys
    mock.script = cascade(lambda n: n < 5)
    spool.run("retry", first.name)
    spool.once(code=None)
    second = [job for job in results.jobs(spool) if job.name != first.name][0]
    chain = second.report["reprocess"]["chain"]
    assert second.report["retry_of"] == first.name
    assert chain == {"root": first.name, "generation": 1, "lines": 40}
    mock.script = cascade(lambda n: False)
    spool.run("retry", second.name)
    spool.once()
    third = [job for job in results.jobs(spool) if job.name not in (first.name, second.name)][0]
    assert third.report["retry_of"] == second.name and third.verdict == "accepted"
    assert third.report["reprocess"] == {"lines": 0, "chain": {"root": first.name, "generation": 2, "lines": 40}}
    # A line counts once a generation: 20 and 20.
    assert spool.json("report")["figures"]["reprocessing_lines"] == 40
    assert f"retry 2 of {first.name}" in spool.run("report", third.name).out
    raw = [json.loads(request.raw) for request in mock.seen]
    assert not any("bobbin" in body for body in raw)
