"""Real limits of the machine are reached: files go on being claimed, whole and once, and nothing ends."""
import os
import signal
import subprocess

import pytest

import results
from mock_answers import marker
from request_lines import chat, chats
from test_daemon_life import children
from waiting import wait_for


def done(spool, name, daemon):
    return wait_for(
        lambda: results.jobs_named(spool, name), 60, lambda: f"{name}; {spool.status()}\n{daemon.log}")


def user_namespace(limit, value):
    """A program to start the daemon by: in there the kernel's limit is `value`, out here it stays what it is."""
    set_limit = f"echo {value} > /proc/sys/user/{limit}"
    before = ["unshare", "--user", "--map-root-user", "sh", "-c"]
    tried = subprocess.run([*before, set_limit], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"this machine makes no such user namespace: {tried.stderr}")
    return [*before, f'{set_limit} && exec "$0" "$@"']


@pytest.mark.parametrize("limit", ["max_inotify_instances", "max_inotify_watches"])
def test_no_inotify_is_left(spool, mock, limit):
    with spool.daemon(before=user_namespace(limit, 0)) as daemon:
        daemon.await_log("watch.polling")
        spool.drop("job.jsonl", chats(3))
        done(spool, "job.jsonl", daemon)
        assert daemon.log.count("watch.polling") == 1 and "/proc/sys/fs/inotify" in daemon.log, "said once, and where"
    assert mock.count == 3


def test_hardly_any_descriptor_is_left(spool, mock):
    """64 requests may be in flight; at rest a daemon has 25 open."""
    with spool.daemon(before=["prlimit", "--nofile=40:40"]) as daemon:
        spool.drop("job.jsonl", chats(200))
        done(spool, "job.jsonl", daemon)
        assert daemon.log.count("environment.trouble") <= 1, daemon.log
    results.check_whole(results.job_named(spool, "job.jsonl"), chats(200), spool.directory)
    assert mock.distinct == 200


def test_more_events_than_the_kernel_keeps(spool, mock):
    """That of the file is not among those that the helper reads."""
    with spool.daemon() as daemon:
        [(helper, _)] = wait_for(lambda: children(daemon.process.pid), 10, "the helper")
        os.kill(helper, signal.SIGSTOP)
        with open("/proc/sys/fs/inotify/max_queued_events") as file:
            most = int(file.read())
        names = [spool.inbox / ".one", spool.inbox / ".other"]
        for number in range(most + 100):
            names[number % 2].touch()
        spool.drop("job.jsonl", chats(3))
        os.kill(helper, signal.SIGCONT)
        done(spool, "job.jsonl", daemon)
    assert mock.count == 3


def test_a_retry_after_of_a_week(spool, mock):
    """Nobody waits for an hour without a word why, and a stop does not wait with it."""
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", [chat("week", marker(status=429, retry_after="604800", times=1))])
        reason = wait_for(
            lambda: [job["reason"] for job in spool.status()["jobs"] if "Retry-After" in job["reason"]], 30,
            lambda: f"its reason: {spool.status()}")
        assert "wants no request until" in reason[0]
        daemon.stop(seconds=10)
    assert mock.count == 1
