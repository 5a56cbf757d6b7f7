"""What happens to the file systems below a spool while a daemon is at work in it. Needs root."""
import contextlib
import os
import pathlib
import subprocess

import pytest

import budget_file
import results
from request_lines import chats, jsonl
from test_daemon_life import set_shutdown_timeout
from waiting import holds_for, wait_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")


def mount(*arguments):
    mounted = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"this machine does not mount: {mounted.stderr}")


def unmount(path):
    subprocess.run(["umount", "--lazy", path], check=True)


@contextlib.contextmanager
def mounted(path, *arguments):
    mount(*arguments, path)
    try:
        yield
    finally:
        unmount(path)


def below(directory):
    return sorted(path.name for path in directory.iterdir())


def drop_on(spool, name, lines):
    """By rename within the mount."""
    (spool.inbox / ".new").write_bytes(jsonl(lines))
    (spool.inbox / ".new").rename(spool.inbox / name)


def complaints(daemon, word):
    return [line for line in daemon.log.splitlines() if word in line]


@pytest.mark.parametrize("part", ["processing", "done", "rejected"])
def test_a_directory_of_the_spool_on_a_mount_of_its_own_is_refused(spool, mock, part):
    """The same file system, as a bind mount: only a rename shows it."""
    spool.once()
    spool.drop("job.jsonl", chats(2))
    with mounted(spool.path / part, "--bind", spool.path / part):
        refused = spool.once(code=None)
        assert refused.returncode == 73 and "different mounts" in refused.err, refused.err  # EX_CANTCREAT, sysexits.h
        assert any(check["status"] == "failed" for check in spool.json("doctor", code=None)["tests"])
    assert below(spool.inbox) == ["job.jsonl"] and mock.count == 0
    spool.once()
    assert results.job_named(spool, "job.jsonl").verdict == "accepted"


def test_a_spool_that_is_mounted_read_only_is_refused(spool, mock):
    spool.once()
    spool.drop("job.jsonl", chats(2))
    with mounted(spool.path, "--bind", spool.path):
        mount("-o", "remount,bind,ro", spool.path)
        refused = spool.once(code=None)
        assert refused.returncode == 73 and "read-only" in refused.err, refused.err
    spool.once()
    assert results.job_named(spool, "job.jsonl").verdict == "accepted" and mock.count == 2


@pytest.fixture
def own_disk(spool):
    """The spool on an ext4 of its own, which turns read-only at an error as most are told to: `break_it()`."""
    image = spool.directory / "disk"
    with open(image, "wb") as file:
        file.truncate(64 << 20)
    if subprocess.run(["mkfs.ext4", "-q", "-F", image], capture_output=True).returncode:
        pytest.skip("mkfs.ext4 does not work here")
    arguments = ("-o", "loop,errors=remount-ro", image)
    spool.inbox.rmdir()
    with mounted(spool.path, *arguments):
        spool.inbox.mkdir()

        def break_it():
            source = subprocess.run(
                ["findmnt", "-n", "-o", "SOURCE", spool.path], check=True, capture_output=True, text=True).stdout
            pathlib.Path(f"/sys/fs/ext4/{pathlib.Path(source.strip()).name}/trigger_fs_error").write_text("1")

        def mend_it():
            subprocess.run(["umount", spool.path], check=True)
            subprocess.run(["e2fsck", "-p", image], check=False, capture_output=True)
            mount(*arguments, spool.path)

        spool.break_it, spool.mend_it = break_it, mend_it
        yield spool


def test_a_spool_that_turns_read_only_in_the_middle_loses_nothing(own_disk, mock):
    spool, lines = own_disk, chats(60)
    mock.hold()
    with spool.daemon() as daemon:
        drop_on(spool, "job.jsonl", lines)
        mock.await_in_flight(16)
        spool.break_it()
        mock.release()
        wait_for(lambda: complaints(daemon, "read-only"), 30, lambda: f"it to say so:\n{daemon.log}")
        wait_for(lambda: mock.in_flight == 0, 30, "what is in flight to end")
        holds_for(lambda: daemon.is_alive and mock.count <= 32, 6, "a living daemon that sends nothing more")
        said = complaints(daemon, "environment.trouble")
        assert len(said) == len(set(said)) <= 2, f"said again and again:\n{daemon.log}"
        daemon.stop()
    spool.mend_it()
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    results.check_whole(job, lines, spool.directory)
    assert job.verdict == "accepted" and mock.resent <= 32
    assert budget_file.today(spool).reserved == 0
    if mock.resent:
        assert budget_file.total_unknown(spool) > 0, "sent again, but nowhere booked as unknown"
    spool.run("budget", "verify")


@contextlib.contextmanager
def mounted_twice(spool):
    """The spool on a file system of its own, which can be reached by the path in it as well when it is unmounted."""
    spool.inbox.rmdir()
    held = spool.directory / "held"
    held.mkdir()
    with mounted(held, "-t", "tmpfs", "-o", "size=64m", "bobbin"):
        mount("--bind", held, spool.path)
        try:
            spool.inbox.mkdir()
            yield held
        finally:
            if os.path.ismount(spool.path):
                unmount(spool.path)


def test_a_spool_that_is_unmounted_under_a_running_daemon_ends_it(spool, mock):
    """What it would begin from then on nobody would find; what lies on the mount is as it was."""
    with mounted_twice(spool) as held:
        mock.hold()
        with spool.daemon() as daemon:
            drop_on(spool, "job.jsonl", chats(40))
            mock.await_in_flight(16)
            unmount(spool.path)
            daemon.await_log("spool.lock_lost")
            mock.release()
            assert daemon.await_exit(30) == 75, daemon.log  # EX_TEMPFAIL: its manager starts it again
        assert mock.count == 16 and below(spool.path) == []
        [job] = (held / "processing").iterdir()
        assert (job / "input.jsonl").read_bytes() == jsonl(chats(40))
        assert len((job / "shards" / "0001.jsonl").read_bytes().splitlines()) == 16, "what was paid for is written down"


def test_books_that_cannot_grow_start_nothing(spool, mock):
    """The disk of the budget alone is full: not a request goes out whose reservation is not written down."""
    spool.once()
    lines = chats(400)
    spool.configure(lane="concurrency = 8\nshard_lines = 10")
    budget = spool.path / "budget"
    with mounted(budget, "-t", "tmpfs", "-o", "size=8k", "bobbin"):
        with spool.daemon() as daemon:
            spool.drop("job.jsonl", lines)
            wait_for(lambda: complaints(daemon, "ENOSPC"), 30, lambda: f"it to say so:\n{daemon.log}")
            wait_for(lambda: mock.in_flight == 0, 30, "what is in flight to end")
            sent = mock.count
            holds_for(lambda: daemon.is_alive and mock.count == sent < 400, 6, "a living daemon that sends nothing")
            assert len(complaints(daemon, "environment.trouble")) == 1, f"not said just once:\n{daemon.log}"
            mount("-o", "remount,size=8m", budget)
            wait_for(lambda: results.jobs(spool), 90, lambda: f"the verdict: {spool.status()}\n{daemon.log}")
        job = results.job_named(spool, "job.jsonl")
        results.check_whole(job, lines, spool.directory)
        day = budget_file.today(spool)
        assert day.reserved == 0 and day.spent == job.spent
        assert mock.resent <= 8 and (mock.resent == 0 or day.unknown > 0)
        spool.run("budget", "verify")


def test_a_spool_that_was_unmounted_goes_on_when_it_is_mounted_again(spool, mock):
    """On its way out the daemon sees no budget file by its path: that says nothing of the books, which are away."""
    with mounted_twice(spool) as held:
        mock.hold()
        with spool.daemon() as daemon:
            drop_on(spool, "job.jsonl", chats(40))
            mock.await_in_flight(16)
            unmount(spool.path)
            daemon.await_log("spool.lock_lost")
            mock.release()
            daemon.await_exit(30)
        mount("--bind", held, spool.path)
        spool.once()
        results.check_whole(results.job_named(spool, "job.jsonl"), chats(40), spool.directory)
        assert budget_file.today(spool).reserved == 0


def test_a_daemon_that_lost_its_lock_ends_within_the_shutdown_timeout(spool, mock):
    """And not only when its requests have ended: a second process may have the spool already."""
    spool.configure(bobbin='[retry]\nrequest_timeout = "60s"\n')
    set_shutdown_timeout(spool, "1s")
    mock.hold()
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", chats(40))
        mock.await_in_flight(16)
        (spool.path / "lock").unlink()
        daemon.await_log("spool.lock_lost")
        daemon.await_exit(15)
