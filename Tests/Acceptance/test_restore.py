"""A spool that is put back from a backup: today's cap is not spent twice, and what may be paid again is said.

The witness stands outside of the spool, as systemd's StateDirectory does.
"""
import datetime
import decimal
import json
import re
import shutil
import subprocess

import pytest

import budget_file
import results
from daemon import Daemon
from request_lines import chats
from wall_clock import WallClock
from waiting import holds_for, wait_for

D = decimal.Decimal


@pytest.fixture
def witnessed(spool):
    configuration = (spool.config / "bobbin.toml").read_text()
    spool.write_config(bobbin=f'witness = "{spool.directory / "witness"}"\n' + configuration)
    return spool


def shown(spool):
    book = spool.json("budget", "show")
    return D(book["spent_usd"]) + D(book["unknown_usd"])


def back_up(spool, name="backup"):
    shutil.copytree(spool.path, spool.directory / name, symlinks=True)
    return spool.directory / name


def put_back(spool, backup, *parts):
    """The whole spool, or parts of it."""
    if not parts:
        shutil.rmtree(spool.path)
        shutil.copytree(backup, spool.path)
    for part in parts:
        target = spool.path / part
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        source = backup / part
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)


def test_an_older_spool_does_not_spend_todays_cap_twice(witnessed, mock):
    spool = witnessed
    spool.process("a.jsonl", chats(20))
    backup = back_up(spool)
    spool.process("b.jsonl", chats(20, start=100))
    before = shown(spool)
    put_back(spool, backup)
    spool.drop("c.jsonl", chats(5, start=200))
    refused = spool.run("daemon", "--once", code=None)
    assert refused.returncode not in (0, 70) and "older than what was spent" in refused.err
    assert "budget adopt" in refused.err and mock.count == 40
    assert "budget adopt" in spool.status()["day"]["doubt"], "it is on record"
    spool.run("budget", "adopt")
    assert shown(spool) == before, "what the older spool does not know is unknown, and not free"
    said = spool.once()
    assert "hashlog.older" in said.err and "keys=20" in said.err.replace('"', "").replace(": ", "=")
    assert mock.count == 45 and shown(spool) > before
    spool.run("budget", "verify")
    assert "hashlog.older" not in spool.once().err, "it is said once"


def test_a_daemon_that_runs_waits_for_the_operator(witnessed, mock):
    spool = witnessed
    spool.process("a.jsonl", chats(20))
    backup = back_up(spool)
    spool.process("b.jsonl", chats(20, start=100))
    before = shown(spool)
    put_back(spool, backup)
    daemon = Daemon(spool)
    try:
        daemon.await_log("older than what was spent")
        spool.drop("c.jsonl", chats(5, start=200))
        holds_for(lambda: mock.count == 40 and daemon.is_alive, 1, "it waits")
        spool.run("budget", "adopt")
        wait_for(lambda: results.jobs_named(spool, "c.jsonl"), 30, "the job goes on")
        assert shown(spool) == before + results.job_named(spool, "c.jsonl").spent
        daemon.stop()
    finally:
        daemon.end()
    assert mock.count == 45


def test_an_older_budget_in_a_newer_spool(witnessed, mock):
    spool = witnessed
    spool.process("a.jsonl", chats(20))
    backup = back_up(spool)
    spool.process("b.jsonl", chats(20, start=100))
    before = shown(spool)
    put_back(spool, backup, "budget", "budget-days.jsonl")
    assert "budget adopt" in spool.run("daemon", "--once", code=None).err
    spool.run("budget", "adopt")
    shown_ = spool.json("budget", "show")
    assert D(shown_["spent_usd"]) == before and D(shown_["unknown_usd"]) == 0, "the reports of the jobs have it"
    spool.run("budget", "verify")
    spool.process("c.jsonl", chats(5, start=200))
    spool.run("budget", "verify")


def test_an_older_spool_with_the_newer_budget_says_what_it_may_pay_again(witnessed, mock):
    spool = witnessed
    spool.process("a.jsonl", chats(20))
    backup = back_up(spool)
    spool.process("b.jsonl", chats(20, start=100))
    before = shown(spool)
    put_back(spool, backup, "inbox", "processing", "done", "rejected", "hashlog")
    spool.drop("b.jsonl", chats(20, start=100))
    said = spool.once()
    assert "hashlog.older" in said.err
    assert mock.count == 60 and shown(spool) > before


def test_the_witness_of_yesterday_is_held_against_the_books_of_yesterday(witnessed, mock):
    spool = witnessed
    clock = WallClock(spool.directory)
    spool.environment = clock.environment
    noon = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
    clock.go_from(noon)
    spool.process("a.jsonl", chats(20))
    backup = back_up(spool)
    spool.process("b.jsonl", chats(20, start=100))
    put_back(spool, backup)
    clock.go_from(noon + datetime.timedelta(days=1))
    assert "adopt --day 2026-11-24" in spool.run("daemon", "--once", code=None).err
    spool.run("budget", "adopt", "--day", "2026-11-24")
    spool.process("c.jsonl", chats(5, start=200))


def test_a_crash_is_no_restored_backup(witnessed, mock):
    spool = witnessed
    for round_ in range(3):
        mock.hold()
        with spool.daemon() as daemon:
            spool.drop(f"{round_}.jsonl", chats(20, start=1000 * round_))
            wait_for(lambda: mock.in_flight >= 8, 30, "requests in flight")
            daemon.kill()
        mock.release()
    assert "budget adopt" not in spool.once().err
    assert len(results.jobs(spool)) == 3
    spool.run("budget", "verify")


@pytest.mark.parametrize("how", ["emptied", "gone"])
def test_a_spool_that_is_not_mounted_is_not_made_anew(witnessed, mock, how):
    spool = witnessed
    spool.process("a.jsonl", chats(5))
    before = shown(spool)
    spool.path.rename(spool.directory / "unmounted")
    if how == "emptied":
        spool.path.mkdir()
    source = spool.write("b.jsonl", chats(5, start=100))
    for command in (["daemon", "--once"], ["submit", source], ["run", source], ["budget", "raise", "5"], ["status"]):
        refused = spool.run(*command, code=None)
        assert refused.returncode not in (0, 70) and "is it mounted?" in refused.err, command
    assert not spool.path.exists() or list(spool.path.iterdir()) == []
    if spool.path.exists():
        spool.path.rmdir()
    (spool.directory / "unmounted").rename(spool.path)
    spool.process("b.jsonl", chats(5, start=100))
    assert shown(spool) > before and mock.count == 10


def test_a_spool_that_has_moved_keeps_its_witness(witnessed, mock):
    spool = witnessed
    spool.process("a.jsonl", chats(20))
    backup = back_up(spool)
    spool.process("b.jsonl", chats(20, start=100))
    moved = spool.directory / "elsewhere"
    shutil.copytree(backup, moved)
    refused = spool.run("daemon", "--once", "--spool", moved, code=None)
    assert "older than what was spent" in refused.err and mock.count == 40


def test_systemd_names_the_place_by_its_state_directory(spool, mock):
    assert "none" in dict_of(spool)["witness"]
    state = spool.directory / "state"
    spool.environment = {"STATE_DIRECTORY": f"{state}:/nowhere"}
    assert dict_of(spool)["witness"] == str(state)
    spool.process("a.jsonl", chats(20))
    [witness] = state.iterdir()
    seen = budget_file.checked(witness.read_bytes().rstrip(b"\n"))
    [day] = (spool.path / "budget").iterdir()
    assert seen["spool"] == str(spool.path) and seen["bytes"] == day.stat().st_size
    assert D(seen["usd"]) == shown(spool) and seen["key_records"] == 20
    assert witness.stem == json.loads((spool.path / "spool.json").read_bytes())["id"]


def dict_of(spool):
    return spool.json("doctor")["configuration"]


def test_what_is_open_in_books_that_are_newer_than_the_jobs_is_charged_whole(spool, mock):
    """In a backup the books come last: the job's files may know nothing of what was reserved, and sent, for it."""
    spool.configure(lane="concurrency = 8")
    charged = []
    for name, mark in ("a.jsonl", False), ("b.jsonl", True):
        mock.hold()
        with spool.daemon() as daemon:
            spool.drop(name, chats(20, start=1000 * len(charged)))
            wait_for(lambda: mock.in_flight == 8, 30, "eight in flight")
            [open_] = spool.json("budget", "show")["open"]
            daemon.kill()
        mock.release()
        [job] = spool.directories("processing")
        # As they were before the first request went out.
        (job / "attempts.jsonl").unlink()
        if mark:
            (spool.path / "restored").touch()
        before = D(spool.json("budget", "show")["unknown_usd"])
        said = spool.once()
        assert ("spool.restored" in said.err) == mark and not (spool.path / "restored").exists()
        charged.append(D(spool.json("budget", "show")["unknown_usd"]) - before)
        assert results.job_named(spool, name).report["lines"]["answered"] == 20
    assert charged == [0, D(open_["usd"])], "without the mark it is taken for what was never sent"


def commands_of(top, heading):
    """The first block of commands below a heading of Spool/README.md."""
    text = (top / "Spool" / "README.md").read_text().split(f"## {heading}\n", 1)[1]
    return re.search(r"```\n(.*?)```", text, re.S).group(1)


def test_the_documented_backup_is_taken_while_it_works_and_put_back(witnessed, mock, top):
    """Files come, run and leave meanwhile; then the backup takes the spool's place."""
    spool = witnessed
    backup = spool.directory / "backup"
    mock.delay = 0.02
    names = [f"{number}.jsonl" for number in range(12)]
    environment = {"SPOOL": str(spool.path), "BACKUP": str(backup), "PATH": "/usr/bin:/bin"}
    with spool.daemon():
        for number, name in enumerate(names[:8]):
            spool.drop(name, chats(20, start=100 * number))
        wait_for(lambda: len(results.jobs(spool)) >= 2, 30, "some are done")
        taken = subprocess.run(
            ["bash", "-euc", commands_of(top, "Backup")], env=environment, capture_output=True, text=True)
        assert taken.returncode == 0, taken.stderr + taken.stdout
        for number, name in enumerate(names[8:], 8):
            spool.drop(name, chats(20, start=100 * number))
        wait_for(lambda: len(results.jobs(spool)) == 12, 60, "all are done")
    before = shown(spool)
    shutil.rmtree(spool.path)
    put = subprocess.run(
        ["bash", "-euc", commands_of(top, "Putting it back")], env=environment, capture_output=True, text=True)
    assert put.returncode == 0, put.stderr + put.stdout
    assert "budget adopt" in spool.run("daemon", "--once", code=None).err
    spool.run("budget", "adopt")
    assert shown(spool) >= before
    assert "spool.restored" in spool.once().err
    assert not (spool.path / "restored").exists() and not spool.directories("processing")
    assert {job.report["name"] for job in results.jobs(spool)} >= set(names[:8]), "nothing that was handed in is lost"
    for job in results.jobs(spool):
        assert job.report["lines"]["answered"] + job.report["lines"]["reused"] == 20
    assert not list(spool.inbox.glob("*.jsonl"))
    budget_file.days(spool)
