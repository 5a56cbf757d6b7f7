"""The whole daemon over the midnights of Europe/Berlin, its wall clock moved from outside, on both switch days.

On 2026-03-29 the clock goes from 02:00 to 03:00 (23 hours), on 2026-10-25 from 03:00 back to 02:00 (25 hours).
"""
import dataclasses
import datetime
import decimal

import pytest

import budget_file
import results
from wall_clock import WallClock
from waiting import holds_for, wait_for
from worst_case import FLAT, NO_CANARY, dearest, even_chats, worst_cases

D = decimal.Decimal
SECOND, HOUR = datetime.timedelta(seconds=1), datetime.timedelta(hours=1)
TICK = datetime.timedelta(microseconds=1)


@dataclasses.dataclass
class SwitchDay:
    """Stated in UTC, so that no rule of a time zone is needed to know what is right."""

    name: str
    start: datetime.datetime
    hours: int

    @property
    def end(self):
        return self.start + self.hours * HOUR

    @property
    def before(self):
        return f"{datetime.date.fromisoformat(self.name) - datetime.timedelta(1)}"

    @property
    def after(self):
        return f"{datetime.date.fromisoformat(self.name) + datetime.timedelta(1)}"


DAYS = [
    SwitchDay("2026-03-29", datetime.datetime(2026, 3, 28, 23, tzinfo=datetime.UTC), 23),
    SwitchDay("2026-10-25", datetime.datetime(2026, 10, 24, 22, tzinfo=datetime.UTC), 25)]


@pytest.fixture(params=DAYS, ids=lambda day: day.name)
def day(request):
    return request.param


@pytest.fixture
def clock(spool):
    clock = WallClock(spool.directory)
    spool.environment = clock.environment
    return clock


class Requests:
    """Lines of one worst case, all of which the server uses; a day in Berlin that pays for `paid` of them."""

    def __init__(self, spool, mock, paid, lane="concurrency = 16\nshard_lines = 4"):
        spool.configure(model=FLAT, gate=NO_CANARY)
        self.usd, tokens = worst_cases(spool, even_chats(2))
        mock.script = dearest(tokens)
        self.taken = 0
        spool.configure(
            lane=lane, model=FLAT, gate=NO_CANARY,
            budget=f'time_zone = "Europe/Berlin"\n[day]\nusd = "{paid * self.usd}"\n')

    def lines(self, count):
        start, self.taken = self.taken, self.taken + count
        return even_chats(count, start=10000 + start)


def books(spool):
    """Day -> its file, replayed: never above its cap at any record."""
    return {path.stem: budget_file.Day(path) for path in (spool.path / "budget").glob("*.jsonl")}


def kinds(book, kind):
    return [record for record in book.records if record["kind"] == kind]


def finished(spool, count):
    wait_for(lambda: len(results.jobs(spool)) == count, 30, lambda: f"{count} verdicts; status: {spool.status()}")


def parked_at(spool, mock, count):
    wait_for(lambda: mock.count >= count, 30, lambda: f"{count} requests, {mock.count} came; {spool.status()}")
    spool.parked()
    assert mock.count == count


def test_parked_work_goes_on_within_a_minute_of_the_local_midnight(spool, mock, clock, day):
    requests = Requests(spool, mock, paid=5)
    lines = requests.lines(12)
    clock.stop_at(day.start - HOUR)
    with spool.daemon():
        spool.drop("job.jsonl", lines)
        parked_at(spool, mock, 5)
        # A day of 24 hours and an offset that does not change would each turn at one of these.
        midnights = [(day.start, day.name), (day.end, day.after)]
        for number, (midnight, name) in enumerate(midnights, 1):
            for early in (midnight - HOUR, midnight - TICK):
                clock.stop_at(early)
                holds_for(lambda: mock.count == 5 * number, 2, "nothing goes on before midnight")
            clock.go_from(midnight)
            wait_for(lambda: mock.count > 5 * number, 60, lambda: f"the job to go on at {midnight}: {spool.status()}")
            assert clock.now() - midnight < 60 * SECOND
            assert spool.status()["day"]["day"] == name
            if number == 1:
                parked_at(spool, mock, 10)
        finished(spool, 1)
    results.check_whole(results.job_named(spool, "job.jsonl"), lines, spool.directory)
    spent = {name: book.spent / requests.usd for name, book in books(spool).items()}
    assert spent == {day.before: 5, day.name: 5, day.after: 2}
    spool.run("budget", "verify")


def test_a_switch_day_has_all_of_its_hours(spool, mock, clock, day):
    """The hour that comes twice opens no new day, nor does the one that is left out; the last instant is in it yet."""
    requests = Requests(spool, mock, paid=100)
    moments = [(day.start - TICK, day.before), (day.start, day.name)]
    moments += [(day.start + hour * HOUR, day.name) for hour in range(1, day.hours)]
    moments += [(day.end - TICK, day.name), (day.end, day.after)]
    with_clock = {}
    clock.stop_at(moments[0][0])
    with spool.daemon():
        for number, (moment, name) in enumerate(moments, 1):
            clock.stop_at(moment)
            spool.drop(f"{number:02}.jsonl", requests.lines(1))
            finished(spool, number)
            with_clock[name] = with_clock.get(name, 0) + 1
            assert {name: book.spent / requests.usd for name, book in books(spool).items()} == with_clock, moment
    assert with_clock == {day.before: 1, day.name: day.hours + 1, day.after: 1}
    for name, book in books(spool).items():
        [opened] = kinds(book, "open")
        assert (opened["day"], opened["time_zone"]) == (name, "Europe/Berlin")
        assert book.cap == 100 * requests.usd and not kinds(book, "raise")
        spool.run("budget", "verify", "--day", name)


@pytest.mark.parametrize("turn", ["start", "end"])
def test_what_was_set_aside_before_midnight_is_settled_in_its_day(spool, mock, clock, day, turn):
    requests = Requests(spool, mock, paid=4)
    midnight, old, new = {
        "start": (day.start, day.before, day.name), "end": (day.end, day.name, day.after)}[turn]
    clock.stop_at(midnight - TICK)
    mock.hold()
    with spool.daemon():
        spool.drop("early.jsonl", requests.lines(4))
        mock.await_in_flight(4)
        # The new day has a cap of its own, whatever of the old one is still open.
        clock.go_from(midnight)
        spool.drop("late.jsonl", requests.lines(4))
        mock.await_in_flight(8)
        mock.release()
        finished(spool, 2)
    both = books(spool)
    assert {name: book.spent / requests.usd for name, book in both.items()} == {old: 4, new: 4}
    for name, delivered in ((old, "early.jsonl"), (new, "late.jsonl")):
        job = results.job_named(spool, delivered)
        for kind in ("reserve", "settle"):
            assert {record["id"].split("/")[0] for record in kinds(both[name], kind)} == {job.name}
    told = [datetime.datetime.fromisoformat(record["at"]) for record in kinds(both[old], "settle")]
    assert min(told) >= midnight, "it was settled after midnight"
    spool.run("budget", "verify")
    spool.run("budget", "verify", "--day", old)


def test_who_waits_for_the_money_of_others_goes_on_at_midnight(spool, mock, clock, day):
    """All of the day is set aside by a request that hangs: the next job need not wait for its end once the day turns."""
    requests = Requests(spool, mock, paid=4)
    clock.stop_at(day.end - TICK)
    mock.hold()
    with spool.daemon():
        spool.drop("early.jsonl", requests.lines(4))
        mock.await_in_flight(4)
        spool.drop("late.jsonl", requests.lines(4))
        wait_for(lambda: any("elsewhere" in (job["reason"] or "") for job in spool.status()["jobs"]), 30,
                 lambda: f"the second job to wait: {spool.status()}")
        clock.go_from(day.end)
        mock.await_in_flight(8, seconds=60)
        mock.release()
        finished(spool, 2)
    assert {name: book.spent / requests.usd for name, book in books(spool).items()} == {day.name: 4, day.after: 4}


@pytest.mark.parametrize("start", ["after midnight", "40 days later", "before the day"])
def test_a_daemon_that_is_killed_and_started_on_another_day(spool, mock, clock, day, start):
    """What was in flight is unknown on the day that paid for it; it is sent again under the money of the day it is."""
    requests = Requests(spool, mock, paid=4)
    moment = {
        "after midnight": day.end, "40 days later": day.end + 40 * 24 * HOUR,
        "before the day": day.start - HOUR}[start]
    clock.stop_at(day.end - TICK)
    mock.hold()
    lines = requests.lines(4)
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", lines)
        mock.await_in_flight(4)
        daemon.kill()
    wait_for(lambda: mock.in_flight == 0, 10, "the connections of the dead daemon to end")
    mock.release()
    clock.go_from(moment)
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    results.check_whole(job, lines, spool.directory)
    money = {name: (book.spent / requests.usd, book.unknown / requests.usd) for name, book in books(spool).items()}
    assert money.pop(day.name) == (0, 4) and list(money.values()) == [(4, 0)]
    assert start != "after midnight" or day.after in money
    assert D(job.report["cost"]["unknown_usd"]) == 4 * requests.usd
    spool.once()  # its books are as good for the next start
    for name in books(spool):
        spool.run("budget", "verify", "--day", name)


@pytest.mark.parametrize("is_restarted", [False, True], ids=["running", "restarted"])
def test_a_clock_that_steps_back_over_midnight_pays_from_the_day_it_shows(spool, mock, clock, day, is_restarted):
    """What that day has spent already counts; what is in flight over the step stays where it was set aside."""
    requests = Requests(spool, mock, paid=5)

    def spent():
        return {name: book.spent / requests.usd for name, book in books(spool).items()}

    def stays_or_starts_again(running):
        if not is_restarted:
            return running
        running.stop()
        running.end()
        return start()

    def start():
        from daemon import Daemon

        started.append(Daemon(spool))
        started[-1].await_ready()
        return started[-1]

    started = []
    try:
        clock.stop_at(day.start - HOUR)
        daemon = start()
        spool.drop("1.jsonl", requests.lines(3))
        finished(spool, 1)
        clock.stop_at(day.start)
        mock.hold()
        spool.drop("2.jsonl", requests.lines(2))
        mock.await_in_flight(2)
        clock.stop_at(day.start - TICK)
        mock.release()
        finished(spool, 2)
        assert spent() == {day.before: 3, day.name: 2}
        daemon = stays_or_starts_again(daemon)
        spool.drop("3.jsonl", requests.lines(9))
        parked_at(spool, mock, 7)
        assert spent() == {day.before: 5, day.name: 2}, "the day of the step had money for two more"
        daemon = stays_or_starts_again(daemon)
        clock.stop_at(day.start + SECOND)
        parked_at(spool, mock, 10)
        assert spent() == {day.before: 5, day.name: 5}, "and the day that was left had money for three"
        clock.stop_at(day.start - SECOND)
        holds_for(lambda: mock.count == 10, 2, "neither day pays twice")
        clock.stop_at(day.end)
        finished(spool, 3)
        daemon.stop()
    finally:
        for each in started:
            each.end()
    assert spent() == {day.before: 5, day.name: 5, day.after: 4}
    for name in books(spool):
        spool.run("budget", "verify", "--day", name)


def test_a_raise_by_hand_is_of_its_day(spool, mock, clock, day):
    requests = Requests(spool, mock, paid=2)
    clock.stop_at(day.end - SECOND)
    with spool.daemon():
        spool.drop("job.jsonl", requests.lines(9))
        parked_at(spool, mock, 2)
        spool.run("budget", "raise", 4 * requests.usd)
        parked_at(spool, mock, 4)
        clock.stop_at(day.end)
        parked_at(spool, mock, 6)
        holds_for(lambda: mock.count == 6, 2, "the new day has the cap of the configuration")
    assert {name: book.cap / requests.usd for name, book in books(spool).items()} == {day.name: 4, day.after: 2}


def test_a_job_that_is_paid_by_a_later_day_and_then_by_an_earlier_one(spool, mock, clock, day):
    """The clock steps back between two rounds of one shard: both files are whole, and the next start reads them so."""
    requests = Requests(spool, mock, paid=5)
    with spool.daemon():
        for number, moment in enumerate((day.start, day.start - SECOND), 1):
            clock.stop_at(moment)
            spool.drop(f"{number}.jsonl", requests.lines(3))
            finished(spool, number)
        clock.stop_at(day.start)
        spool.drop("3.jsonl", requests.lines(4))
        parked_at(spool, mock, 8)
        clock.stop_at(day.start - SECOND)
        finished(spool, 3)
    assert {name: book.spent / requests.usd for name, book in books(spool).items()} == {day.before: 5, day.name: 5}
    spool.run("budget", "verify", "--day", day.name)
    spool.process("4.jsonl", requests.lines(2), code=75)
