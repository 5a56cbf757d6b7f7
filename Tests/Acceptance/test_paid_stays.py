"""What was paid for is delivered, judged and counted, whatever the configuration says by then; and is not paid for again."""
import decimal

import budget_file
import results
from mock_answers import marker
from request_lines import chat, chats

D = decimal.Decimal
FLAT = {"input_usd_per_million": "1.00", "output_usd_per_million": "1.00"}
TWO_SHARDS = "concurrency = 1\nshard_lines = 2"
NO_CANARY = "[canary]\nlines = 0\n"


def worst_case(spool, lines):
    """Of one request; all have the same bound."""
    return D(spool.json("plan", spool.write("plan.jsonl", lines))["worst_usd"]) / len(lines)


def dearest(usd, max_tokens=32):
    """A server that uses all that was reserved."""
    tokens = int(usd * 1_000_000)
    usage = {"prompt_tokens": tokens - max_tokens, "completion_tokens": max_tokens, "total_tokens": tokens}
    return lambda request: {"usage": usage}


def test_a_cap_below_what_was_sent_under_another(spool, mock):
    """The lines are refused by now (exceeds_cap): two of them have answers."""
    lines = chats(4, start=10000)
    spool.configure(lane=TWO_SHARDS, model=FLAT, gate=NO_CANARY)
    usd = worst_case(spool, lines)
    mock.script = dearest(usd)
    spool.configure(lane=TWO_SHARDS, model=FLAT, gate=NO_CANARY, budget=f'[day]\nusd = "{2 * usd}"\n')
    spool.process("job.jsonl", lines, code=75)
    assert mock.count == 2
    budget = f'[day]\nusd = "{2 * usd}"\n[job]\nusd = "{usd / 2}"\n'
    spool.configure(lane=TWO_SHARDS, model=FLAT, gate=NO_CANARY, budget=budget)
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    assert (report["lines"]["answered"], report["lines"]["refused"], mock.count) == (2, 2, 2)
    assert len(job.output()) == 2 and job.spent == budget_file.total_spent(spool) == 2 * usd


def test_a_model_that_has_gone(spool, mock):
    lines = chats(4, start=10000)
    spool.configure(lane=TWO_SHARDS, model=FLAT, gate=NO_CANARY)
    usd = worst_case(spool, lines)
    mock.script = dearest(usd)
    spool.configure(lane=TWO_SHARDS, model=FLAT, gate=NO_CANARY, budget=f'[day]\nusd = "{2 * usd}"\n')
    spool.process("job.jsonl", lines, code=75)
    models = (spool.config / "models.toml").read_text()
    (spool.config / "models.toml").write_text(models.replace("[models.mock-1]", "[models.another]"))
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    assert (job.report["lines"]["answered"], job.report["lines"]["refused"]) == (2, 2)
    assert len(job.output()) == 2 and job.spent == budget_file.total_spent(spool) == 2 * usd


def test_a_gate_that_has_become_stricter(spool, mock):
    """The canary that once passed is rejected: what was sent after it is still judged and in the report."""
    lines = chats(5, start=10000)
    canary = "[canary]\nlines = 1\n"
    spool.configure(lane=TWO_SHARDS, model=FLAT, gate=canary)
    usd = worst_case(spool, lines)
    mock.script = dearest(usd)
    spool.configure(lane=TWO_SHARDS, model=FLAT, gate=canary, budget=f'[day]\nusd = "{3 * usd}"\n')
    spool.process("job.jsonl", lines, code=75)
    assert mock.count == 3
    spool.configure(
        lane=TWO_SHARDS, model=FLAT, gate='[checks]\nmust_match = "^Nothing"\n' + canary,
        budget=f'[day]\nusd = "{3 * usd}"\n')
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    assert (report["lines"]["answered"], report["lines"]["refused"], mock.count) == (3, 2, 3)
    assert job.spent == budget_file.total_spent(spool) == 3 * usd
    # They are remembered: the same lines in another order pay for what was never sent alone.
    spool.configure(lane=TWO_SHARDS, model=FLAT, gate=canary)
    spool.process("again.jsonl", lines[::-1])
    assert (mock.count, mock.distinct) == (5, 5)


def test_two_jobs_at_once_whose_answers_are_not_accepted(spool, mock):
    """The later one waits for the earlier one's outcome, and does not pay for the same defect."""
    lines = chats(6)
    spool.configure(gate='[checks]\nmust_match = "^Nothing"\n' + NO_CANARY)
    spool.drop("one.jsonl", lines)
    spool.drop("two.jsonl", lines)
    spool.once()
    assert (mock.count, mock.distinct) == (6, 6)
    reports = [results.job_named(spool, name).report for name in ("one.jsonl", "two.jsonl")]
    assert sorted(report["lines"]["answered"] for report in reports) == [0, 6]
    refused = next(results.job_named(spool, n) for n in ("one.jsonl", "two.jsonl") if not results.job_named(spool, n).report["lines"]["answered"])
    assert refused.error_codes() == {"known_defect": 6} and len(refused.reprocess()) == 6


def test_a_line_that_is_never_answered_is_not_paid_for_every_day(spool, mock):
    """Attempts are counted across parking: the job does not begin anew with each day's money."""
    retry = '[retry]\nattempts = 2\nbase = "10ms"\ncap = "20ms"\n'
    lines = [chat("never", "Do not answer. " + marker(close=True))]
    spool.configure(model=FLAT, bobbin=retry)
    usd = worst_case(spool, lines)
    spool.configure(model=FLAT, bobbin=retry, budget=f'[day]\nusd = "{usd}"\n')
    spool.process("job.jsonl", lines, code=75)
    assert mock.count == 1
    spool.run("budget", "raise", 2 * usd)
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    assert (job.report["lines"]["failed"], mock.count) == (1, 2)
    assert D(job.report["cost"]["unknown_usd"]) == budget_file.total_unknown(spool) == 2 * usd


def test_a_manifest_vouches_for_one_delivery(spool, mock):
    """Tomorrow's file of the same name is not complete because yesterday's was."""
    spool.configure(bobbin='[lanes.nightly]\nmanifest = "required"\n')
    first, second = chats(2), chats(2, start=10)
    (spool.inbox / "nightly").mkdir()
    (spool.inbox / "nightly" / "daily.jsonl.done").touch()
    spool.process("daily.jsonl", first, lane="nightly")
    assert len(results.job_named(spool, "daily.jsonl").output()) == 2
    spool.process("daily.jsonl", second, lane="nightly")
    assert "manifest" in spool.waiting("daily.jsonl")["reason"] and mock.count == 2
    (spool.inbox / "nightly" / "daily.jsonl.done").touch()
    spool.once()
    assert len(results.jobs_named(spool, "daily.jsonl")) == 2 and mock.count == 4
