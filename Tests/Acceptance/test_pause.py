"""An operator pauses a job or a lane: nothing new is sent, whatever happens to the process, and nothing twice later."""
import os
import time

import pytest

import budget_file
import results
from request_lines import chats
from waiting import holds_for, wait_for

NIGHTLY = "[lanes.nightly]\nconcurrency = 4\nshard_lines = 100\n"


def state(spool, job):
    """`status` of a job in processing/."""
    return next(entry for entry in spool.status()["jobs"] if entry["job"] == job)


def job_at_work(spool, name):
    def found():
        return [entry["job"] for entry in spool.status()["jobs"] if entry["name"] == name]
    [job] = wait_for(found, 20, lambda: f"{name} in processing/; status: {spool.status()}")
    return job


@pytest.mark.fast
def test_a_job_paused_in_mid_run_stays_paused_over_a_kill_and_is_resumed(spool, mock):
    spool.configure(lane="concurrency = 8\nshard_lines = 100")
    lines = chats(200)
    mock.release(60)
    spool.drop("job.jsonl", lines)
    with spool.daemon() as daemon:
        wait_for(lambda: mock.count == 68 and mock.in_flight == 8, 30, lambda: f"60 answered, 8 held: {mock.stats()}")
        job = job_at_work(spool, "job.jsonl")
        told = spool.json("pause", job[:12])
        assert told["job"] == job and told["paused"] and told["uid"] == os.getuid()
        now = state(spool, job)
        assert now["state"] == "paused" and f"uid {os.getuid()} paused it at {told['at']}" in now["reason"]
        assert f"`bobbin resume {job}`" in now["reason"] and "what is in flight ends" in now["reason"]
        began = time.monotonic()
        mock.release()
        wait_for(lambda: state(spool, job)["done"] == 68, 10, lambda: f"the 8 in flight: {spool.status()}")
        wait_for(lambda: budget_file.today(spool).reserved == 0, 10, "what is set aside for the rest to be free")
        assert time.monotonic() - began < 5
        assert (mock.count, budget_file.total_unknown(spool)) == (68, 0)
        spent = budget_file.today(spool).spent
        # Who asks twice changes nothing; other jobs go on.
        assert spool.json("pause", job)["at"] == told["at"]
        spool.drop("other.jsonl", chats(3, "other {}"))
        wait_for(lambda: results.jobs_named(spool, "other.jsonl"), 20, "another job")
        assert mock.count == 71 and "job.paused" in daemon.log
        daemon.kill()
    assert state(spool, job)["state"] == "paused"
    with spool.daemon() as daemon:
        holds_for(lambda: state(spool, job)["state"] == "paused" and mock.count == 71, 1.5, "it stays paused")
        assert spool.run("resume", job).out == f"{job} is resumed\n"
        wait_for(lambda: results.jobs_named(spool, "job.jsonl"), 30, lambda: f"the rest\n{daemon.log}")
        assert "is not in processing/" in spool.run("resume", job, code=65).err
        assert "pause.ended" in daemon.log and "job.resumed" in daemon.log
    assert (mock.count, mock.distinct) == (203, 203) and budget_file.today(spool).spent > spent
    done = results.job_named(spool, "job.jsonl")
    results.check_whole(done, lines, spool.directory)
    assert [note["cause"] for note in done.report["parked"]["notes"]] == ["pause"]
    assert not list((spool.path / "paused" / "jobs").iterdir())


def test_killed_before_what_is_in_flight_has_ended(spool, mock):
    spool.configure(lane="concurrency = 8\nshard_lines = 100")
    lines = chats(40)
    mock.hold()
    spool.drop("job.jsonl", lines)
    with spool.daemon() as daemon:
        wait_for(lambda: mock.in_flight == 8, 30, lambda: f"8 held: {mock.stats()}")
        job = job_at_work(spool, "job.jsonl")
        spool.run("pause", job)
        daemon.kill()
    mock.release()
    with spool.daemon():
        holds_for(lambda: state(spool, job)["state"] == "paused" and mock.count == 8, 1.5, "it stays paused")
        book = budget_file.today(spool)
        assert book.reserved == 0 and book.unknown > 0
        spool.run("resume", job)
        wait_for(lambda: results.jobs_named(spool, "job.jsonl"), 30, lambda: f"the rest: {spool.status()}")
    assert (mock.count, mock.distinct) == (48, 40), "what was in flight is asked again, and nothing else"
    results.check_whole(results.job_named(spool, "job.jsonl"), lines, spool.directory)


@pytest.mark.fast
def test_a_lane_is_paused_while_another_goes_on(spool, mock):
    spool.configure(bobbin=NIGHTLY)
    lines = chats(20, "nightly {}")
    with spool.daemon() as daemon:
        spool.run("pause", "--lane", "nightly")
        spool.drop("late.jsonl", lines, lane="nightly")
        spool.drop("job.jsonl", chats(5))
        wait_for(lambda: results.jobs(spool), 20, "the job of the other lane")
        job = job_at_work(spool, "late.jsonl")
        wait_for(lambda: (spool.path / "processing" / job / "plan.json").exists(), 20, "it is read and planned")
        [told] = spool.status()["paused_lanes"]
        assert told["lane"] == "nightly" and told["uid"] == os.getuid()
        assert "the lane nightly: uid" in spool.run("status").out
        assert "its lane nightly" in spool.run("resume", job, code=65).err
        daemon.kill()
    with spool.daemon():
        wait_for(lambda: state(spool, job)["state"] == "paused", 10, "it waits again")
        # A pause of its own holds it when that of its lane is over.
        spool.run("pause", job)
        spool.run("resume", "--lane", "nightly")
        holds_for(lambda: state(spool, job)["state"] == "paused" and mock.count == 5, 1.5, "it stays paused")
        spool.run("resume", job)
        wait_for(lambda: results.jobs_named(spool, "late.jsonl"), 20, lambda: f"the rest; {spool.status()}")
    results.check_whole(results.job_named(spool, "late.jsonl"), lines, spool.directory)
    assert (mock.count, mock.distinct) == (25, 25)


@pytest.mark.fast
def test_without_a_daemon(spool, mock):
    spool.configure(bobbin=NIGHTLY)
    spool.run("pause", "--lane", "nightly")
    spool.process("late.jsonl", chats(5), code=75, lane="nightly")
    job = job_at_work(spool, "late.jsonl")
    assert mock.count == 0 and state(spool, job)["state"] == "paused"
    assert "it goes on when a daemon is started" in spool.run("resume", "--lane", "nightly").out
    assert state(spool, job)["state"] == "queued"
    spool.run("pause", job)
    spool.once(code=75)
    assert mock.count == 0
    spool.run("resume", job)
    spool.once()
    assert mock.count == 5 and results.job_named(spool, "late.jsonl").verdict == "accepted"


@pytest.mark.fast
def test_what_cannot_be_paused_or_resumed_says_so(spool, mock):
    spool.process("job.jsonl", chats(2))
    job = results.job_named(spool, "job.jsonl").name
    assert "`bobbin report" in spool.run("pause", job, code=65).err
    assert "is no lane; there are: default" in spool.run("pause", "--lane", "../x", code=64).err
    assert "the lane default is not paused" in spool.run("resume", "--lane", "default", code=65).err
    spool.run("pause", code=64)
    spool.run("resume", job, "--lane", "default", code=64)
