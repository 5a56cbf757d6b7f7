"""Models that are sent by batch: one batch for a shard and round whatever happens, every line its end, half the price."""
import datetime
import decimal

import pytest

import budget_file
import mock_batches
import results
from batch_checks import SHARDS, check, configure
from daemon import Daemon
from request_lines import chats
from scratch_spool import ScratchSpool
from waiting import wait_for
from wall_clock import WallClock

D = decimal.Decimal


@pytest.fixture
def spool(tmp_path, binary, provider):
    spool = ScratchSpool(tmp_path, binary, provider.url)
    configure(spool)
    return spool


@pytest.mark.fast
def test_whole(spool, provider):
    lines = chats(40)
    spool.drop("job.jsonl", lines)
    spool.once()
    job, report = check(spool, provider, lines)
    assert job.verdict == "accepted" and report["lines"]["answered"] == 40
    # The answer of each line is its own, though the output was shuffled.
    for record in job.output():
        assert record["response"]["request_id"].endswith(f"-{int(record['custom_id'][1:]) + 1}")
    assert provider.seen == [], "a request was sent by itself"


def test_reserved_at_half_price(spool, provider):
    lines = chats(40)
    worst = D(spool.json("plan", spool.write("plan.jsonl", lines))["worst_usd"])
    configure(spool, model={
        "input_usd_per_million": "0.15", "output_usd_per_million": "0.60", "batch_discount": "0",
        "endpoint": "mock", "max_output_tokens": 64, "context_tokens": 8192})
    assert D(spool.json("plan", spool.write("plan.jsonl", lines))["worst_usd"]) == 2 * worst
    configure(spool, budget=f'[day]\nusd = "{worst}"\n')
    spool.drop("job.jsonl", lines)
    spool.once()
    check(spool, provider, lines)


FAULTS = [(when, what) for when in ("before", "after") for what in (503, "close", "hang")]


@pytest.mark.parametrize("verb", ["upload", "create", "look", "results"])
@pytest.mark.parametrize("fault", FAULTS, ids=[f"{what} {when}" for when, what in FAULTS])
def test_a_fault_at_any_step(spool, provider, verb, fault):
    configure(spool, timeout="1s")
    provider.faults[verb] = [fault, (None, None), fault]
    # The look-ups have faults of their own.
    provider.faults["files"] = [("before", 500)]
    provider.faults["batches"] = [("before", "close")]
    lines = chats(40)
    spool.drop("job.jsonl", lines)
    spool.once()
    check(spool, provider, lines)
    assert sorted(provider.run_ids) == sorted(set(provider.run_ids)) and len(provider.run_ids) == 40
    if verb in ("upload", "create"):
        assert provider.called(verb) == SHARDS + (2 if fault[0] == "before" else 0)
        assert provider.called("files" if verb == "upload" else "batches") >= 2


@pytest.mark.parametrize("verb", ["upload", "create", "look", "results"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_step(spool, provider, verb, when):
    lines = chats(40)
    # The third call gets no answer, and its daemon dies meanwhile.
    provider.faults[verb] = [(None, None), (None, None), (when, "hang"), (when, "hang"), (when, "hang"), (when, "hang")]
    spool.drop("job.jsonl", lines)
    daemon = Daemon(spool)
    try:
        wait_for(lambda: provider.called(verb) >= 3, 30, lambda: f"{verb}: {provider.calls}\n{daemon.log}")
        daemon.kill()
    finally:
        daemon.end()
    provider.faults.clear()
    spool.once()
    check(spool, provider, lines)
    assert len(provider.run_ids) == len(set(provider.run_ids)) == 40


def test_expired_with_partial_results_and_an_error_file(spool, provider):
    def end(provider, batch):
        if batch.id != "batch_0001":
            return mock_batches.complete(provider, batch)
        batch.status = "expired"
        batch.output = b"".join(map(mock_batches.result, batch.lines[:4]))
        batch.errors = b"".join(
            [mock_batches.refusal(batch.lines[4], 400)]
            + [mock_batches.error(line, "batch_expired") for line in batch.lines[5:8]])
    provider.end = end
    lines = chats(40)
    spool.drop("job.jsonl", lines)
    spool.once()
    job, report = check(spool, provider, lines, batches=SHARDS + 1)
    assert (report["lines"]["answered"], report["lines"]["failed"]) == (39, 1)
    assert job.error_codes() == {"mock_400": 1} and report["attempts"]["total"] == 45


def test_a_quota_of_batches_parks_the_job(spool, provider):
    def refuse(provider, batch):
        batch.status = "failed"
        batch.faults = [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached", "line": None}]
    provider.end = refuse
    lines = chats(40)
    spool.drop("job.jsonl", lines)
    with spool.daemon() as daemon:
        [job] = spool.parked()
        assert "Enqueued token limit reached" in job["reason"]
        wait_for(lambda: budget_file.today(spool).committed == 0, 10, "the money to be free")
        provider.end = mock_batches.complete
        wait_for(lambda: results.jobs(spool), 90, lambda: f"the job\n{daemon.log}")
    check(spool, provider, lines, batches=len(provider.names))


def batches_at_work(spool, daemon):
    """What `status` says of them, once it says it of several."""
    def found():
        batches = [batch for job in spool.status()["jobs"] for batch in job["batches"]]
        return batches if sum(batch["state"] == "in_progress" for batch in batches) == len(batches) > 1 else None
    return wait_for(found, 30, lambda: f"batches at work: {spool.status()}\n{daemon.log}")


@pytest.mark.parametrize("policy", ["keep", "cancel"])
def test_a_stop_while_batches_are_out(spool, provider, policy):
    configure(spool, endpoint=f'batch = "openai"\nbatch_at_stop = "{policy}"\n')
    provider.looks = None
    lines = chats(40)
    spool.drop("job.jsonl", lines)
    with spool.daemon() as daemon:
        batches = batches_at_work(spool, daemon)
        assert all(batch["batch"] in provider.batches and batch["created_at"] for batch in batches)
        text = spool.run("status").out
        assert f"shard {batches[0]['shard']} waits for its batch {batches[0]['batch']} at mock: in_progress" in text
        daemon.stop(seconds=10)
    out = set(provider.batches)
    assert len(out) > 1 and provider.called("cancel") == (len(out) if policy == "cancel" else 0)
    assert budget_file.today(spool).reserved > 0 == budget_file.total_unknown(spool)
    told = {batch["batch"] for job in spool.status()["jobs"] for batch in job["batches"]}
    assert told == out, "shown without a daemon too"

    def end(provider, batch):
        mock_batches.complete(provider, batch)
        if policy == "cancel" and batch.id in out:
            batch.status = "cancelled"
            batch.output = b"".join(map(mock_batches.result, batch.lines[:5]))
    provider.looks, provider.end = 0, end
    spool.once()
    check(spool, provider, lines, batches=SHARDS + (len(out) if policy == "cancel" else 0))


@pytest.mark.parametrize("subject", ["job", "lane"])
def test_a_pause_while_batches_are_out(spool, provider, subject):
    provider.looks = None
    lines = chats(40)
    spool.drop("job.jsonl", lines)
    with spool.daemon() as daemon:
        batches_at_work(spool, daemon)
        [job] = [entry["job"] for entry in spool.status()["jobs"]]
        paused = [job] if subject == "job" else ["--lane", "default"]
        spool.run("pause", *paused)
        looks = provider.called("look")
        wait_for(lambda: provider.called("look") > looks + 9, 10, lambda: f"looks go on: {provider.calls}")
        out = len(provider.names)
        provider.looks = 0
        wait_for(lambda: "job.parked" in daemon.log, 10, lambda: f"the job to be parked\n{daemon.log}")
        assert len(provider.names) == out < SHARDS, "what is out is booked, and nothing else is sent"
        assert budget_file.today(spool).reserved == 0 < budget_file.total_spent(spool)
        spool.run("resume", *paused)
        wait_for(lambda: results.jobs(spool), 30, lambda: f"the job\n{daemon.log}")
    check(spool, provider, lines)


@pytest.mark.parametrize("is_running", [True, False])
def test_the_books_are_adopted_while_batches_are_out(spool, provider, is_running):
    provider.looks = None
    lines = chats(40)
    spool.drop("job.jsonl", lines)
    with spool.daemon() as daemon:
        batches_at_work(spool, daemon)
        [path] = (spool.path / "budget").glob("*.jsonl")
        if not is_running:
            daemon.stop(seconds=10)
        path.unlink()
        if is_running:
            daemon.await_log("bobbin budget adopt")
        spool.run("budget", "adopt")
        assert budget_file.today(spool).reserved > 0 == budget_file.total_unknown(spool)
        provider.looks = 0
        if is_running:
            wait_for(lambda: results.jobs(spool), 60, lambda: f"the job\n{daemon.log}")
    if not is_running:
        spool.once()
    check(spool, provider, lines)
    assert sorted(provider.run_ids) == sorted(set(provider.run_ids))


def test_a_creation_that_is_not_answered_is_looked_up_for_its_time(spool, provider):
    """By the wall clock: a list may show a batch minutes later."""
    clock = WallClock(spool.directory)
    spool.environment = clock.environment
    noon = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
    clock.go_from(noon)
    configure(spool, timeout="1s", endpoint='batch = "openai"\nbatch_lookup = "10m"\n')
    provider.faults["create"] = [("before", "close")]
    lines = chats(10)
    spool.drop("job.jsonl", lines)
    with spool.daemon() as daemon:
        wait_for(lambda: provider.called("batches") > 5, 30, lambda: f"look-ups: {provider.calls}\n{daemon.log}")
        assert provider.called("create") == 1
        assert "waits to hear from mock" in spool.run("status").out
        clock.go_from(noon + datetime.timedelta(minutes=11))
        wait_for(lambda: results.jobs(spool), 60, lambda: f"the job\n{daemon.log}")
    assert provider.called("create") == 2
    check(spool, provider, lines, batches=1)


@pytest.mark.fast
def test_configuration(spool, provider):
    spool.configure(endpoint='batch_poll = "1s"\n')
    assert 'needs a line batch = "openai"' in spool.run("doctor", code=78).err
    spool.configure(endpoint='batch = "other"\n')
    assert 'must be "openai" or "anthropic"' in spool.run("doctor", code=78).err
    spool.configure(endpoint='batch = "openai"\n', gate='[judge]\nmodel = "mock-1"\n')
    assert "a judge has to answer at once" in spool.run("doctor", code=78).err
