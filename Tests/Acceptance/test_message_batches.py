"""Anthropic's batches: no file, no name and no metadata, and still never a batch twice."""
import pytest

import mock_message_batches
import results
from batch_checks import SHARDS, check, configure
from daemon import Daemon
from request_lines import chats
from scratch_spool import ScratchSpool
from waiting import wait_for

ENDPOINT = 'interface = "anthropic"\nbatch = "anthropic"\n'


@pytest.fixture
def provider():
    with mock_message_batches.MessageBatchProvider() as server:
        yield server


@pytest.fixture
def spool(tmp_path, binary, provider):
    spool = ScratchSpool(tmp_path, binary, provider.url)
    configure(spool, ENDPOINT)
    return spool


@pytest.mark.fast
def test_whole(spool, provider):
    lines = chats(40)
    spool.drop("job.jsonl", lines)
    spool.once()
    job, report = check(spool, provider, lines)
    assert job.verdict == "accepted" and report["lines"]["answered"] == 40 and provider.seen == []


@pytest.mark.parametrize("verb", ["create", "look", "results"])
@pytest.mark.parametrize("fault", [("before", "close"), ("after", "close"), ("after", 503), ("after", "hang")])
def test_a_fault_at_any_step(spool, provider, verb, fault):
    configure(spool, ENDPOINT, timeout="1s")
    provider.faults[verb] = [fault, (None, None), fault]
    provider.faults["batches"] = [("before", "close")]
    lines = chats(40)
    # Nobody looks at a batch that nobody knows: it ends by itself.
    provider.looks = 2 if verb != "create" else 1
    list_batches = provider._batches

    def ending(*arguments):
        for batch in provider.batches.values():
            if batch.status == "in_progress" and provider.called("batches") > 4:
                provider.end(provider, batch)
        return list_batches(*arguments)
    provider._batches = ending
    spool.drop("job.jsonl", lines)
    spool.once()
    check(spool, provider, lines)


def test_killed_while_a_batch_is_made(spool, provider):
    lines = chats(40)
    provider.faults["create"] = [(None, None), ("after", "hang"), ("after", "hang"), ("after", "hang")]
    spool.drop("job.jsonl", lines)
    daemon = Daemon(spool)
    try:
        wait_for(lambda: provider.called("create") >= 2, 30, lambda: f"{provider.calls}\n{daemon.log}")
        daemon.kill()
    finally:
        daemon.end()
    provider.faults.clear()
    provider.looks = 0
    with spool.daemon() as daemon:
        wait_for(lambda: "waits to hear from mock" in spool.run("status").out, 20, lambda: spool.run("status").out)
        for batch in list(provider.batches.values()):
            provider.end(provider, batch)
        wait_for(lambda: results.jobs(spool), 60, lambda: f"the job\n{daemon.log}")
    check(spool, provider, lines)


def test_expired_errored_and_cancelled_lines(spool, provider):
    def end(provider, batch):
        if batch.id != "msgbatch_0001":
            return mock_message_batches.complete(provider, batch)
        batch.status = "ended"
        batch.output = b"".join(
            [mock_message_batches.ended(line, "expired") for line in batch.lines[:2]]
            + [mock_message_batches.ended(line, "canceled") for line in batch.lines[2:4]]
            + [mock_message_batches.errored(batch.lines[4], "invalid_request_error")]
            + [mock_message_batches.errored(batch.lines[5], "overloaded_error")]
            + [mock_message_batches.succeeded(line) for line in batch.lines[6:]])
    provider.end = end
    lines = chats(40)
    spool.drop("job.jsonl", lines)
    spool.once()
    job, report = check(spool, provider, lines, batches=SHARDS + 1)
    assert (report["lines"]["answered"], report["lines"]["failed"]) == (39, 1)
