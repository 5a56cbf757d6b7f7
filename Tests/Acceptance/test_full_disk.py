"""A full disk: the daemon stays alive, starts nothing, says so once, and goes on by itself when there is space."""
import os
import subprocess

import pytest

import budget_file
import results
from request_lines import chats
from waiting import holds_for, wait_for


@pytest.fixture
def small_disk(spool):
    """The spool on a file system of 64 MiB of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    spool.inbox.rmdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "bobbin", spool.path], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"this machine does not mount: {mounted.stderr.decode()}")
    spool.inbox.mkdir()
    try:
        yield spool
    finally:
        subprocess.run(["umount", "--lazy", spool.path], check=True)


def fill(spool):
    filler = spool.path / ".filler"
    with open(filler, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass  # full for pieces of this size
    return filler


def complaints(daemon):
    """How often it has said so: before anything is started, or because a write failed."""
    return sum("spool.full" in line or "ENOSPC" in line for line in daemon.log.splitlines())


def test_nothing_is_started_on_a_full_disk(small_disk, mock):
    spool = small_disk
    lines = chats(5)
    (spool.inbox / ".job").write_bytes(spool.write("job", lines).read_bytes())
    with spool.daemon() as daemon:
        filler = fill(spool)
        (spool.inbox / ".job").rename(spool.inbox / "job.jsonl")
        wait_for(lambda: complaints(daemon), 30, "it to say so")
        holds_for(lambda: daemon.is_alive and mock.count == 0, 2, "a living daemon that sends nothing")
        filler.unlink()
        wait_for(lambda: results.jobs(spool), 60, lambda: f"the verdict: {spool.status()}\n{daemon.log}")
        assert complaints(daemon) == 1, daemon.log
    assert mock.count == 5 and results.job_named(spool, "job.jsonl").verdict == "accepted"


def test_a_disk_that_fills_up_in_the_middle_loses_nothing(small_disk, mock):
    spool = small_disk
    lines = chats(100)
    (spool.inbox / ".job").write_bytes(spool.write("job", lines).read_bytes())
    mock.hold()
    with spool.daemon() as daemon:
        (spool.inbox / ".job").rename(spool.inbox / "job.jsonl")
        wait_for(lambda: mock.in_flight == 16, 30, "16 in flight")
        filler = fill(spool)
        mock.release()
        wait_for(lambda: mock.in_flight == 0, 20, "the answers to be sent")
        holds_for(lambda: daemon.is_alive, 2, lambda: f"a living daemon\n{daemon.log}")
        assert mock.count <= 32, "nothing new is started when the answers cannot be written"
        assert complaints(daemon) == 1, f"not said just once:\n{daemon.log}"
        filler.unlink()
        wait_for(lambda: results.jobs(spool), 90, lambda: f"the verdict: {spool.status()}\n{daemon.log}")
    job = results.job_named(spool, "job.jsonl")
    results.check_whole(job, lines, spool.directory)
    assert job.verdict == "accepted" and mock.resent <= 32
    assert budget_file.today(spool).reserved == 0
    spool.run("budget", "verify")
