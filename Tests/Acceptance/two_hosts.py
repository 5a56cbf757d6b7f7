"""Two daemons on two hosts that hand each other files by rsync over ssh, and the faults meanwhile."""
import concurrent.futures
import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import threading
import time

import hosts
import request_lines
from daemon import Daemon
from mock_server import MockServer
from scratch_spool import PRICES, ScratchSpool, environment
from waiting import wait_for

CONCURRENCY = 16


class MockOnHost(MockServer):
    def __init__(self, host):
        super().__init__()
        self._host = host

    def _run(self):
        with self._host.inside():
            super()._run()


class Side:
    """One host: a spool with its daemon, and a producer whose `count` files go to the other side's spool."""

    def __init__(self, name, host, disk, binary, count, seed):
        self.name, self.host, self.count = name, host, count
        self.random = random.Random(f"{seed} {name}")
        self.mock = MockOnHost(host).start()
        self.mock.delay = 0.1  # so that something is in flight when the daemon is killed
        self.spool = ScratchSpool(disk, binary, self.mock.url)
        self.spool.configure(
            lane=f"concurrency = {CONCURRENCY}",
            model={"endpoint": "mock", "max_output_tokens": 64, "context_tokens": 1_000_000, **PRICES})
        self.outgoing, self.results = host.directory / "outgoing", host.directory / "results"
        self.outgoing.mkdir()
        self.results.mkdir()
        self.daemon = None
        self.kills = self.transfers = self.broken_transfers = 0
        #: The lines and the SHA-256 of every file that the producer has made, by name.
        self.made = {}
        self.digests = {}
        #: Names whose job has come back, as far as `pull` has seen, and the reports it has read.
        self.back, self._read = set(), set()

    # The daemon.

    def start_daemon(self):
        with self.host.inside():
            self.daemon = Daemon(self.spool)
        self.daemon.await_ready()

    def kill_daemon(self):
        self.daemon.kill()
        self.daemon.end()
        self.kills += 1
        wait_for(lambda: self.mock.in_flight == 0, 10, "the dead daemon's connections to be noticed")

    @property
    def is_idle(self):
        return not self.spool.directories("processing") and not list(self.spool.inbox.glob("[!.]*"))

    def end(self):
        if self.daemon:
            self.daemon.end()
        self.mock.stop()

    # The producer.

    def produce(self, count):
        """New files of one to five lines, one in five of them long; by rename, so that no rsync meets half of one."""
        for _ in range(count):
            name = f"{self.name}-{len(self.made):05}.jsonl"
            padding = " and on" * self.random.choice([0] * 4 + [4000])
            self.write(name, [
                request_lines.chat(f"{name}/{number}", f"Line {number} of {name}{padding}.")
                for number in range(self.random.randint(1, 5))])

    def write(self, name, lines):
        content = request_lines.jsonl(lines)
        self.made[name], self.digests[name] = lines, hashlib.sha256(content).hexdigest()
        new = self.outgoing / f".{name}"
        new.write_bytes(content)
        new.rename(self.outgoing / name)

    def hand_over(self, peer, batch_max, over):
        """Makes files and sends them, some at a time, until none is left to be made or sent."""
        while not over.is_set() and (len(self.made) < self.count or any(self.outgoing.iterdir())):
            self.produce(min(self.count - len(self.made), self.random.randint(1, batch_max)))
            self.send(peer)

    def send(self, peer):
        partial = ["--partial-dir=.partial"] if self.name == "a" else []
        self._rsync(
            "--exclude=.*", "--remove-source-files", "--bwlimit=200", *partial,
            f"{self.outgoing}/", f"{peer.address_of_spool}/inbox/")

    # The consumer.

    def collect(self, peer, over):
        """Pulls what is done until every file is back."""
        while not over.is_set() and len(self.back) < self.count:
            self.pull(peer)
            over.wait(1 + self.count / 2000)

    def pull(self, peer):
        """One side takes away what is done, the other copies it. False: the transfer broke."""
        remove = ["--remove-source-files"] if self.name == "a" else []
        went_well = self._rsync(*remove, f"{peer.address_of_spool}/done/", f"{self.results}/")
        for path in set(self.results.glob("*/report.json")) - self._read:
            # rsync sends the files of a directory in order of name: where the report is, the answers are.
            assert (path.parent / "output.jsonl").exists(), f"{path} came without its answers"
            self._read.add(path)
            self.back.add(json.loads(path.read_bytes())["name"])
        return went_well

    @property
    def address_of_spool(self):
        return f"root@{self.host.address}:{self.spool.path}"

    def _rsync(self, *arguments):
        """With the times of files, so that what is there already is not sent, but nothing of owners and modes, and
        nothing of the directory itself."""
        with self.host.inside(), open(self.host.directory / "rsync.log", "ab") as log:
            code = subprocess.run(
                ["rsync", "-rtO", "--timeout=15", "-e", self.host.ssh_command, *arguments],
                stdout=log, stderr=log, env=environment(), timeout=120).returncode
        self.transfers += 1
        self.broken_transfers += code != 0
        return code == 0


@contextlib.contextmanager
def two_sides(pair, binary, count, seed, kind=Side):
    """The second has its spool on a small file system of its own, which can be filled up."""
    disks = [host.directory / "disk" for host in pair]
    for disk in disks:
        disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512m", "bobbin", disks[1]], check=True)
    sides = []
    try:
        for name, host, disk, share in zip("ab", pair, disks, (count - count // 2, count // 2)):
            sides.append(kind(name, host, disk, binary, share, seed))
        yield sides
    finally:
        for side in sides:
            side.end()
        subprocess.run(["umount", "--lazy", disks[1]], check=True)


class Faults:
    """One fault after the other, chosen by a seed, until it is over; everything is mended in the end."""

    def __init__(self, sides, seed, log):
        self.sides, self.random, self._log = sides, random.Random(f"{seed} faults"), log
        self.counts = {}
        self.poor_link = hosts.poor_link(sides[0].host)
        self._began = time.monotonic()

    def __str__(self):
        return f"faults: {dict(sorted(self.counts.items()))}; poor links by {self.poor_link}"

    def run(self, over):
        kinds = {
            self.break_transfer: 4, self.break_hand_over: 4, self.kill_daemon: 2, self.link_down: 1, self.link_poor: 1,
            self.disk_full: 1}
        self._over = over
        while not over.wait(self.random.uniform(0.1, 1.0)):
            fault, = self.random.choices(list(kinds), list(kinds.values()))
            fault(self.random.choice(self.sides))

    def _say(self, fault, side, detail=""):
        self.counts[fault] = self.counts.get(fault, 0) + 1
        self._log.write(f"{time.monotonic() - self._began:8.2f} {side.name} {fault} {detail}\n")
        self._log.flush()

    def break_transfer(self, side):
        """At any time of it, its connection included."""
        self._kill_one_of(side.host.carriers(), side)

    def break_hand_over(self, side):
        """In the middle of a file, where one comes in time."""
        peer = next(peer for peer in self.sides if peer is not side)
        until = time.monotonic() + 2
        wait_for(lambda: any(peer.spool.inbox.glob(".*.jsonl.*")) or time.monotonic() > until, 5, "a temporary file")
        target = str(peer.spool.inbox)
        self._kill_one_of(side.host.carriers(target) + peer.host.carriers(target), side, "handing over")

    def _kill_one_of(self, carriers, side, doing=""):
        if not carriers:
            return
        pid, name = self.random.choice(carriers)
        number = self.random.choice([signal.SIGKILL, signal.SIGTERM])
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            self._say(f"{name} killed", side, f"{number.name} {doing}")

    def kill_daemon(self, side):
        down = self.random.choice([0, self.random.uniform(0, 2)])
        if self.random.random() < 0.7:
            until = time.monotonic() + 2
            wait_for(lambda: side.mock.in_flight or time.monotonic() > until, 5, "requests in flight")
        side.kill_daemon()
        self._say("daemon killed", side, f"at request {side.mock.count}, down {down:.2f} s")
        self._over.wait(down)
        side.start_daemon()

    def link_down(self, side):
        seconds = self.random.choice([self.random.uniform(0.1, 1), self.random.uniform(1, 6)])
        self._say("link down", side, f"{seconds:.2f} s")
        side.host.run("ip", "link", "set", hosts.LINK, "down")
        try:
            self._over.wait(seconds)
        finally:
            side.host.run("ip", "link", "set", hosts.LINK, "up")

    def link_poor(self, side):
        if not self.poor_link:
            return
        seconds = self.random.uniform(0.5, 3)
        self._say(f"link loses ({self.poor_link})", side, f"{seconds:.2f} s")
        root = ("dev", hosts.LINK, "root")
        side.host.run("tc", "qdisc", "replace", *root, *hosts.POOR_LINKS[self.poor_link])
        try:
            self._over.wait(seconds)
        finally:
            side.host.run("tc", "qdisc", "del", *root)

    def disk_full(self, _):
        side = self.sides[1]
        ballast = side.spool.directory / "ballast"
        seconds = self.random.uniform(0.5, 3)
        facts = os.statvfs(side.spool.directory)
        with open(ballast, "wb") as file, contextlib.suppress(OSError):  # somebody was faster: it is nearly full
            os.posix_fallocate(file.fileno(), 0, facts.f_bavail * facts.f_frsize)
        self._say("disk full", side, f"{seconds:.2f} s")
        try:
            self._over.wait(seconds)
        finally:
            ballast.unlink()


def exchange(sides, faults, seconds):
    """All files there and all results back, under faults; then, without, what is still under way."""
    over = threading.Event()
    batch_max = max(2, sides[0].count // 12)
    for side in sides:
        side.start_daemon()
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        work = [pool.submit(side.hand_over, peer, min(batch_max, 100), over) for side, peer in pairs(sides)]
        work += [pool.submit(side.collect, peer, over) for side, peer in pairs(sides)]
        breaking = pool.submit(faults.run, over)
        breaking.add_done_callback(lambda _: over.set())  # where it fails, nothing ends by itself any more
        try:
            _, late = concurrent.futures.wait(work, seconds, concurrent.futures.FIRST_EXCEPTION)
        finally:
            over.set()
        for future in [breaking, *work]:
            future.result()
        missing = {side.name: sorted(set(side.made) - side.back)[:5] for side in sides}
        assert not late, f"not over after {seconds} s; not back: {missing}"
    for side in sides:
        wait_for(lambda: side.is_idle, 120, lambda: f"an idle spool: {side.spool.status()}\n{side.daemon.log}")
    for side, peer in pairs(sides):
        assert side.pull(peer), (side.host.directory / "rsync.log").read_text()[-2000:]
        side.daemon.stop()


def pairs(sides):
    return (sides[0], sides[1]), (sides[1], sides[0])
