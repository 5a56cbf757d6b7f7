"""Eight writers deliver, each in its own way, while the daemon is killed and stopped again and again: each file is one
job, and what the server was asked beyond one request a file is booked as unknown.

`Tests/long/deliveries` runs it with 200,000 files and 100 restarts.
"""
import collections
import concurrent.futures
import hashlib
import json
import os
import shutil
import subprocess
import threading
import time
import urllib.request

import pytest

import budget_file
from daemon import Daemon
from request_lines import chat, jsonl
from waiting import wait_for

CONCURRENCY = 16
#: So many files are under way at the most: what a writer is ahead of the house.
AHEAD = 2000
#: Files that one run of a program hands over.
BATCH = 10


class Writer:
    """Delivers files of one line, batch by batch."""

    def __init__(self, way, spool, count):
        self.way, self.count = way, count
        self.name = way.__name__
        self.inbox, self.binary, self.config = spool.inbox, spool.binary, spool.config
        self.scratch = spool.directory / self.name
        self.scratch.mkdir()

    def name_of(self, number):
        return f"{self.name}-{number:06}.jsonl"

    def data(self, name):
        return jsonl([chat(name, f"Say something of {name}.")])

    def write(self, wait_for_room):
        for start in range(0, self.count, BATCH):
            wait_for_room()
            self.way(self, [self.name_of(number) for number in range(start, min(start + BATCH, self.count))])

    def prepared(self, name):
        path = self.scratch / name
        path.write_bytes(self.data(name))
        return path

    def run(self, *command, known=None):
        """A program that is given whole files and has moved or copied them when it ends; all it may say is `known`."""
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
        said = done.stderr.splitlines()
        is_known = known and said and all(known in line for line in said)
        assert done.returncode == 0 or is_known, f"{command[0]}: {done.returncode} {done.stderr}"


def pieces(writer, names):
    """`cp` and `scp`: open under the final name, and not whole for a while."""
    for name in names:
        data = writer.data(name)
        with open(writer.inbox / name, "wb", buffering=0) as file:
            for start in range(0, len(data), 60):
                file.write(data[start:start + 60])


def moved(writer, names):
    """Of several files mv(1) looks at each once more where it put it, and says so where that was claimed meanwhile."""
    writer.run("mv", "-t", writer.inbox, *[writer.prepared(name) for name in names], known="cannot stat")


def linked(writer, names):
    for name in names:
        source = writer.prepared(name)
        os.link(source, writer.inbox / name)
        source.unlink()


def unnamed(writer, names):
    """O_TMPFILE, then linkat."""
    directory = os.open(writer.inbox, os.O_RDONLY)
    try:
        for name in names:
            descriptor = os.open(writer.inbox, os.O_TMPFILE | os.O_RDWR, 0o644)
            os.write(descriptor, writer.data(name))
            os.link(f"/proc/self/fd/{descriptor}", name, dst_dir_fd=directory, follow_symlinks=True)
            os.close(descriptor)
    finally:
        os.close(directory)


def rsynced(writer, names):
    for name in names:
        writer.prepared(name)
    writer.run("rsync", "-rtO", "--remove-source-files", f"{writer.scratch}/", f"{writer.inbox}/")


def teed(writer, names):
    for name in names:
        data = writer.data(name)
        with subprocess.Popen(["tee", "-a", writer.inbox / name], stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL) as tee:
            tee.stdin.write(data[:70])
            tee.stdin.flush()
            tee.stdin.write(data[70:])
        assert tee.returncode == 0


def renamed(writer, names):
    """As a browser or an sftp client does, in the inbox itself."""
    for name in names:
        temporary = writer.inbox / f"{name}.part"
        temporary.write_bytes(writer.data(name))
        temporary.rename(writer.inbox / name)


def submitted(writer, names):
    paths = [writer.prepared(name) for name in names]
    writer.run(writer.binary, "submit", *paths, "--config", writer.config)
    for path in paths:
        path.unlink()


WAYS = [pieces, moved, linked, unnamed, rsynced, teed, renamed, submitted]


class Collector:
    """Takes the finished jobs out of the spool, as a consumer does, and remembers each: name -> digests."""

    def __init__(self, spool):
        self.spool = spool
        self.digests = collections.defaultdict(list)
        self.odd = []
        self.count = 0
        self.taken = spool.directory / "taken"
        self.taken.mkdir()

    def collect(self, over):
        while not over.is_set():
            if not sum(self._take(state) for state in ("done", "rejected")):
                over.wait(0.02)

    def _take(self, state):
        found = [name for name in os.listdir(self.spool.path / state) if not name.startswith(".")]
        for name in found:
            job = self.taken / f"{state}-{name}"
            (self.spool.path / state / name).rename(job)
            report = json.loads((job / "report.json").read_bytes())
            lines = report["lines"]
            if (state, report["verdict"], lines["total"], lines["answered"] + lines["reused"]) != (
                    "done", "accepted", 1, 1):
                self.odd.append((state, name, report["reason"]))
            self.digests[report["name"]].append(report["sha256"])
            self.count += 1
            shutil.rmtree(job)
        return len(found)


class Restarts:
    """Kills and stops, spread over the whole: most at work, some while it starts."""

    def __init__(self, spool, random, collector, count, files):
        self.spool, self.random, self.collector = spool, random, collector
        self.count, self.files = count, files
        self.done = collections.Counter()
        self.starts = []
        self.daemon = Daemon(spool)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.daemon.end()

    def run(self, over):
        for number in range(1, self.count + 1):
            wait_for(lambda: over.is_set() or self.collector.count >= self.files * number // (self.count + 1), 3600,
                     lambda: f"restart {number}: {self.collector.count} jobs\n{self.daemon.log[-2000:]}")
            assert not over.is_set(), "given up"
            self._end_it(self.random.choice(["kill", "kill", "kill in the start", "stop"]))
            began = time.monotonic()
            self.daemon = Daemon(self.spool)
            self.daemon.await_message("READY=1", seconds=300)
            self.starts.append(time.monotonic() - began)

    def _end_it(self, how):
        assert self.daemon.is_alive, f"it ended by itself: {self.daemon.process.poll()}\n{self.daemon.log[-2000:]}"
        self.done[how] += 1
        if how == "stop":
            self.daemon.stop(seconds=60)
        else:
            self.daemon.kill()
        self.daemon.end()
        if how == "kill in the start":
            self.daemon = Daemon(self.spool)
            until = time.monotonic() + self.random.uniform(0, 0.5)
            wait_for(lambda: time.monotonic() > until, 10, "the moment to kill")
            self.daemon.kill()
            self.daemon.end()


@pytest.fixture
def simulator(spool):
    """Slow enough that a kill finds requests in flight."""
    with spool.simulator(latency_ms=100) as url:
        yield url


def test_each_of_many_files_is_one_job(spool, simulator, seeded, request):
    files, restarts = request.config.getoption("--deliveries"), request.config.getoption("--restarts")
    if not shutil.which("rsync"):
        pytest.skip("rsync is not installed")
    spool.url = simulator
    spool.configure(lane=f"concurrency = {CONCURRENCY}", gate="[canary]\nlines = 0\n")
    spool.once()
    writers = [Writer(way, spool, files // len(WAYS)) for way in WAYS]
    files = sum(writer.count for writer in writers)
    collector, over, began = Collector(spool), threading.Event(), time.monotonic()
    faults = Restarts(spool, seeded, collector, restarts, files)
    delivered = [0] * len(writers)

    def write(place):
        def room():
            delivered[place] += BATCH
            wait_for(lambda: over.is_set() or sum(delivered) - collector.count <= AHEAD + BATCH * len(WAYS), 3600,
                     lambda: f"room: {sum(delivered)} delivered, {collector.count} done")
            assert not over.is_set(), "given up"
        writers[place].write(room)

    with faults, concurrent.futures.ThreadPoolExecutor(len(writers) + 2) as pool:
        work = [pool.submit(write, place) for place in range(len(writers))]
        work += [pool.submit(faults.run, over)]
        collecting = pool.submit(collector.collect, over)
        try:
            wait_for(lambda: any(each.done() and each.exception() for each in [*work, collecting])
                     or all(each.done() for each in work) and collector.count >= files, 300 + files // 10,
                     lambda: f"{files} jobs, not {collector.count}; {spool.status()}\n{faults.daemon.log[-2000:]}")
            for each in [*work, collecting]:
                if each.done():  # what failed says how; the others have not been given up yet
                    each.result()
            faults.daemon.stop(seconds=60)
        finally:
            over.set()
        collecting.result()
    took = time.monotonic() - began
    statistics = json.loads(urllib.request.urlopen(f"{simulator}/stats").read())
    expected = {
        name: [hashlib.sha256(writer.data(name)).hexdigest()]
        for writer in writers for name in map(writer.name_of, range(writer.count))}
    assert dict(collector.digests) == expected, "a file was lost, doubled or changed"
    assert not collector.odd, collector.odd[:10]
    assert not spool.directories("processing") and not list(spool.inbox.glob("*.jsonl"))
    asked, resent = sum(statistics["requests"].values()), sum(statistics["requests"].values()) - files
    assert statistics["distinct_bodies"] == files
    days = budget_file.days(spool)
    unknown = sum(entry.unknown > 0 for day in days for entry in day.entries)
    print(f"{files} files in {took:.0f} s; {dict(faults.done)}, starts of {min(faults.starts, default=0):.2f} to "
          f"{max(faults.starts, default=0):.2f} s; {asked} requests, {resent} again, {unknown} booked as unknown")
    kills = faults.done["kill"] + 2 * faults.done["kill in the start"]
    assert resent <= unknown <= CONCURRENCY * kills
    assert sum(day.reserved for day in days) == 0
