"""`run` follows a file to its verdict, with a daemon or without; `submit` hands it in safely."""
import subprocess

import pytest

import results
from request_lines import chats, jsonl
from waiting import wait_for


@pytest.mark.fast
def test_run_needs_no_daemon(spool, mock):
    path = spool.write("job.jsonl", chats(10))
    told = spool.run("run", path)
    job = results.job_named(spool, "job.jsonl")
    assert job.name in told.out + told.err and mock.count == 10
    assert path.exists(), "run takes a copy: the file of the person stays"
    results.check_whole(job, chats(10), spool.directory)


def test_run_uses_a_daemon_if_it_runs(spool, mock):
    with spool.daemon() as daemon:
        spool.run("run", spool.write("job.jsonl", chats(10)))
        assert daemon.is_alive and len(results.jobs(spool)) == 1 and mock.count == 10


def test_a_run_beside_another_does_its_own_when_that_is_over(spool, mock):
    mock.hold()
    first = spool.start("run", spool.write("first.jsonl", chats(2)), stdout=subprocess.PIPE)
    wait_for(lambda: mock.count, 20, "the first to be at work")
    second = spool.start("run", spool.write("second.jsonl", chats(3, start=10)), stdout=subprocess.PIPE)
    waiting = spool.waiting("second.jsonl")
    assert f"process {first.pid} works on the files of a `bobbin run` alone" in waiting["reason"]
    mock.release()
    assert [process.wait(60) for process in (first, second)] == [0, 0]
    assert len(results.jobs(spool)) == 2 and mock.count == 5


def test_a_run_says_so_where_its_daemon_was_killed(spool, mock):
    mock.hold()
    with spool.daemon() as daemon:
        follower = spool.start("run", spool.write("job.jsonl", chats(3)), stderr=subprocess.PIPE, text=True)
        wait_for(lambda: mock.count == 3, 20, lambda: daemon.log)
        daemon.kill()
        mock.release()
        _, said = follower.communicate(timeout=60)
        assert follower.returncode == 75 and "a daemon goes on with it" in said
    spool.once()
    assert results.job_named(spool, "job.jsonl").verdict == "accepted"


def test_run_takes_several_files_and_standard_input(spool, mock):
    paths = [spool.write(f"file-{i}.jsonl", chats(3, start=3 * i)) for i in range(3)]
    spool.run("run", *paths)
    spool.run("run", "-", stdin=jsonl(chats(2, start=50)))
    assert len(results.jobs(spool)) == 4 and mock.count == 11


def test_run_exits_1_when_the_gate_rejects(spool, mock):
    mock.script = lambda request: {"finish_reason": "length"}
    told = spool.run("run", spool.write("job.jsonl", chats(10)), code=1)
    assert "rejected" in told.out + told.err


def test_run_exits_65_when_the_file_is_none(spool, mock):
    told = spool.run("run", spool.write("page.jsonl", b"<html></html>\n"), code=65)
    assert mock.count == 0 and "page.jsonl" in told.err + told.out


def test_run_exits_75_when_parked(spool, mock):
    lines = chats(30)
    spool.configure(budget='[day]\nusd = "0.0004"\n')
    usage = {"prompt_tokens": 60, "completion_tokens": 32, "total_tokens": 92}
    mock.script = lambda request: {"usage": usage}
    spool.run("run", spool.write("job.jsonl", lines), code=75)
    [job] = spool.status()["jobs"]
    assert job["state"] == "parked" and mock.count < 30


def test_run_with_json_prints_the_report(spool, mock):
    report = spool.json("run", spool.write("job.jsonl", chats(4)))
    report = report[0] if isinstance(report, list) else report
    assert report["lines"]["answered"] == 4 and report["verdict"] == "accepted"


@pytest.mark.fast
def test_submit_prints_the_name_in_the_inbox(spool, mock):
    path = spool.write("job.jsonl", chats(3))
    name = spool.run("submit", path).out.strip().splitlines()[-1]
    assert name.rsplit("/", 1)[-1].endswith(".jsonl")
    [there] = [entry for entry in spool.inbox.glob("*") if not entry.name.startswith(".")]
    assert there.name == name.rsplit("/", 1)[-1] and there.read_bytes() == jsonl(chats(3)) and path.exists()


def test_submit_refuses_a_name_that_is_never_looked_at(spool, mock):
    path = spool.write(".hidden.jsonl", chats(1))
    for command in ("submit", "run"):
        assert "never looked at" in spool.run(command, path, code=64).err
    assert not list(spool.inbox.iterdir())


def test_submit_never_overwrites(spool, mock):
    for number in range(3):
        spool.run("submit", spool.write("same.jsonl", chats(2, start=2 * number)))
    assert len(list(spool.inbox.glob("*.jsonl"))) == 3
    spool.once()
    assert mock.count == 6


def test_submit_into_a_lane(spool, mock):
    spool.configure(bobbin="[lanes.urgent]\npriority = 1\n")
    spool.run("submit", spool.write("job.jsonl", chats(3)), "--lane", "urgent")
    spool.once()
    assert results.jobs(spool)[0].report["lane"] == "urgent"
    refused = spool.run("submit", spool.write("job.jsonl", chats(3)), "--lane", "nowhere", code=None)
    assert refused.returncode in (64, 65, 78) and "nowhere" in refused.err


def test_a_submitted_file_is_picked_up(spool, mock):
    with spool.daemon():
        spool.run("submit", spool.write("job.jsonl", chats(3)))
        wait_for(lambda: results.jobs(spool), 30, "the verdict")
