"""However a file is delivered, it is claimed whole and exactly once, and each distinct request is sent once."""
import decimal
import hashlib
import os
import shutil
import subprocess

import pytest

import budget_file
import results
from request_lines import chats, jsonl, with_duplicates
from waiting import holds_for, wait_for

LINES = with_duplicates(400, 100, seed=11)
DATA = jsonl(LINES)


def cp_in_slow_pieces(spool, target):
    step = len(DATA) // 6 + 1  # not a whole number of lines: a claim in between would cut one
    with open(target, "wb", buffering=0) as file:
        for start in range(0, len(DATA), step):
            file.write(DATA[start:start + step])
            holds_for(target.exists, 0.25, "the file in the inbox, its writer still has it open")


def cp(spool, target):
    subprocess.run(["cp", spool.write("source", DATA), target], check=True)


def mv(spool, target):
    subprocess.run(["mv", spool.write("source", DATA), target], check=True)


def rsync(spool, target):
    if not shutil.which("rsync"):
        pytest.skip("rsync is not installed")
    source = spool.write(target.name, DATA)
    subprocess.run(["rsync", "-a", source, f"{target.parent}/"], check=True)


def link_and_remove(spool, target):
    """As maildir and sftp's rename do: for a moment the file has two names, and no event says when that has ended."""
    source = spool.write("source", DATA)
    os.link(source, target)
    holds_for(target.exists, 0.3, "a file with a second name in the inbox")
    source.unlink()


def unnamed_then_linked(spool, target):
    """O_TMPFILE and linkat: IN_CREATE is the only event."""
    directory = os.open(target.parent, os.O_RDONLY)
    descriptor = os.open(target.parent, os.O_TMPFILE | os.O_RDWR, 0o644)
    try:
        os.write(descriptor, DATA)
        # With a directory's descriptor Python calls linkat(AT_SYMLINK_FOLLOW), else link, which would not follow.
        os.link(f"/proc/self/fd/{descriptor}", target.name, dst_dir_fd=directory, follow_symlinks=True)
    finally:
        os.close(descriptor)
        os.close(directory)


@pytest.mark.parametrize("deliver", [
    cp_in_slow_pieces, cp, mv, rsync, link_and_remove, unnamed_then_linked])
def test_500_lines_with_100_duplicates_are_claimed_once_and_whole(spool, mock, deliver):
    with spool.daemon():
        deliver(spool, spool.inbox / "nightly.jsonl")
        wait_for(lambda: results.jobs(spool), 60, lambda: f"a finished job; status {spool.status()}")
        holds_for(lambda: len(results.jobs(spool)) == 1, 0.5, "one job for one delivery")
    report = results.check_whole(results.job_named(spool, "nightly.jsonl"), LINES, spool.directory)
    assert report["verdict"] == "accepted"
    assert (mock.count, mock.distinct) == (400, 400)
    assert report["lines"] == {"total": 500, "answered": 400, "reused": 100, "failed": 0, "refused": 0}
    assert report["duplicates"]["in_file"] == 100
    assert report["name"] == "nightly.jsonl" and report["lane"] == "default"
    day = budget_file.today(spool)
    assert (day.spent, day.reserved, day.unknown) == (results.jobs(spool)[0].spent, 0, 0)
    assert not list(spool.inbox.glob("*.jsonl")) and not spool.directories("processing")


def test_what_lies_there_at_the_start_is_found(spool, mock):
    for number in range(5):
        spool.drop(f"early-{number}.jsonl", chats(3, start=number * 3))
    spool.once()
    assert len(results.jobs(spool)) == 5 and mock.count == 15


def test_the_same_name_again_is_another_job(spool, mock):
    with spool.daemon():
        for number in range(3):
            spool.drop("data.jsonl", chats(4, start=number * 4))
            wait_for(lambda count=number + 1: len(results.jobs(spool)) == count, 30, f"job {number + 1}")
    assert len(results.jobs_named(spool, "data.jsonl")) == 3 and mock.count == 12


def test_the_same_name_with_other_bytes_while_the_first_is_at_work(spool, mock):
    """Each delivery is a job of its own bytes; what they have in common is asked once."""
    first, second = chats(12), chats(12, start=6)
    mock.hold()
    with spool.daemon() as daemon:
        spool.drop("data.jsonl", first)
        mock.await_in_flight(12)
        spool.drop("data.jsonl", second)
        wait_for(lambda: sum(job["lines"] is not None for job in spool.status()["jobs"]) == 2, 30,
                 lambda: f"the second job to be read: {spool.status()}\n{daemon.log}")
        mock.release()
        wait_for(lambda: len(results.jobs(spool)) == 2, 60, lambda: f"both verdicts: {spool.status()}\n{daemon.log}")
    jobs = {job.report["sha256"]: job for job in results.jobs_named(spool, "data.jsonl")}
    for lines in (first, second):
        results.check_whole(jobs[hashlib.sha256(jsonl(lines)).hexdigest()], lines, spool.directory)
    assert (mock.count, mock.distinct) == (18, 18)


@pytest.mark.parametrize("seconds", [0, -(10 ** 9), 4102444800, 2 ** 31 - 1], ids=["1970", "1938", "2100", "2038"])
def test_what_time_a_file_says_it_is_of_proves_nothing(spool, mock, seconds):
    """Nor one that goes back while the file waits for its writer."""
    with spool.daemon() as daemon:
        path = spool.write("odd", chats(3))
        os.utime(path, (seconds, seconds))
        path.rename(spool.inbox / "odd.jsonl")
        with open(spool.inbox / "back.jsonl", "wb") as file:
            file.write(jsonl(chats(3, start=10)))
            file.flush()
            spool.waiting("back.jsonl")
            os.utime(spool.inbox / "back.jsonl", (seconds, seconds))
        for name in ("odd.jsonl", "back.jsonl"):
            wait_for(lambda: results.jobs_named(spool, name), 30, lambda: f"{name}: {spool.status()}\n{daemon.log}")
    assert mock.count == 6


def test_an_rsync_that_is_run_again_is_another_job_that_costs_nothing(spool, mock):
    """It died before it knew, or was only run twice: while the first job is at work, and when it is done."""
    lines = chats(12)
    source = spool.write("data.jsonl", lines)

    def deliver():
        if not shutil.which("rsync"):
            pytest.skip("rsync is not installed")
        subprocess.run(["rsync", "-rtO", source, f"{spool.inbox}/"], check=True)

    mock.hold()
    with spool.daemon() as daemon:
        deliver()
        wait_for(lambda: mock.in_flight == len(lines), 30, "the first job in flight")
        deliver()
        wait_for(lambda: sum(job["lines"] is not None for job in spool.status()["jobs"]) == 2, 30,
                 lambda: f"the second job to be read: {spool.status()}\n{daemon.log}")
        mock.release()
        wait_for(lambda: len(results.jobs(spool)) == 2, 60, lambda: f"both verdicts: {spool.status()}\n{daemon.log}")
        deliver()
        wait_for(lambda: len(results.jobs(spool)) == 3, 60, lambda: f"three verdicts: {spool.status()}\n{daemon.log}")
    assert (mock.count, mock.distinct) == (len(lines), len(lines))
    jobs = results.jobs_named(spool, "data.jsonl")
    paid, = [job for job in jobs if job.report["lines"]["answered"] == len(lines)]
    for job in jobs:
        results.check_whole(job, lines, spool.directory)
        assert job.report["sha256"] == paid.report["sha256"]  # with the name: this is how it is recognised
        if job is not paid:
            assert (job.spent, job.report["lines"]["reused"]) == (0, len(lines))
            assert decimal.Decimal(job.report["duplicates"]["saved_usd"]) == paid.spent > 0


#: Ten thousand with BOBBIN_LONG.
MANY = 10_000 if os.environ.get("BOBBIN_LONG") else 100


@pytest.mark.parametrize("running", [True, False], ids=["while it runs", "before it starts"])
def test_many_files_at_once(spool, mock, running):
    spool.configure(gate="[canary]\nlines = 0\n")

    def done():
        return [name for name in os.listdir(spool.path / "done") if not name.startswith(".")]

    def deliver():
        for number in range(MANY):
            spool.drop(f"many-{number:05}.jsonl", chats(2, start=number * 2))

    if not running:
        deliver()
        (spool.path / "done").mkdir()
    with spool.daemon() as daemon:
        if running:
            deliver()
        wait_for(lambda: len(done()) == MANY, 120 + MANY // 5, lambda: f"{MANY} jobs, not {len(done())}\n{daemon.log}")
    assert (mock.count, mock.distinct) == (2 * MANY, 2 * MANY)
    assert {name.split(".")[0] for name in done()} == {f"many-{number:05}" for number in range(MANY)}


def test_a_producer_that_writes_on_after_the_claim_changes_nothing(spool, mock):
    mock.hold()
    path = spool.write("kept-open.jsonl", chats(30))
    with spool.daemon():
        with open(path, "r+b"):
            spool.inbox.joinpath("other.jsonl").touch()  # the daemon is awake while the writer still has the file
            path.rename(spool.inbox / "kept.jsonl")
            holds_for((spool.inbox / "kept.jsonl").exists, 0.5, "a file with a writer in the inbox")
        wait_for(lambda: mock.count, 20, "the first request")
        claimed = next(d for d in spool.directories("processing") if d.name.startswith("kept."))
        before = (claimed / "input.jsonl").read_bytes()
        assert before == jsonl(chats(30))
        mock.release()
        wait_for(lambda: results.jobs_named(spool, "kept.jsonl"), 30, "the verdict")
    results.check_whole(results.job_named(spool, "kept.jsonl"), chats(30), spool.directory)
