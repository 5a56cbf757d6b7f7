"""The daily budget file: its records, its checksums, and what `bobbin budget` says of them."""
import datetime
import decimal

import pytest

import budget_file
import results
from request_lines import chats
from waiting import wait_for

D = decimal.Decimal


def one_job(spool, count=30):
    spool.process("job.jsonl", chats(count))
    [path] = (spool.path / "budget").glob("*.jsonl")
    return path


@pytest.mark.fast
def test_crc32c_is_castagnolis():
    assert budget_file.crc32c(b"123456789") == 0xE3069283
    assert budget_file.crc32c(bytes(32)) == 0x8A9136AA


@pytest.mark.fast
def test_records_are_as_documented(spool, mock):
    before = datetime.datetime.now(datetime.UTC).date()
    path = one_job(spool)
    day = budget_file.Day(path)
    assert path.name in (f"{before}.jsonl", f"{before + datetime.timedelta(1)}.jsonl")
    first, *rest = day.records
    assert list(first)[:5] == ["v", "kind", "at", "day", "time_zone"]
    assert first["kind"] == "open" and first["day"] == path.stem and D(first["cap_usd"]) == 10
    names = {
        "reserve": {"v", "kind", "at", "id", "lane", "usd", "tokens", "sum"},
        "settle": {"v", "kind", "at", "id", "usd", "tokens", "unknown_usd", "open_usd", "sum"}}
    job = results.job_named(spool, "job.jsonl")
    for record in rest:
        assert record.keys() >= names[record["kind"]] and record["v"] == 1
        assert record["id"].split("/")[0] == job.name
        datetime.datetime.fromisoformat(record["at"])
        assert all(isinstance(record[name], str) for name in record if name.endswith("usd"))


def test_show_tells_the_file(spool, mock):
    day = budget_file.Day(one_job(spool))
    shown = spool.json("budget", "show")
    assert D(shown["spent_usd"]) == day.spent > 0
    assert D(shown["cap_usd"]) == 10 and D(shown["reserved_usd"]) == D(shown["unknown_usd"]) == 0
    assert str(day.records[0]["day"]) in spool.run("budget", "show").out
    assert spool.run("budget").out == spool.run("budget", "show").out


@pytest.mark.parametrize("change", [
    lambda data: data.replace(b'"usd":"0.', b'"usd":"1.', 1),
    lambda data: b"".join(line for n, line in enumerate(data.splitlines(True)) if n != 1),
    lambda data: data.splitlines(True)[0] + data[len(data.splitlines(True)[0]) + 5:],
    lambda data: data + data.splitlines(True)[-1],
    lambda data: data[:100] + b"\x00" * 10 + data[110:],
], ids=["an amount changed", "a reservation taken out", "bytes taken out", "a settlement twice", "zeros inside"])
def test_an_edit_by_hand_is_found(spool, mock, change):
    path = one_job(spool)
    spool.run("budget", "verify")
    path.write_bytes(change(path.read_bytes()))
    found = spool.run("budget", "verify", code=None)
    assert found.returncode not in (0, 70) and path.name in found.out + found.err


def test_damage_in_the_middle_stops_spending(spool, mock):
    path = one_job(spool)
    data = path.read_bytes()
    path.write_bytes(data[:150] + b"#" + data[151:])
    spool.drop("more.jsonl", chats(3, start=100))
    refused = spool.run("daemon", "--once", code=None)
    assert refused.returncode not in (0, 70) and mock.count == 30
    assert path.name in refused.err + refused.out


def test_a_torn_last_record_is_cut_and_forgotten(spool, mock):
    path = one_job(spool)
    spent = budget_file.Day(path).spent
    with open(path, "ab") as file:
        file.write(b'{"v":1,"kind":"reserve","at":"2026')
    spool.process("more.jsonl", chats(3, start=100))
    assert budget_file.today(spool).spent > spent and mock.count == 33


def test_a_lost_settlement_is_charged_at_its_worst_case(spool, mock):
    """The day after a crash: a reservation of a job that is no longer there stays charged, never free."""
    path = one_job(spool)
    lines = path.read_bytes().splitlines(True)
    kept = [line for line in lines if b'"settle"' not in line]
    path.write_bytes(b"".join(kept))
    committed = budget_file.Day(path).committed
    spool.process("more.jsonl", chats(3, start=100))
    assert budget_file.today(spool).committed >= committed


@pytest.mark.fast
def test_raise_sets_the_new_cap(spool, mock):
    one_job(spool)
    spool.run("budget", "raise", "12.50")
    assert D(spool.json("budget", "show")["cap_usd"]) == D("12.50")
    last = budget_file.today(spool).records[-1]
    assert last["kind"] == "raise" and D(last["cap_usd"]) == D("12.50") and "uid" in last["by"]
    spool.run("budget", "verify")


@pytest.mark.parametrize("amount", ["-1", "1e3", "ten", "", "NaN", "0.0000000000001"])
def test_raise_refuses_what_is_no_amount(spool, mock, amount):
    one_job(spool)
    refused = spool.run("budget", "raise", amount, code=None)
    assert refused.returncode in (64, 65)
    assert D(spool.json("budget", "show")["cap_usd"]) == 10


def test_raise_reaches_a_running_daemon(spool, mock):
    with spool.daemon():
        spool.drop("job.jsonl", chats(2))
        wait_for(lambda: results.jobs(spool), 30, "the verdict")
        spool.run("budget", "raise", "99")
        wait_for(lambda: D(spool.status()["day"]["cap_usd"]) == 99, 10, lambda: f"the new cap: {spool.status()}")


def test_an_older_day_can_be_shown(spool, mock):
    day = one_job(spool).stem
    assert D(spool.json("budget", "show", "--day", day)["spent_usd"]) > 0
    assert spool.run("budget", "show", "--day", "not-a-day", code=None).returncode in (64, 65)


@pytest.mark.parametrize("content", ["of another day", "damaged", "empty"])
def test_a_file_from_tomorrow(spool, mock, content):
    """A wrong clock or a hand has put it there. Books that cannot be read spend nothing, on no day; and say which."""
    today = one_job(spool, 2)
    tomorrow = today.with_name(f"{datetime.date.fromisoformat(today.stem) + datetime.timedelta(1)}.jsonl")
    tomorrow.write_bytes({"of another day": today.read_bytes(), "damaged": b"{}\n{}\n", "empty": b""}[content])
    spool.drop("next.jsonl", chats(2, start=10))
    if content != "empty":
        refused = spool.once(code=74)  # EX_IOERR, sysexits.h
        assert str(tomorrow) in refused.err and "nothing is spent until" in refused.err and mock.count == 2
        tomorrow.unlink()
    spool.once()
    assert results.job_named(spool, "next.jsonl").verdict == "accepted" and mock.count == 4
    assert budget_file.Day(today).spent > 0 and budget_file.Day(today).reserved == 0
