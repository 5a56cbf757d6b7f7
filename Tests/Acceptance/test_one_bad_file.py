"""Whoever may write into the inbox cannot stop the house, and one job that is damaged stands still alone."""
import datetime
import json
import os
import subprocess
import tempfile

import pytest

import budget_file
import results
from request_lines import chat, chats, jsonl
from scratch_spool import ScratchSpool, environment
from waiting import wait_for
from wall_clock import WallClock


NOBODY = 65534
AS_NOBODY = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a daemon of another user")


@pytest.fixture
def spool_of_nobody(binary, mock):
    """For the daemon of another user, as under systemd."""
    with tempfile.TemporaryDirectory() as directory:
        spool = ScratchSpool(directory, binary, mock.url)
        os.chmod(directory, 0o777)
        for path in [spool.path, spool.inbox]:
            os.chown(path, NOBODY, NOBODY)
        yield spool


def others_go_on(spool, daemon, name):
    """A good file is still worked off, by the same process."""
    spool.drop(name, chats(2, prompt=f"{name}: number {{}}"))
    wait_for(
        lambda: not daemon.is_alive or results.jobs_named(spool, name), 30,
        lambda: f"{name}; {spool.status()}\n{daemon.log}")
    assert daemon.is_alive, f"the daemon ended: {daemon.process.poll()}\n{daemon.log}"


def stands_still(spool, job):
    return next((j for j in spool.status()["jobs"] if j["job"] == job and j["state"] == "stopped" and j["reason"]), None)


def test_a_manifest_that_is_a_link(spool):
    with spool.daemon() as daemon:
        os.symlink("/etc/passwd", spool.inbox / "x.jsonl.sha256")
        spool.drop("x.jsonl", chats(1))
        assert "symbolic link" in spool.waiting("x.jsonl")["reason"]
        others_go_on(spool, daemon, "good.jsonl")


def test_a_manifest_that_is_too_big(spool):
    with spool.daemon() as daemon:
        (spool.inbox / "x.jsonl.sha256").write_bytes(b"0" * 5000)
        spool.drop("x.jsonl", chats(1))
        spool.waiting("x.jsonl")
        others_go_on(spool, daemon, "good.jsonl")


@pytest.mark.parametrize("kind", ["file", "link"])
def test_something_else_has_the_name_of_a_lane(spool, kind):
    with spool.daemon() as daemon:
        if kind == "file":
            (spool.inbox / "nightly").write_bytes(b"not a directory")
        else:
            os.symlink("/etc", spool.inbox / "nightly")
        # The daemon makes the directories of lanes that it knows.
        spool.configure(bobbin="[lanes.nightly]\n")
        daemon.reload()
        spool.waiting("nightly")
        others_go_on(spool, daemon, "good.jsonl")


def test_a_file_that_may_not_be_moved(spool):
    with spool.daemon() as daemon:
        path = spool.inbox / "fixed.jsonl"
        # A writer keeps it from being claimed until it is immutable.
        with open(path, "wb") as file:
            file.write(jsonl(chats(1)))
            file.flush()
            if subprocess.run(["chattr", "+i", path], capture_output=True).returncode:
                pytest.skip("this file system or user has no chattr +i")
        try:
            wait_for(lambda: "EPERM" in daemon.log, 20, lambda: f"the reason in the log:\n{daemon.log}")
            others_go_on(spool, daemon, "good.jsonl")
            [waiting] = spool.status()["waiting"]
            assert waiting["reason"] == "it is about to be claimed"
            clock = WallClock(spool.directory)
            clock.go_from(datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=90))
            spool.environment = clock.environment
            [waiting] = spool.status()["waiting"]
            assert "not claimed" in waiting["reason"] and "in the daemon's log" in waiting["reason"]
        finally:
            subprocess.run(["chattr", "-i", path], check=True)


@needs_root
def test_a_file_that_may_not_be_read(spool_of_nobody):
    spool = spool_of_nobody
    secret = spool.write("secret.jsonl", chats(1))
    os.chmod(secret, 0)
    secret.rename(spool.inbox / "secret.jsonl")
    command = [*AS_NOBODY, spool.binary, "daemon", "--once", "--config", str(spool.config)]
    done = subprocess.run(command, capture_output=True, timeout=60, env=environment())
    assert done.returncode == 0, done.stderr.decode()
    assert (spool.inbox / "secret.jsonl").exists()


@needs_root
def test_files_of_others_in_a_sticky_directory_of_another(spool_of_nobody):
    """A shared folder that the daemon does not own, like /tmp: it may move its own files out of it and no others."""
    spool = spool_of_nobody
    os.chown(spool.inbox, 0, 0)
    os.chmod(spool.inbox, 0o1777)
    with spool.daemon(before=AS_NOBODY) as daemon:
        spool.drop("fixed.jsonl", chats(1))
        os.chown(spool.inbox / "fixed.jsonl", 1000, 1000)
        daemon.await_log("EPERM")
        own = spool.write("own.jsonl", chats(2))
        os.chown(own, NOBODY, NOBODY)
        own.rename(spool.inbox / "own.jsonl")
        wait_for(lambda: results.jobs_named(spool, "own.jsonl"), 30, lambda: f"own.jsonl\n{daemon.log}")
        assert (spool.inbox / "fixed.jsonl").exists() and not spool.directories("processing")
        os.chown(spool.inbox, NOBODY, NOBODY)
        wait_for(lambda: results.jobs_named(spool, "fixed.jsonl"), 30, lambda: f"fixed.jsonl\n{daemon.log}")


def owners(spool):
    return {path.stat().st_uid for path in [spool.path, *spool.path.rglob("*")]}


@needs_root
def test_root_asks_the_daemon_of_another_user(spool_of_nobody):
    """`sudo bobbin budget raise` under systemd: what root writes, the daemon can read, append to and remove."""
    spool = spool_of_nobody
    with spool.daemon(before=AS_NOBODY) as daemon:
        spool.run("budget", "raise", "0.01")
        daemon.await_log("budget.raised")
        assert "by=\"uid 0\"" in daemon.log, "it was root that asked"
        spool.run("submit", str(spool.write("handed-in.jsonl", chats(1))))
        others_go_on(spool, daemon, "good.jsonl")
        wait_for(lambda: results.jobs_named(spool, "handed-in.jsonl"), 30, lambda: f"handed-in.jsonl\n{daemon.log}")
    assert owners(spool) == {NOBODY}


@needs_root
def test_root_works_without_a_daemon_in_the_spool_of_another_user(spool_of_nobody):
    spool = spool_of_nobody
    spool.run("budget", "raise", "0.01")
    spool.run("run", str(spool.write("a.jsonl", chats(2))))
    spool.run("hashlog", "prune", "--older-than", "1d")
    assert owners(spool) == {NOBODY}
    [day] = (spool.path / "budget").iterdir()
    assert '"uid 0"' in day.read_text(), "it was root that raised the cap"
    with spool.daemon(before=AS_NOBODY) as daemon:
        others_go_on(spool, daemon, "good.jsonl")


@needs_root
@pytest.mark.parametrize("command", [["doctor"], ["daemon", "--once"]])
def test_what_root_tries_first_leaves_the_spool_to_its_owner(spool_of_nobody, command):
    spool = spool_of_nobody
    spool.run(*command)
    assert owners(spool) == {NOBODY}
    with spool.daemon(before=AS_NOBODY) as daemon:
        others_go_on(spool, daemon, "good.jsonl")


@needs_root
def test_who_may_only_look_and_hand_in(spool_of_nobody):
    """Of the groups of the daemon and of its inbox, as README.md has a person be."""
    spool = spool_of_nobody
    as_reader = ["setpriv", "--reuid", "1000", "--regid", str(NOBODY), "--clear-groups"]

    def run(*arguments):
        return subprocess.run(
            [*as_reader, spool.binary, *map(str, arguments), "--config", str(spool.config)], env=environment(),
            capture_output=True, text=True, timeout=60)

    spool.inbox.chmod(0o3770)
    lines = spool.write("mine.jsonl", chats(3))
    spool.run("doctor")
    none = run("run", lines)
    assert none.returncode == 77 and "sudo" in none.stderr and not list(spool.inbox.iterdir())
    with spool.daemon(before=AS_NOBODY):
        followed = run("run", lines)
        assert followed.returncode == 0 and "accepted" in followed.stdout, followed.stderr
        for operation in ["budget", "raise", "5.00"], ["doctor"], ["pause", "--lane", "default"], ["daemon", "--once"]:
            refused = run(*operation)
            assert refused.returncode == 77 and "belongs to nobody" in refused.stderr, (operation, refused.stderr)
        assert run("status").returncode == 0 and run("report").returncode == 0


@pytest.mark.parametrize("how", ["a directory", "another version"])
def test_an_odd_file_of_a_job_at_the_start(spool, mock, how):
    mock.hold()
    with spool.daemon() as daemon:
        spool.drop("a.jsonl", chats(3))
        wait_for(lambda: mock.in_flight == 3, 20, "three requests in flight")
        daemon.kill()
    [job] = spool.directories("processing")
    if how == "a directory":
        (job / "shards" / "0001.jsonl").unlink()
        (job / "shards" / "0001.jsonl").mkdir()
    else:
        record = job / "job.json"
        record.write_text(record.read_text().replace('"v":1', '"v":2'))
    mock.release()
    with spool.daemon() as daemon:
        others_go_on(spool, daemon, "good.jsonl")
        reason = stands_still(spool, job.name)["reason"]
        assert ("0001.jsonl" if how == "a directory" else "newer version") in reason
        assert job.is_dir() and (job / "input.jsonl").exists()
    assert stands_still(spool, job.name) or how == "a directory", "also where no daemon is running"


def test_directories_with_the_names_of_the_self_test(spool):
    (spool.inbox / ".bobbin-self-test").mkdir()
    with spool.daemon() as daemon:
        others_go_on(spool, daemon, "good.jsonl")


@pytest.mark.parametrize("how", ["gone", "no directory"])
def test_an_inbox_that_is_gone_for_a_while(spool, mock, how):
    with spool.daemon() as daemon:
        spool.inbox.rename(spool.path / "moved-away")
        if how == "no directory":
            spool.inbox.touch()
        daemon.reload()
        daemon.await_log("inbox.closed")
        assert "inbox" in spool.run("status").err
        if how == "no directory":
            spool.inbox.unlink()
        spool.inbox.mkdir()
        daemon.await_log("inbox.recovered")
        others_go_on(spool, daemon, "good.jsonl")
        assert daemon.log.count("inbox.closed") == 1


def test_a_result_is_in_the_way(spool, mock):
    mock.hold()
    with spool.daemon() as daemon:
        spool.drop("a.jsonl", chats(2))
        wait_for(lambda: mock.in_flight == 2, 20, "both requests in flight")
        [job] = spool.directories("processing")
        (spool.path / "done" / job.name).mkdir()
        mock.release()
        stopped = wait_for(lambda: stands_still(spool, job.name), 20, lambda: f"{job.name} to stand still\n{daemon.log}")
        assert "there already" in stopped["reason"]
        (spool.path / "done" / job.name).rmdir()
        others_go_on(spool, daemon, "good.jsonl")
    spool.once()
    assert len(results.job_named(spool, "a.jsonl").output()) == 2 and mock.resent == 0



def test_a_job_is_damaged_at_the_start(spool, mock):
    mock.hold()
    with spool.daemon() as daemon:
        spool.drop("a.jsonl", chats(3))
        wait_for(lambda: mock.in_flight == 3, 20, "three requests in flight")
        daemon.kill()
    reserved = spool.status()["day"]["reserved_usd"]
    [job] = spool.directories("processing")
    attempts = job / "attempts.jsonl"
    attempts.write_bytes(b"no attempt\n" + attempts.read_bytes())
    mock.release()
    with spool.daemon() as daemon:
        others_go_on(spool, daemon, "good.jsonl")
        assert stands_still(spool, job.name)
        # What cannot be proven not to have been sent is charged.
        day = spool.status()["day"]
        assert (day["reserved_usd"], day["unknown_usd"]) == ("0", reserved)


def test_the_money_of_a_damaged_job_does_not_hold_up_the_others(spool, mock):
    """The damage is found in the middle, while another shard of the job has a reservation."""
    spool.configure(lane="concurrency = 8\nshard_lines = 2", gate="[canary]\nlines = 0\n")
    lines = chats(4)
    worst = float(spool.json("plan", spool.write("plan.jsonl", lines))["worst_usd"])
    spool.configure(
        lane="concurrency = 8\nshard_lines = 2", gate="[canary]\nlines = 0\n", budget=f'[day]\nusd = "{worst:.9f}"\n')
    mock.hold()
    with spool.daemon() as daemon:
        spool.drop("a.jsonl", lines)
        wait_for(lambda: mock.in_flight == 4, 20, "four requests in flight")
        [job] = spool.directories("processing")
        shard = job / "shards" / "0001.jsonl"
        shard.write_bytes(b"{}\n")
        mock.release(2)
        mock.release()
        wait_for(lambda: stands_still(spool, job.name), 20, lambda: f"{job.name} to stand still\n{daemon.log}")
        assert spool.status()["day"]["reserved_usd"] == "0"
        others_go_on(spool, daemon, "good.jsonl")
        daemon.stop(seconds=15)


def test_a_claimed_file_that_somebody_holds_open(spool):
    """As a kill leaves it between claim and snapshot. Nothing waits for it but its own job, not even READY=1."""
    job = spool.path / "processing" / "held.20260101T000000Z.abcdef"
    job.mkdir(parents=True)
    at = "2026-01-01T00:00:00Z"
    (job / "job.json").write_text(json.dumps({
        "v": 1, "name": "held.jsonl", "size": 1, "uid": 0, "lane": "default", "arrived_at": at, "claimed_at": at}))
    lines = chats(1)
    with open(job / "delivered", "wb") as file:
        file.write(jsonl(lines))
        file.flush()
        with spool.daemon() as daemon:
            others_go_on(spool, daemon, "good.jsonl")
            assert [j["job"] for j in spool.status()["jobs"]] == [job.name]
            file.close()
            wait_for(lambda: results.jobs_named(spool, "held.jsonl"), 20, lambda: f"the held file\n{daemon.log}")


def test_an_answer_that_is_nested_to_the_limit(spool, mock):
    """512 containers are read, and so many within our own line are not: it was paid for, written, and never read back."""
    answer = (
        '{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"hi"}}],'
        '"usage":{"prompt_tokens":3,"completion_tokens":2},"x":' + "[" * 511 + "]" * 511 + "}")
    mock.script = lambda request: {"body": answer}
    lines = chats(2)
    spool.process("deep.jsonl", lines)
    job = results.job_named(spool, "deep.jsonl")
    assert job.report["lines"]["answered"] == 2 and mock.count == 2
    assert job.spent == budget_file.total_spent(spool) > 0


def test_thousands_of_files_that_nobody_claims(spool):
    """They wait, the good file among them does not, and a stop is not at the end of a line of looks at them."""
    for number in range(5000):
        (spool.inbox / f"{number:05}.txt").touch()
    with spool.daemon() as daemon:
        others_go_on(spool, daemon, "good.jsonl")
        daemon.stop(seconds=10)


def test_a_hangup_right_after_ready(spool):
    """`systemctl reload` may follow READY=1 at once: it is a reload, not the end of the process."""
    for _ in range(8):
        with spool.daemon() as daemon:
            daemon.reload()
            assert daemon.is_alive, f"the daemon ended: {daemon.process.poll()}\n{daemon.log}"


def test_a_line_that_is_too_long(spool):
    """64 MiB is the longest line: one byte more is refused with its number, whatever it holds, and the others run."""
    longest = 64 << 20
    first, last = chats(2)
    frame = jsonl([chat("long", "")])[:-1]
    lines = [first, frame.replace(b'"content": ""', b'"content": "%s"' % (b"x" * (longest + 1 - len(frame)))), last]
    assert len(lines[1]) == longest + 1
    spool.configure(lane="bad_lines = 0.5")
    with spool.daemon() as daemon:
        spool.drop("long.jsonl", jsonl(lines))
        others_go_on(spool, daemon, "good.jsonl")
        job = wait_for(lambda: next(iter(results.jobs_named(spool, "long.jsonl")), None), 120, "the long line's file")
        status = (line.split() for line in open(f"/proc/{daemon.process.pid}/status"))
        peak = int(next(words[1] for words in status if words[0] == "VmHWM:"))
    assert peak < 512 << 10, f"{peak} KiB for a line that is refused"
    assert [record["custom_id"] for record in job.output()] == [first["custom_id"], last["custom_id"]]
    (error,) = job.errors()
    assert (error["custom_id"], error["error"]["code"]) == (None, "line_too_long")
    assert error["error"]["message"].startswith(f"line 2: it has {longest + 1} bytes")
    assert job.reprocess() == [] and job.report["lines"]["total"] == 3


def test_a_line_that_is_just_not_too_long(spool):
    """It is read, sent and answered."""
    frame = jsonl([chat("long", "")])[:-1]
    line = frame.replace(b'"content": ""', b'"content": "%s"' % (b"x" * ((64 << 20) - len(frame))))
    spool.process("long.jsonl", [line])
    job = results.job_named(spool, "long.jsonl")
    assert [record["custom_id"] for record in job.output()] == ["long"] and job.errors() == []


def test_nothing_but_tiny_bad_lines(spool):
    """100 MB of them: rejected, all of them counted, in a memory that has nothing to do with their number."""
    lines = 50_000_000
    with spool.daemon() as daemon:
        spool.drop("tiny.jsonl", b"x\n" * lines)
        job = wait_for(lambda: next(iter(results.jobs_named(spool, "tiny.jsonl")), None), 240, "the file to be rejected")
        status = (line.split() for line in open(f"/proc/{daemon.process.pid}/status"))
        peak = int(next(words[1] for words in status if words[0] == "VmHWM:"))
        others_go_on(spool, daemon, "good.jsonl")
    assert job.verdict == "rejected" and job.report["lines"]["refused"] == lines and len(job.errors()) == 10_000
    assert peak < 384 << 10, f"{peak} KiB"
