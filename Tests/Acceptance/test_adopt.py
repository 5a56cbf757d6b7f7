"""A daily budget file that somebody removes or changes: spending stops until an operator adopts it."""
import datetime
import decimal
import json
import os
import shutil

import pytest

import budget_file
import results
from request_lines import chats
from waiting import holds_for, wait_for
from wall_clock import WallClock

D = decimal.Decimal


def day_file(spool):
    [path] = (spool.path / "budget").glob("*.jsonl")
    return path


@pytest.fixture
def next_day(spool):
    """It is the noon of 4 May 2026, and one call later that of the next day."""
    clock, noon = WallClock(spool.directory), datetime.datetime(2026, 5, 4, 12, tzinfo=datetime.UTC)
    spool.environment = clock.environment
    clock.go_from(noon)
    return lambda: clock.go_from(noon + datetime.timedelta(days=1))


def spent(spool):
    shown = spool.json("budget", "show")
    return D(shown["spent_usd"]) + D(shown["unknown_usd"])


def cut(path):
    lines = path.read_bytes().splitlines(True)
    path.write_bytes(b"".join(lines[:2]))


def replace(path):
    shutil.copy(path, path.with_suffix(".copy"))
    path.with_suffix(".copy").rename(path)


CHANGES = {
    "removed": lambda path: path.unlink(),
    "cut": cut,
    "emptied": lambda path: path.write_bytes(b""),
    "replaced by a copy": replace,
    "a line more": lambda path: path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(True)[-1]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_is_changed_in_mid_day_stops_spending_until_it_is_adopted(spool, mock, change):
    with spool.daemon() as daemon:
        spool.drop("a.jsonl", chats(20))
        wait_for(lambda: results.jobs(spool), 30, "the first job")
        assert spent(spool) > 0
        CHANGES[change](day_file(spool))
        spool.drop("b.jsonl", chats(20, start=100))
        daemon.await_log("bobbin budget adopt")
        holds_for(lambda: mock.count == 20, 2, "nothing is sent")
        assert "budget adopt" in spool.status()["day"]["doubt"]
        assert daemon.is_alive
        said = spool.run("budget", "adopt")
        assert "adopted" in said.out
        wait_for(lambda: len(results.jobs(spool)) == 2, 30, "the second job")
        wait_for(lambda: D(spool.status()["day"]["reserved_usd"]) == 0, 10, "the last settlement")
    assert mock.count == 40
    total = sum(job.spent for job in results.jobs(spool))
    assert spent(spool) == total, "what the first job cost is in the books again"
    budget_file.Day(day_file(spool))
    spool.run("budget", "verify")


def test_it_is_remembered_over_a_restart_and_kill(spool, mock):
    with spool.daemon() as daemon:
        spool.drop("a.jsonl", chats(20))
        wait_for(lambda: results.jobs(spool), 30, "the first job")
        before = spent(spool)
        daemon.kill()
    day_file(spool).unlink()
    spool.drop("b.jsonl", chats(5, start=100))
    refused = spool.run("daemon", "--once", code=None)
    assert refused.returncode not in (0, 70) and "budget adopt" in refused.err and mock.count == 20
    for command in ("show", "verify"):
        assert "budget adopt" in spool.run("budget", command, code=65).err + spool.run("budget", command, code=65).out
    spool.run("budget", "adopt")
    assert spent(spool) == before
    assert "nothing to adopt" in spool.run("budget", "adopt", code=65).err
    spool.once()
    assert mock.count == 25 and len(results.jobs(spool)) == 2
    spool.run("budget", "verify")


def test_what_was_in_flight_when_the_file_went_is_charged(spool, mock):
    mock.hold()
    spool.configure(lane="concurrency = 8")
    with spool.daemon() as daemon:
        spool.drop("a.jsonl", chats(20, start=100))
        wait_for(lambda: mock.in_flight == 8, 30, "eight in flight")
        open_ = spool.json("budget", "show")["open"]
        daemon.kill()
    day_file(spool).unlink()
    mock.release()
    spool.run("budget", "adopt")
    shown = spool.json("budget", "show")
    worst = D(open_[0]["usd"]) / 20
    assert D(shown["unknown_usd"]) == 8 * worst and D(shown["reserved_usd"]) == 0
    spool.once()
    job = results.job_named(spool, "a.jsonl")
    assert job.report["lines"]["answered"] == 20
    assert D(job.report["cost"]["unknown_usd"]) == 8 * worst
    spool.run("budget", "verify")


def test_a_restored_file_can_be_adopted_as_it_is(spool, mock):
    spool.process("a.jsonl", chats(20))
    before, path = spent(spool), day_file(spool)
    path.rename(spool.directory / "aside")
    assert "budget adopt" in spool.run("daemon", "--once", code=None).err
    (spool.directory / "aside").rename(path)
    spool.process("b.jsonl", chats(5, start=100))
    spool.run("budget", "verify")
    assert spent(spool) > before


def test_a_damaged_file_is_set_aside(spool, mock):
    spool.process("a.jsonl", chats(20))
    before, path = spent(spool), day_file(spool)
    data = path.read_bytes()
    path.write_bytes(data[:150] + b"#" + data[151:])
    spool.run("budget", "adopt")
    assert spent(spool) == before
    assert path.with_name(path.name + ".set-aside-1").read_bytes() == data[:150] + b"#" + data[151:]
    spool.process("b.jsonl", chats(5, start=100))
    spool.run("budget", "verify")


def test_verify_of_a_spool_in_which_nobody_worked_finds_nothing(spool, mock):
    assert spool.json("budget", "verify") == {"ok": True, "days": [], "jobs": 0, "differences": []}


def test_verify_finds_what_the_books_have_and_the_files_of_the_jobs_have_not(spool, mock):
    spool.process("a.jsonl", chats(20))
    spool.process("b.jsonl", chats(20, start=100))
    assert spool.json("budget", "verify")["jobs"] == 2
    path = day_file(spool)
    lines = path.read_bytes().splitlines(True)
    path.write_bytes(b"".join(lines[:-2]))
    found = spool.run("budget", "verify", code=65)
    assert "the books say" in found.out and results.job_named(spool, "b.jsonl").name in found.out


def test_who_loses_its_lock_ends_before_it_spends_beside_another(spool, mock):
    with spool.daemon() as daemon:
        (spool.path / "lock").unlink()
        wait_for(lambda: not daemon.is_alive, 10, "the end of the daemon")
        assert daemon.process.returncode not in (0, 70) and "lock" in daemon.log
    spool.process("a.jsonl", chats(3))


def test_of_two_days_the_latest_is_adopted_first_so_that_its_cap_is_not_free_once_more(spool, mock):
    clock = WallClock(spool.directory)
    spool.environment = clock.environment
    noon = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
    clock.go_from(noon)
    spool.process("a.jsonl", chats(20))
    clock.go_from(noon + datetime.timedelta(days=1))
    spool.process("b.jsonl", chats(20, start=100))
    before = spent(spool)
    for path in (spool.path / "budget").glob("*.jsonl"):
        path.unlink()
    refused = spool.run("budget", "adopt", "--day", "2026-11-24", code=None)
    assert refused.returncode != 0 and "adopt 2026-11-25 before 2026-11-24" in refused.err
    spool.run("budget", "adopt")
    assert spent(spool) >= before > 0, "what was spent today is not free again"
    spool.run("budget", "adopt", "--day", "2026-11-24")
    spool.run("budget", "verify")


def test_a_file_of_yesterday_that_went_while_nothing_ran_stops_spending_too(spool, mock, next_day):
    spool.process("a.jsonl", chats(20))
    day_file(spool).unlink()
    next_day()
    spool.drop("b.jsonl", chats(5, start=100))
    refused = spool.run("daemon", "--once", code=None)
    assert refused.returncode not in (0, 70) and "2026-05-04" in refused.err and "it is gone" in refused.err
    assert mock.count == 20
    spool.run("budget", "adopt", "--day", "2026-05-04")
    spool.once()
    assert mock.count == 25
    spool.run("budget", "verify")


def test_a_file_of_yesterday_that_goes_under_a_daemon_is_said_with_its_day(spool, mock, next_day):
    spool.process("a.jsonl", chats(2))
    yesterday = day_file(spool)
    next_day()
    with spool.daemon() as daemon:
        spool.drop("b.jsonl", chats(2, start=100))
        wait_for(lambda: results.jobs_named(spool, "b.jsonl"), 30, lambda: daemon.log)
        yesterday.unlink()
        daemon.await_log("bobbin budget adopt --day 2026-05-04")
        spool.drop("c.jsonl", chats(2, start=200))
        status = wait_for(lambda: spool.status()["waiting"] and spool.status(), 10, "c.jsonl to wait")
        assert "--day 2026-05-04" in status["day"]["doubt"]
        assert status["waiting"][0]["reason"] == "nothing is claimed until the books are in order"
        spool.run("budget", "adopt", "--day", "2026-05-04")
        wait_for(lambda: results.jobs_named(spool, "c.jsonl"), 30, lambda: daemon.log)
        assert spool.status()["day"]["doubt"] is None
    spool.run("budget", "verify")


def test_damage_of_an_earlier_day_and_of_today_are_adopted_one_after_the_other(spool, mock, next_day):
    spool.process("a.jsonl", chats(20))
    yesterday = day_file(spool)
    next_day()
    spool.process("b.jsonl", chats(5, start=100))
    yesterday.write_bytes(yesterday.read_bytes().replace(b"settle", b"settlf"))
    (yesterday.parent / "2026-05-05.jsonl").unlink()
    refused = spool.run("budget", "adopt", "--day", "2026-05-04", code=None)
    assert refused.returncode != 0 and "adopt 2026-05-05 before" in refused.err
    spool.run("budget", "adopt")
    spool.run("budget", "adopt", "--day", "2026-05-04")
    spool.process("c.jsonl", chats(5, start=200))
    assert mock.count == 30


def test_what_another_day_has_is_not_booked_once_more(spool, mock, next_day):
    """A request whose answer got lost on the first day, and a job that is finished on the second, whose file goes."""
    mock.hold()
    with spool.daemon() as daemon:
        spool.drop("a.jsonl", chats(8))
        wait_for(lambda: mock.in_flight == 8, 30, lambda: daemon.log)
        daemon.kill()
    mock.release()
    next_day()
    spool.once()
    spool.run("budget", "verify")
    (spool.path / "budget" / "2026-05-05.jsonl").unlink()
    spool.run("budget", "adopt")
    spool.run("budget", "verify")


@pytest.mark.parametrize("place", ["done", "processing"])
@pytest.mark.skipif(os.getuid() != 0, reason="gives a file to another user")
def test_what_is_adopted_counts_against_its_user_and_its_models(spool, mock, place):
    mock.hold() if place == "processing" else None
    spool.configure(lane="concurrency = 4", budget='[uids.1234]\nusd = "0.01"\n[models.mock-1]\nusd = "0.02"\n')
    delivered = spool.write("a.jsonl", chats(20))
    os.chown(delivered, 1234, -1)
    with spool.daemon() as daemon:
        delivered.rename(spool.inbox / "a.jsonl")
        if place == "processing":
            wait_for(lambda: mock.in_flight == 4, 30, "four in flight")
            daemon.kill()
        else:
            wait_for(lambda: results.jobs(spool), 30, "the job")
    mock.release()
    day_file(spool).unlink()
    spool.run("budget", "adopt")
    booked = [json.loads(line) for line in day_file(spool).read_bytes().splitlines()]
    booked = [record for record in booked if record["kind"] == "reserve" and record["id"].endswith("/0000")]
    assert [(record["uid"], record["model"]) for record in booked] == [(1234, "mock-1")]
    assert sum(D(record["usd"]) for record in booked) == spent(spool) > 0
    if place == "done":
        assert results.job_named(spool, "a.jsonl").report["uid"] == 1234
    spool.once()
    spool.run("budget", "verify")


def test_a_damaged_report_leaves_one_job_in_doubt_and_not_all(spool, mock):
    spool.process("a.jsonl", chats(20))
    first = spent(spool)
    spool.process("b.jsonl", chats(20, start=100))
    report = results.job_named(spool, "b.jsonl").done / "report.json"
    report.write_bytes(report.read_bytes()[:200])
    # Else its book knows what it has cost.
    (spool.path / "finished.jsonl").unlink()
    day_file(spool).unlink()
    said = spool.run("budget", "adopt")
    assert str(report) in said.err and "b." in said.err
    assert spent(spool) == first, "of the other job all is booked"
    found = spool.run("budget", "verify", code=65)
    assert str(report) in found.out
    spool.process("c.jsonl", chats(5, start=200))
    assert mock.count == 45
