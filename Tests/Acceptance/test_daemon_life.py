"""The daemon's life: one on a spool, a clean stop that loses and repeats nothing, lanes, and a helper that dies."""
import os
import signal
import statistics
import time

import pytest

import budget_file
import results
from daemon import Daemon
from mock_answers import marker
from request_lines import chat, chats
from waiting import holds_for, wait_for


def set_shutdown_timeout(spool, timeout):
    text = (spool.config / "bobbin.toml").read_text()
    spool.write_config(bobbin=text.replace('shutdown_timeout = "10s"', f'shutdown_timeout = "{timeout}"'))


@pytest.mark.fast
def test_a_second_daemon_on_the_spool_says_so_and_ends(spool, mock):
    with spool.daemon() as first:
        second = spool.run("daemon", code=None, seconds=20)
        assert second.returncode not in (0, 70)
        assert str(first.process.pid) in second.err or str(spool.path) in second.err
        assert spool.run("daemon", "--once", code=None, seconds=20).returncode not in (0, 70)
        spool.drop("job.jsonl", chats(3))
        wait_for(lambda: results.jobs(spool), 30, "the verdict of the first daemon")


def test_a_spool_is_made_where_there_is_none(spool, mock):
    spool.inbox.rmdir()
    spool.path.rmdir()
    spool.once()
    assert {"inbox", "processing", "done", "rejected"} <= {entry.name for entry in spool.path.iterdir()}


@pytest.mark.fast
def test_an_idle_daemon_stops_at_once(spool):
    """Well before the shutdown's timeout, for it has nothing to wait for."""
    set_shutdown_timeout(spool, "300s")
    with spool.daemon() as daemon:
        daemon.stop(seconds=60)
        assert "STOPPING=1" in daemon.messages()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_in_the_middle_repeats_nothing(spool, mock, ending):
    spool.configure(lane="concurrency = 8\nshard_lines = 40")
    lines = chats(200)
    spool.drop("job.jsonl", lines)
    set_shutdown_timeout(spool, "60s")
    mock.release(60)
    with spool.daemon() as daemon:
        wait_for(lambda: mock.count == 68 and mock.in_flight == 8, 30, lambda: f"60 answered, 8 held: {mock.stats()}")
        daemon.process.send_signal(ending)
        daemon.await_message("STOPPING=1")
        mock.release()
        assert daemon.await_exit(60) == 0, daemon.log
        assert mock.count < 200, "the stop came after the end"
        assert all(request.outcome == "answered" for request in mock.seen), "an answer was on its way and not awaited"
    spool.once()
    assert (mock.count, mock.distinct) == (200, 200)
    results.check_whole(results.job_named(spool, "job.jsonl"), lines, spool.directory)
    assert budget_file.total_unknown(spool) == 0


def test_a_second_interrupt_changes_nothing(spool, mock):
    """An impatient Ctrl-C: the answers that are on their way are awaited all the same."""
    set_shutdown_timeout(spool, "60s")
    mock.hold()
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", chats(40))
        mock.await_in_flight(16)
        daemon.process.send_signal(signal.SIGINT)
        daemon.await_message("STOPPING=1")
        daemon.process.send_signal(signal.SIGINT)
        holds_for(lambda: daemon.is_alive and mock.in_flight == 16, 0.5, "a daemon that awaits its answers")
        mock.release()
        assert daemon.await_exit(60) == 0, daemon.log
    assert mock.count == 16 and all(request.outcome == "answered" for request in mock.seen)
    spool.once()
    assert (mock.count, mock.distinct) == (40, 40) and budget_file.total_unknown(spool) == 0


@pytest.mark.parametrize("beyond", [False, True], ids=["within a request's time", "beyond a request's time"])
def test_a_daemon_that_is_stopped_and_goes_on(spool, mock, beyond):
    """SIGSTOP for a while. An answer that is read too late may have been paid for: asked again, it is on the books."""
    timeout = 2 if beyond else 20
    spool.configure(bobbin=f'[retry]\nattempts = 4\nbase = "10ms"\nrequest_timeout = "{timeout}s"\n')
    lines = chats(100)
    mock.hold()
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", lines)
        mock.await_in_flight(16)
        daemon.process.send_signal(signal.SIGSTOP)
        mock.release()
        wait_for(lambda: mock.in_flight == 0, 20, "answers that nobody reads")
        sent = mock.count
        if beyond:
            last = max(request.at for request in mock.seen)
            wait_for(lambda: time.monotonic() > last + timeout + 1, 20, "the end of each request's time")
        assert mock.count == sent
        daemon.process.send_signal(signal.SIGCONT)
        wait_for(lambda: results.jobs(spool), 60, lambda: f"the verdict: {spool.status()}\n{daemon.log}")
    job = results.job_named(spool, "job.jsonl")
    results.check_whole(job, lines, spool.directory)
    assert job.report["lines"]["answered"] == 100
    assert mock.resent <= (16 if beyond else 0)
    assert (mock.resent > 0) == (budget_file.total_unknown(spool) > 0)


def test_files_that_arrive_during_reloads(spool, mock):
    with spool.daemon() as daemon:
        for number in range(20):
            told = len(daemon.messages())
            spool.configure(lane=f"concurrency = {1 + number % 16}")
            daemon.process.send_signal(signal.SIGHUP)
            spool.drop(f"{number:02}.jsonl", chats(1, start=number))
            daemon.await_message("READY=1", after=told)
        wait_for(lambda: len(results.jobs(spool)) == 20, 120, lambda: f"20 verdicts: {spool.status()}\n{daemon.log}")
    assert (mock.count, mock.distinct) == (20, 20)


def test_files_that_arrive_while_it_starts(spool, mock):
    """One every ten milliseconds: before its watch begins, and while what lay there is looked at."""
    numbers = iter(range(1000))

    def drop():
        number = next(numbers)
        spool.drop(f"{number:03}.jsonl", chats(1, start=number))
        return number + 1

    for _ in range(2):
        daemon = Daemon(spool)
        try:
            wait_for(lambda: drop() and "READY=1" in daemon.messages(), 60, lambda: f"READY=1\n{daemon.log}")
            count = drop()
            wait_for(lambda: len(results.jobs(spool)) == count, 180, lambda: f"{count} verdicts\n{daemon.log}")
            daemon.stop()
        finally:
            daemon.end()
    assert (mock.count, mock.distinct) == (count, count)


def test_a_stop_does_not_wait_for_a_hanging_server(spool, mock):
    spool.configure(bobbin='[retry]\nrequest_timeout = "600s"\n')
    set_shutdown_timeout(spool, "1s")
    spool.drop("job.jsonl", [chat("hang", "never " + marker(hang=True, times=1)), *chats(5)])
    with spool.daemon() as daemon:
        wait_for(lambda: mock.count == 6 and mock.in_flight == 1, 30, "one request that hangs")
        began = time.monotonic()
        daemon.stop(seconds=60)
        assert time.monotonic() - began > 0.5, "it did not wait at all"
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    assert mock.resent == 1 and job.report["lines"]["answered"] == 6 and budget_file.total_unknown(spool) > 0


def test_a_lane_that_appears_while_running_is_picked_up(spool, mock):
    spool.configure(bobbin="[lanes.urgent]\npriority = 1\n")
    with spool.daemon():
        spool.drop("one.jsonl", chats(2), lane="urgent")
        wait_for(lambda: results.jobs(spool), 30, lambda: f"the verdict: {spool.status()}")
        spool.drop("two.jsonl", chats(2, start=9), lane="urgent")
        wait_for(lambda: len(results.jobs(spool)) == 2, 30, "the second verdict")
    assert {job.report["lane"] for job in results.jobs(spool)} == {"urgent"}


def test_a_lower_priority_number_runs_first(spool, mock):
    spool.configure(
        lane="concurrency = 4\nshard_lines = 20\npriority = 100",
        bobbin="[lanes.urgent]\nconcurrency = 4\nshard_lines = 20\npriority = 1\n")
    mock.delay = 0.01
    spool.drop("slow.jsonl", chats(200, prompt="ordinary {}"))
    spool.drop("fast.jsonl", chats(60, prompt="urgent {}"), lane="urgent")
    spool.once()
    order = [request.text.split()[0] for request in mock.seen]
    places = {word: [i for i, found in enumerate(order) if found == word] for word in ("urgent", "ordinary")}
    assert statistics.median(places["urgent"]) < statistics.median(places["ordinary"])
    assert places["urgent"][-1] < places["ordinary"][-1]


def test_a_manifest_is_waited_for(spool, mock):
    spool.configure(lane='manifest = "required"')
    with spool.daemon():
        spool.drop("job.jsonl", chats(3))
        assert ".done" in spool.waiting("job.jsonl")["reason"]
        (spool.inbox / "job.jsonl.done").touch()
        wait_for(lambda: results.jobs(spool), 30, lambda: f"the verdict: {spool.status()}")
    assert mock.count == 3


def test_a_manifest_with_another_checksum_sends_nothing(spool, mock):
    spool.configure(lane='manifest = "required"')
    with spool.daemon():
        (spool.inbox / "job.jsonl.sha256").write_text("0" * 64 + "  job.jsonl\n")
        spool.drop("job.jsonl", chats(3))
        spool.drop("other.jsonl", chats(2, start=10))
        spool.inbox.joinpath("other.jsonl.done").touch()
        wait_for(lambda: results.jobs_named(spool, "other.jsonl"), 30, "the other file")
        wait_for(lambda: results.jobs_named(spool, "job.jsonl") or spool.status()["waiting"], 20, "its reason")
    assert mock.count == 2


def children(pid):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    name, _, rest = file.read().partition("(")[2].rpartition(")")
            except OSError:
                continue  # it has ended meanwhile
            if int(rest.split()[1]) == pid:
                found.append((int(entry), name))
    return found


def test_a_dead_helper_is_replaced(spool, mock):
    with spool.daemon() as daemon:
        [(helper, _)] = wait_for(lambda: children(daemon.process.pid), 10, "the helper")
        os.kill(helper, signal.SIGKILL)
        spool.drop("job.jsonl", chats(2))
        wait_for(lambda: results.jobs(spool), 30, "a file dropped while the helper was dead")
        wait_for(lambda: [c for c in children(daemon.process.pid) if c[0] != helper], 30, "a new helper")


def test_the_helper_does_not_outlive_the_daemon(spool):
    with spool.daemon() as daemon:
        [(helper, _)] = wait_for(lambda: children(daemon.process.pid), 10, "the helper")
        daemon.kill()

        def is_gone():
            try:
                with open(f"/proc/{helper}/stat") as file:
                    return file.read().rpartition(")")[2].split()[0] == "Z"
            except OSError:
                return True
        wait_for(is_gone, 10, f"the helper {helper} to end")


def test_an_inbox_that_is_moved_away_and_made_again(spool, mock):
    with spool.daemon() as daemon:
        spool.inbox.rename(spool.path / "moved-away")
        spool.inbox.mkdir()
        spool.drop("job.jsonl", chats(2))
        wait_for(lambda: results.jobs(spool), 90, lambda: f"the verdict\n{daemon.log}")


def test_the_journal_tells_a_job_in_a_line_each(spool, mock):
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", chats(2))
        wait_for(lambda: results.jobs(spool), 30, "the verdict")
        job = results.jobs(spool)[0].name
        daemon.await_log("job.accepted")
        for event in ("job.claimed", "job.accepted"):
            assert [line for line in daemon.log.splitlines() if event in line and job in line]
        assert "Say a word" not in daemon.log, "a prompt in the log"


def test_a_notification_command_is_given_the_event(spool, mock):
    out = spool.directory / "events"
    script = spool.directory / "tell"
    script.write_text(f'#!/bin/sh\n{{ echo "$1"; cat; echo; }} >> "{out}"\n')
    script.chmod(0o755)
    spool.configure(bobbin=f'[notify]\nexec = ["{script}", "{{event}}"]\n', budget='[day]\nusd = "0.0004"\n')
    mock.script = lambda request: {"usage": {"prompt_tokens": 60, "completion_tokens": 32, "total_tokens": 92}}
    with spool.daemon():
        spool.drop("job.jsonl", chats(40))
        spool.parked()
        wait_for(lambda: out.exists() and "job.parked" in out.read_text() + "", 20, "the event")
        holds_for(lambda: out.read_text().count("job.parked\n") == 1, 0.5, "one event for one parking")
