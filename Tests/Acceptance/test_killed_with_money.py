"""kill -9 with 64 requests in flight: no cent is booked twice, and none is freed that may have been billed."""
import collections
import decimal
import json
import os
import time

import pytest

import budget_file
import results
from killing import daemon_that_dies, records_grown
from waiting import wait_for
from worst_case import FLAT, NO_CANARY, even_chats, worst_cases

D = decimal.Decimal
IN_FLIGHT = 64
KILLS = 60 if os.environ.get("BOBBIN_LONG") else 10


class Spending:
    """Jobs under one cap, every request with the same worst case, its cost chosen by chance and told once."""

    def __init__(self, spool, mock, random, jobs, lines, cap_of=None):
        self.spool, self.mock, self.random = spool, mock, random
        self.inputs = {f"{job}.jsonl": even_chats(lines, start=10000 * (job + 1)) for job in range(jobs)}
        self.lines = jobs * lines
        spool.configure(model=FLAT)
        self.worst, self.tokens = worst_cases(spool, even_chats(2))
        self.costs = {}
        cap = "" if cap_of is None else f'[day]\nusd = "{cap_of * self.worst}"\n'
        spool.configure(
            lane=f"concurrency = {IN_FLIGHT}\nshard_lines = {min(lines, 64)}", model=FLAT, gate=NO_CANARY, budget=cap)
        mock.script = self.answer
        for name, lines in self.inputs.items():
            spool.drop(name, lines)

    def answer(self, request):
        used = self.costs.setdefault(request.sha256, self.random.randrange(2, self.tokens + 1))
        return {"usage": {"prompt_tokens": used - 1, "completion_tokens": 1, "total_tokens": used}}

    def billed(self):
        """What the server may ask for: each request that came, also where nobody was there to hear the answer."""
        return sum(D(self.costs[request.sha256]) for request in self.mock.seen) / 1_000_000

    def attempts(self):
        """Those that stand on disk, whenever the daemon died."""
        count = 0
        for path in self.spool.path.glob("processing/*/attempts.jsonl"):
            # A line that is torn was not durable, so that nothing was sent on it.
            count += sum("end" not in json.loads(text) for text in path.read_bytes().split(b"\n")[:-1])
        return count + sum(job.report["attempts"]["total"] for job in results.jobs(self.spool))

    def is_over(self):
        """Nothing moves any more: both have their verdict, or what has none is parked."""
        try:
            states = [json.loads(p.read_bytes())["state"] for p in self.spool.path.glob("processing/*/state.json")]
        except FileNotFoundError:
            return False  # one is being published at this moment
        finished = len(results.jobs(self.spool))
        return finished == len(self.inputs) or (
            len(states) + finished == len(self.inputs) and set(states) == {"parked"})

    def check(self):
        reports, entries = {}, collections.defaultdict(lambda: [D(0), D(0)])
        days = budget_file.days(self.spool)  # replayed: never above the cap, nothing taken back or reserved twice
        for day in days:
            assert day.reserved == 0, f"a reservation was left open: {day.live}"
            for record in day.records:
                if record["kind"] == "settle" and D(record["open_usd"]) == 0:
                    entries[record["id"]][0] += D(record["usd"])
                    entries[record["id"]][1] += D(record["unknown_usd"])
        for delivered, lines in self.inputs.items():
            job = results.job_named(self.spool, delivered)
            report = reports[delivered] = results.check_whole(job, lines, self.spool.directory)
            assert report["lines"]["answered"] == len(lines) and job.verdict == "accepted"
            mine = {name: sums for name, sums in entries.items() if name.split("/")[0] == job.name}
            # Sum of the settlements = sum of the outcomes: in all, for each shard, and for each line.
            assert sum(sums[0] for sums in mine.values()) == job.spent == sum(
                D(record["bobbin"]["cost_usd"]) for record in job.output())
            assert sum(sums[1] for sums in mine.values()) == D(report["cost"]["unknown_usd"])
            for shard in report["shards"]:
                assert mine[f"{job.name}/{int(shard['shard']):04}"][0] == D(shard["spent_usd"]), shard
            for record in job.output():
                told = record["response"]["body"]["usage"]["total_tokens"]
                assert D(record["bobbin"]["cost_usd"]) == D(told) / 1_000_000
        spent = sum((day.spent for day in days), D(0))
        unknown = sum((day.unknown for day in days), D(0))
        attempts = sum(report["attempts"]["total"] for report in reports.values())
        # One attempt of each line is booked as it was answered, and every other one at its worst case.
        assert unknown == (attempts - self.lines) * self.worst
        assert self.mock.count <= attempts and self.mock.resent * self.worst <= unknown
        assert self.billed() <= spent + unknown
        for day in days:
            self.spool.run("budget", "verify", "--day", day.records[0]["day"])
        print(f"{self.mock.count} requests, {self.mock.resent} of them again, {attempts} attempts on disk, "
              f"billed {self.billed()}, spent {spent} + unknown {unknown}")
        return unknown


def moment_of(choice, spool, mock, random):
    """A moment of a daemon's life, and its name."""
    if choice == "time":
        until = time.monotonic() + random.uniform(0, 1)
        return lambda daemon: time.monotonic() > until
    if choice == "records":
        return records_grown(spool, random.randrange(1, 30_000))
    wanted = mock.count + random.randrange(1, 3 * IN_FLIGHT)
    return lambda daemon: mock.count >= wanted


@pytest.mark.parametrize("cap_of", [None, 300], ids=["roomy", "near the cap"])
def test_killed_at_any_moment(spool, mock, seeded, cap_of):
    spending = Spending(spool, mock, seeded, jobs=2, lines=250, cap_of=cap_of)
    mock.delay = 0.03
    for _ in range(KILLS):
        moment = moment_of(seeded.choice(["time", "records", "records", "requests"]), spool, mock, seeded)

        daemon_that_dies(spool, lambda daemon: moment(daemon) or spending.is_over())
        wait_for(lambda: mock.in_flight == 0, 10, "the dead daemon's connections to be noticed")
        assert spending.attempts() >= mock.count, "sent, and not on disk before"
        for day in budget_file.days(spool):
            assert day.committed <= day.cap
    mock.delay = 0
    spool.once(code=None)
    if spool.status()["jobs"]:
        assert cap_of, "parked without a cap"
        spool.run("budget", "raise", 20 * spending.lines * spending.worst)
        spool.once()
    spending.check()


@pytest.mark.parametrize("answered", [0, 1, 40, 63])
def test_what_was_in_flight_is_unknown_and_nothing_else_is(spool, mock, seeded, answered):
    spending = Spending(spool, mock, seeded, jobs=1, lines=IN_FLIGHT)
    mock.release(answered)  # the first that come, and no more
    daemon_that_dies(spool, lambda daemon: mock.count == IN_FLIGHT and outcomes(spool) == answered)
    wait_for(lambda: mock.in_flight == 0, 10, "the dead daemon's connections to be noticed")
    mock.release()
    spool.once()
    assert spending.check() == (IN_FLIGHT - answered) * spending.worst
    assert mock.resent == IN_FLIGHT - answered


def outcomes(spool):
    return sum(path.read_bytes().count(b"\n") for path in spool.path.glob("processing/*/shards/*.jsonl"))
