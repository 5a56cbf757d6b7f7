"""kill -9, at any moment: nothing is lost, only what was in flight is sent again, and the books add up."""
import bisect
import collections
import time

import pytest

import budget_file
import results
from killing import daemon_that_dies
from request_lines import chats, with_duplicates
from waiting import wait_for

CONCURRENCY = 16


def finish(spool, mock, lines, name):
    """The last start; then every promise that can be checked from outside."""
    spool.once()
    job = results.job_named(spool, name)
    report = results.check_whole(job, lines, spool.directory)
    assert report["verdict"] == "accepted" and report["lines"]["answered"] + report["lines"]["reused"] == len(lines)
    spool.run("budget", "verify")
    spool.run("hashlog", "verify")
    assert not spool.directories("processing")
    paid = sum(budget_file.D(record["bobbin"]["cost_usd"]) for record in job.output())
    days = budget_file.days(spool)
    assert sum(day.reserved for day in days) == 0, "a reservation was left open"
    assert budget_file.total_spent(spool) == paid
    return job


def check_resent(spool, mock, kills):
    """What came twice was in flight at a kill: at most as many as may be in flight, and booked as unknown."""
    assert mock.resent <= CONCURRENCY * kills, f"{mock.resent} sent again after {kills} kills"
    if mock.resent:
        assert budget_file.total_unknown(spool) > 0, "sent again, but nowhere booked as unknown"


@pytest.mark.parametrize("kills", [20])
def test_20_random_kills_of_a_600_line_job(spool, mock, seeded, kills):
    spool.configure(lane=f"concurrency = {CONCURRENCY}\nshard_lines = 100")
    lines = with_duplicates(540, 60, seed=seeded.randrange(1000))
    spool.drop("job.jsonl", lines)
    mock.delay = 0.03
    sent = []
    for _ in range(kills):
        if seeded.random() < 0.4:  # at any time of the start, the recovery or the run
            until = time.monotonic() + seeded.uniform(0.0, 0.6)
            daemon_that_dies(spool, lambda daemon: time.monotonic() > until)
        else:  # after some more requests, so that the kills are spread over the whole job
            wanted = mock.count + seeded.randrange(1, 45)
            daemon_that_dies(spool, lambda daemon: mock.count >= wanted or results.jobs(spool))
        wait_for(lambda: mock.in_flight == 0, 10, "the dead daemon's connections to be noticed")
        sent.append(mock.count)
    mock.delay = 0
    finish(spool, mock, lines, "job.jsonl")
    check_resent(spool, mock, kills)
    interrupted = interrupted_by(sent, mock.bodies())
    assert max(interrupted.values(), default=0) <= CONCURRENCY, interrupted
    print(f"{mock.count} requests for {mock.distinct}; {mock.resent} sent again after {kills} kills, at {sent}")


def interrupted_by(sent, bodies):
    """How many of the requests that came again each kill had interrupted: the first kill after they were last sent.

    `sent` has the number of requests at the server at each kill.
    """
    last, interrupted = {}, collections.Counter()
    for place, body in enumerate(bodies):
        if body in last:
            interrupted[bisect.bisect_right(sent, last[body])] += 1
        last[body] = place
    return interrupted


def budget_has(spool, kind, **members):
    def there():
        for path in (spool.path / "budget").glob("*.jsonl"):
            for line in path.read_bytes().split(b"\n"):
                wanted = [f'"kind":"{kind}"', *(f'"{name}":"{value}"' for name, value in members.items())]
                if all(part.encode() in line for part in wanted):
                    return True
        return False
    return there


def exists(spool, pattern, bytes_=0):
    return lambda: any(path.stat().st_size >= bytes_ for path in spool.path.glob(pattern))


#: On-disk states in the order in which they come, each seen from outside; the kill comes as soon as one is there.
STATES = {
    "a file of the self-test": lambda s, m: exists(s, "*/.bobbin-self-test*"),
    "the job's directory": lambda s, m: exists(s, "processing/[!.]*"),
    "the claiming rename": lambda s, m: lambda: not (s.inbox / "job.jsonl").exists(),
    "the snapshot": lambda s, m: exists(s, "processing/*/input.jsonl"),
    "job.json": lambda s, m: exists(s, "processing/*/job.json"),
    "the plan": lambda s, m: exists(s, "processing/*/plan.json"),
    "the day's budget file": lambda s, m: budget_has(s, "open"),
    "the reservation": lambda s, m: budget_has(s, "reserve"),
    "the first request": lambda s, m: lambda: m.count > 0,
    "the first outcome": lambda s, m: exists(s, "processing/*/shards/*.jsonl", 1),
    "the last outcome of a shard": lambda s, m: lambda: m.count >= 20 and m.in_flight == 0,
    "a part of a settlement": lambda s, m: budget_has(s, "settle"),
    "a whole settlement": lambda s, m: budget_has(s, "settle", open_usd="0"),
    "the first answers in the hash log": lambda s, m: exists(s, "hashlog/keys-*", 64),
    "the last request": lambda s, m: lambda: m.count >= 60,
    "the report": lambda s, m: exists(s, "processing/*/report.json"),
    "the publishing rename": lambda s, m: exists(s, "done/[!.]*"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_kill_right_after(spool, mock, state):
    spool.configure(lane=f"concurrency = {CONCURRENCY}\nshard_lines = 20")
    lines = chats(60)
    spool.drop("job.jsonl", lines)
    mock.delay = 0.02
    moment = STATES[state](spool, mock)

    def moment_or_over(daemon):
        try:
            return moment() or results.jobs(spool)
        except FileNotFoundError:
            return False  # what was looked at moved on while it was being looked at

    daemon_that_dies(spool, moment_or_over)
    finish(spool, mock, lines, "job.jsonl")
    check_resent(spool, mock, kills=1)


def test_killed_again_and_again_during_recovery(spool, mock):
    """Recovery is itself recovered: kills at growing times of the start, with outcomes and reservations left open."""
    lines = chats(120)
    spool.drop("job.jsonl", lines)
    mock.delay = 0.02
    daemon_that_dies(spool, lambda daemon: mock.count >= 30)
    for step in range(12):
        until = time.monotonic() + 0.02 * step
        daemon_that_dies(spool, lambda daemon: time.monotonic() > until)
    finish(spool, mock, lines, "job.jsonl")
    check_resent(spool, mock, kills=13)


def test_a_split_job_is_finished_forward(spool, mock):
    """Two renames, one to done/ and one to rejected/: a kill at each step in between leaves neither half alone."""
    spool.configure(lane="shard_lines = 20")
    lines = chats(60)
    mock.script = lambda r: {"finish_reason": "length"} if int(r.text.split()[-1][:-1]) >= 40 else {}
    for number, pattern in enumerate(("processing/*/report.json", "done/*", "rejected/*")):
        name = f"job-{number}.jsonl"
        spool.drop(name, [{**line, "body": {**line["body"], "seed": number}} for line in lines])
        there = collections.Counter(d.name for d in spool.directories("done", "rejected"))

        def moment(daemon):
            if pattern.startswith("processing"):
                return any(spool.path.glob(pattern)) or results_of(name)
            state = pattern.split("/")[0]
            return any(d.name not in there for d in spool.directories(state)) or results_of(name)

        def results_of(name):
            return [d for d in spool.directories("done", "rejected") if d.name.startswith(name.removesuffix(".jsonl"))]

        daemon_that_dies(spool, moment)
        spool.once(code=None)
        job = results.job_named(spool, name)
        assert job.verdict == "split" and job.done and job.rejected
        results.check_whole(job, lines, spool.directory)
