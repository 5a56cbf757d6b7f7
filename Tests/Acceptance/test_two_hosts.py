"""Files between two hosts by rsync over ssh: connections break, links go, daemons die; none is lost or paid twice."""
import collections
import decimal
import random

import pytest

import budget_file
import hosts
import mock_answers
import results
import ring
import two_hosts
from scratch_spool import PRICES

REASON = hosts.missing()


pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))


@pytest.fixture
def seed(request):
    given = request.config.getoption("--seed")
    return random.SystemRandom().randrange(1 << 32) if given is None else given


@pytest.fixture
def faults_log(tmp_path):
    with open(tmp_path / "faults.log", "w") as log:
        yield log


def test_files_handed_over_by_rsync_under_faults(tmp_path, binary, request, seed, faults_log):
    count = request.config.getoption("--files")
    with hosts.two_hosts(tmp_path) as pair, two_hosts.two_sides(pair, binary, count, seed) as sides:
        faults = two_hosts.Faults(sides, seed, faults_log)
        two_hosts.exchange(sides, faults, seconds=120 + count)
        print(f"seed {seed}; {faults}")
        for producer, worker in two_hosts.pairs(sides):
            print(f"{producer.name} to {worker.name}: {check(producer, worker, producer.results)}")
            left = [path for path in (worker.spool.path / "done").rglob("*") if path.is_file()]
            assert bool(left) == (producer.name == "b"), "one side takes away what is done, the other copies it"


def test_a_ring(tmp_path, binary, request, seed, faults_log):
    """What one host has answered is the next file for the other."""
    seconds = request.config.getoption("--ring")
    chains = 8 if seconds < 60 else 40
    with hosts.two_hosts(tmp_path) as pair, two_hosts.two_sides(pair, binary, 0, seed, ring.RingSide) as sides:
        faults = two_hosts.Faults(sides, seed, faults_log)
        ring.go_round(sides, faults, chains, seconds)
        print(f"seed {seed}; {faults}")
        for producer, worker in two_hosts.pairs(sides):
            print(f"{producer.name} to {worker.name}: {check(producer, worker, worker.results)}")
        hops = collections.defaultdict(list)
        for name in sorted(sides[0].made | sides[1].made):
            hops[name.split("-")[0]].append(int(name.split("-")[1].removesuffix(".jsonl")))
        assert len(hops) == chains and all(found == list(range(len(found))) for found in hops.values()), hops
        assert all(len(found) > 1 for found in hops.values()), hops


def check(producer, worker, finished):
    """That each file came back once, whatever was delivered twice cost nothing, and the books of both ends agree."""
    jobs = collections.defaultdict(list)
    for job in results_in(finished):
        jobs[job.report["name"]].append(job)
    assert jobs.keys() == producer.made.keys(), f"lost: {sorted(producer.made.keys() - jobs.keys())[:10]}"
    for name, of_file in jobs.items():
        check_file(of_file, producer.made[name], producer.digests[name])
    unknown = check_books(worker, [job for of_file in jobs.values() for job in of_file], producer.made)
    assert not worker.spool.directories("rejected") and not any(producer.outgoing.iterdir())
    return {
        "files": len(jobs), "lines": sum(map(len, producer.made.values())),
        "delivered again": sum(len(of_file) - 1 for of_file in jobs.values()),
        "transfers": f"{producer.broken_transfers} of {producer.transfers} broke",
        "kill -9": worker.kills, "requests": worker.mock.count, "sent again": worker.mock.resent,
        "unknown": f"${unknown}", "temporary files left": len(list(worker.spool.inbox.rglob(".*")))}


def results_in(directory):
    for path in sorted(directory.glob("[!.]*")):
        job = results.Job(path.name)
        job.done = path
        yield job


def check_file(jobs, lines, sha256):
    """One job, or more where it was delivered again: each is whole, and together they have paid for each line once."""
    wanted = [line["custom_id"] for line in lines]
    for job in jobs:
        report = job.report
        counts = report["lines"]
        assert (report["sha256"], report["verdict"]) == (sha256, "accepted"), job.name
        assert [record["custom_id"] for record in job.output()] == wanted, job.name
        assert counts["answered"] + counts["reused"] == counts["total"] == len(lines), job.name
        assert not job.errors(), job.name
        if counts["answered"] == 0:  # this is how a second delivery is recognised
            assert job.spent == 0 and job.report["duplicates"]["saved_usd"] != "0", job.name
    assert sum(job.report["lines"]["answered"] for job in jobs) == len(lines), [job.name for job in jobs]


def check_books(worker, jobs, made):
    def price(body):
        usage = mock_answers.usage_of(body, "Answer 01234567.")
        million = decimal.Decimal(1_000_000)
        return (usage["prompt_tokens"] * decimal.Decimal(PRICES["input_usd_per_million"]) / million
                + usage["completion_tokens"] * decimal.Decimal(PRICES["output_usd_per_million"]) / million)

    worker.spool.run("budget", "verify")
    worker.spool.run("hashlog", "verify")
    worker.spool.run("report")
    mock, days = worker.mock, budget_file.days(worker.spool)
    spent, unknown = sum(day.spent for day in days), sum(day.unknown for day in days)
    assert sum(day.reserved for day in days) == 0
    assert mock.distinct == sum(map(len, made.values()))
    assert mock.resent <= two_hosts.CONCURRENCY * worker.kills, f"{mock.resent} sent again, {worker.kills} kills"
    assert spent == sum(price(line["body"]) for file in made.values() for line in file)
    assert spent == sum(job.spent for job in jobs)
    billed = sum(price(seen.body) for seen in mock.seen if seen.outcome == "answered")
    assert spent <= billed <= spent + unknown, f"billed {billed}; booked {spent} and {unknown} unknown"
    return unknown
