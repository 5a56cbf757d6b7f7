"""A model as judge: asked about a sample within the caps, its money in the books, over kill -9 asked once."""
import collections
import decimal
import json

import pytest

import budget_file
import results
from killing import daemon_that_dies
from request_lines import MODEL, chats
from worst_case import FLAT

D = decimal.Decimal
JUDGE = "judge-1"
MODELS = f"""[models.{JUDGE}]
endpoint = "mock"
max_output_tokens = 64
context_tokens = 8192
input_usd_per_million = "1.00"
output_usd_per_million = "1.00"
"""
GATE = f'[canary]\nlines = 0\n[judge]\nmodel = "{JUDGE}"\ninstructions = "judge.txt"\n'
#: What each answer takes: one USD a million tokens.
USED = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
COST = D("0.00003")


def asked(request):
    return request.body["model"]


def sent_to(mock):
    return collections.Counter(asked(request) for request in mock.seen)


def configure(spool, gate=GATE, **options):
    (spool.config / "judge.txt").write_text("It passes if it is kind.\n")
    spool.configure(model=FLAT, models=MODELS, gate=gate, **options)


def judging(is_good=lambda question: True):
    """Answers of everybody; `is_good` is asked what the judge is asked."""
    def script(request):
        if asked(request) != JUDGE:
            return {"content": "Kind words.", "usage": USED}
        good = is_good(json.loads(request.body["messages"][-1]["content"]))
        verdict = {"verdict": "pass"} if good else {"verdict": "fail", "reason": "it is not kind"}
        return {"content": json.dumps(verdict), "usage": USED}
    return script


def judge_of(job):
    return [shard["judge"] for shard in job.report["shards"] if "judge" in shard]


@pytest.mark.fast
def test_a_sample_is_judged_and_paid_for(spool, mock):
    configure(spool)
    mock.script = judging()
    lines = chats(120)
    planned = spool.json("plan", spool.write("plan.jsonl", lines))["judge"]
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    sampled = sum(shard["sample"]["sampled"] for shard in report["shards"])
    assert sent_to(mock) == {MODEL: 120, JUDGE: sampled} and 0 < sampled < 120
    assert planned["name"] == JUDGE and planned["answers"] == sampled
    assert job.spent == (120 + sampled) * COST == budget_file.today(spool).spent
    assert sum(D(judge["spent_usd"]) for judge in judge_of(job)) == sampled * COST
    assert {model["model"]: D(model["spent_usd"]) for model in report["models"]} == {
        MODEL: 120 * COST, JUDGE: sampled * COST}
    first = next(request.body for request in mock.seen if asked(request) == JUDGE)
    assert first["messages"][0]["content"].startswith("It passes if it is kind.\n") and first["temperature"] == 0
    question = json.loads(first["messages"][1]["content"])
    assert question["answer"] == "Kind words." and question["request"] in [line["body"] for line in lines]
    spool.run("budget", "verify")
    assert f"the judge was asked {sampled} times" in spool.run("report", job.name).out


def test_what_it_does_not_let_pass_is_rejected_and_says_why(spool, mock):
    configure(spool)
    mock.script = judging(lambda question: False)
    spool.process("job.jsonl", chats(40), code=None)
    job = results.job_named(spool, "job.jsonl")
    assert job.verdict == "rejected" and "did not pass the judge" in job.report["reason"]
    reasons = [line["bobbin"]["reason"] for line in job.reprocess()]
    assert sum("it is not kind" in reason for reason in reasons) == sent_to(mock)[JUDGE]
    assert job.spent == budget_file.today(spool).spent
    spool.run("budget", "verify")


def test_the_cap_holds_for_the_judge_too(spool, mock):
    # All first answers, and a part of the judgement.
    configure(spool, lane="concurrency = 2", budget=f'[day]\nusd = "{80 * COST}"\n')
    mock.script = judging()
    spool.drop("job.jsonl", chats(40))
    spool.once(code=75)
    day = budget_file.today(spool)
    assert day.peak <= day.cap and day.reserved == 0 and not results.jobs(spool)
    assert sent_to(mock)[MODEL] == 40 and 0 < sent_to(mock)[JUDGE] < 30
    spool.run("budget", "raise", "5")
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    assert job.verdict == "accepted" and mock.resent == 0
    assert sent_to(mock)[JUDGE] == sum(shard["sample"]["sampled"] for shard in job.report["shards"])
    spool.run("budget", "verify")


def test_killed_in_the_middle_of_a_judgement(spool, mock, seeded):
    configure(spool, lane="concurrency = 8\nshard_lines = 20")
    mock.script = judging()
    mock.delay = 0.01
    lines = chats(60)
    spool.drop("job.jsonl", lines)
    for _ in range(6):
        if results.jobs(spool):
            break
        judged, more = sent_to(mock)[JUDGE], seeded.randrange(1, 8)
        daemon_that_dies(
            spool, lambda daemon: bool(results.jobs(spool)) or sent_to(mock)[JUDGE] >= judged + more)
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    sampled = sum(shard["sample"]["sampled"] for shard in report["shards"])
    day = budget_file.today(spool)
    assert job.verdict == "accepted" and sum(judge["requests"] for judge in judge_of(job)) == sampled
    assert day.spent == job.spent == (60 + sampled) * COST and day.reserved == 0
    # What was in flight at a kill is sent again, and charged as unknown.
    assert mock.resent <= 6 * 8 and (mock.resent == 0 or day.unknown > 0)
    spool.run("budget", "verify")
