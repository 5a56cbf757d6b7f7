"""What is not a delivery waits with a reason or is not looked at; it is never moved, followed or read."""
import os
import socket
import stat
import urllib.parse

import pytest

import results
from request_lines import chats, jsonl
from waiting import holds_for, wait_for

LINES = chats(3)


def finish_a_good_file(spool):
    """A good file goes through: whatever lies beside it has been seen by then."""
    spool.drop("good.jsonl", LINES)
    wait_for(lambda: results.jobs_named(spool, "good.jsonl"), 30, lambda: f"good.jsonl; status {spool.status()}")


@pytest.mark.parametrize("name", [".hidden.jsonl", "x.jsonl.tmp", "x.jsonl.part", "x.jsonl.filepart", "x.jsonl~"])
def test_a_temporary_name_is_never_looked_at(spool, name):
    (spool.inbox / name).write_bytes(jsonl(LINES))
    with spool.daemon():
        finish_a_good_file(spool)
        assert (spool.inbox / name).exists()
        assert name not in [waiting["name"] for waiting in spool.status()["waiting"]]


def other_name(inbox, elsewhere):
    (inbox / "x.txt").write_bytes(jsonl(LINES))
    return "x.txt"


def symlink(inbox, elsewhere):
    elsewhere.write_bytes(jsonl(LINES))
    (inbox / "link.jsonl").symlink_to(elsewhere)
    return "link.jsonl"


def symlink_to_itself(inbox, elsewhere):
    (inbox / "self.jsonl").symlink_to(inbox / "self.jsonl")
    return "self.jsonl"


def fifo(inbox, elsewhere):
    os.mkfifo(inbox / "pipe.jsonl")
    return "pipe.jsonl"


def unix_socket(inbox, elsewhere):
    directory = os.open(inbox, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"/proc/self/fd/{directory}/socket.jsonl")
    os.close(directory)
    return "socket.jsonl"


def device(inbox, elsewhere):
    """/dev/zero: who read it would never come to an end."""
    try:
        os.mknod(inbox / "zero.jsonl", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root may make a device")
    return "zero.jsonl"


def second_name(inbox, elsewhere):
    elsewhere.write_bytes(jsonl(LINES))
    os.link(elsewhere, inbox / "two.jsonl")
    return "two.jsonl"


def directory_with_a_job_name(inbox, elsewhere):
    (inbox / "folder.jsonl").mkdir()
    return "folder.jsonl"


def directory_that_is_no_lane(inbox, elsewhere):
    (inbox / "nowhere").mkdir()
    return "nowhere"


@pytest.mark.parametrize("make", [
    other_name, symlink, symlink_to_itself, fifo, unix_socket, device, second_name,
    directory_with_a_job_name, directory_that_is_no_lane])
def test_anything_else_waits_with_a_reason(spool, mock, make):
    name = make(spool.inbox, spool.directory / "elsewhere")
    with spool.daemon():
        finish_a_good_file(spool)
        assert len(spool.waiting(name)["reason"]) > 10
        assert os.path.lexists(spool.inbox / name)
        assert len(results.jobs(spool)) == 1 and mock.count == len(LINES)


def test_a_second_name_that_goes_away_frees_the_file(spool, mock):
    name = second_name(spool.inbox, spool.directory / "elsewhere")
    with spool.daemon():
        spool.waiting(name)
        (spool.directory / "elsewhere").unlink()
        wait_for(lambda: results.jobs_named(spool, name), 30, "the claim")


@pytest.mark.parametrize("name", [
    b"-dash.jsonl", b"per%cent.jsonl", b"white space.jsonl", b"new\nline.jsonl", b"caf\xc3\xa9.jsonl",
    b"not-utf8-\xff.jsonl", b"odd...jsonl", b"q" * 249 + b".jsonl", b"tab\t\x1b[31m.jsonl"])
def test_any_name_that_ends_rightly_is_claimed_and_kept(spool, mock, name):
    path = os.path.join(os.fsencode(spool.inbox), name)
    with open(path, "wb") as file:
        file.write(jsonl(LINES))
    spool.once()
    [job] = results.jobs(spool)
    assert urllib.parse.unquote_to_bytes(job.report["name"]) == name
    assert job.name.isascii() and job.name.isprintable() and "/" not in job.name and len(job.name) < 256
    results.check_whole(job, LINES, spool.directory)


@pytest.mark.fast
def test_a_line_feed_in_a_name_does_not_break_the_status(spool):
    os.mkfifo(os.path.join(os.fsencode(spool.inbox), b"evil\n\x1b[2J.jsonl"))
    with spool.daemon():
        finish_a_good_file(spool)
        spool.waiting("evil%0A%1B%5B2J.jsonl")
        assert "\x1b" not in spool.run("status").out


def test_a_writer_keeps_a_file_waiting_with_a_reason(spool):
    with spool.daemon():
        with open(spool.inbox / "slow.jsonl", "wb", buffering=0) as file:
            file.write(jsonl(LINES)[:50])
            assert "writ" in spool.waiting("slow.jsonl")["reason"]
            holds_for((spool.inbox / "slow.jsonl").exists, 0.5, "the file of a writer in the inbox")
            file.write(jsonl(LINES)[50:])
        wait_for(lambda: results.jobs_named(spool, "slow.jsonl"), 30, "the claim")
