"""A daemon that works at full speed takes no more memory, descriptors or threads than it took at first.

`Tests/long/soak` has it work for an hour.
"""
import dataclasses
import itertools
import os
import pathlib
import shutil
import time

from request_lines import chats
from waiting import wait_for

#: Files under way; each has its own requests, every tenth line one that was asked before.
AHEAD, LINES = 4, 500
#: What a key adds to the index of the hash log, which is to stay in memory, its tables being grown ahead; and what
#: is known of each job: its name, twice, and the rounds of its reservations for as long as their day is open.
KEY_BYTES, JOB_BYTES = 16, 640


@dataclasses.dataclass
class Sample:
    seconds: float
    jobs: int
    #: Of the process alone, without what it has mapped from files.
    memory: int
    #: Without connections, of which there are as many as a moment wants.
    descriptors: int
    threads: int

    @property
    def memory_of_work(self):
        """Without what grows by design."""
        return self.memory - self.jobs * (LINES * 9 // 10 * KEY_BYTES + JOB_BYTES)


def sample(pid, began, jobs):
    process = pathlib.Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return Sample(time.monotonic() - began, jobs, int(status["RssAnon"].split()[0]) * 1024,
                  sum(not is_socket(link) for link in (process / "fd").iterdir()), int(status["Threads"]))


def is_socket(link):
    try:
        return os.readlink(link).startswith("socket:")
    except FileNotFoundError:
        return True  # closed meanwhile


class Traffic:
    """A producer and a consumer: so many files are always under way, and what is done is taken out."""

    def __init__(self, spool):
        self.spool, self.dropped, self.done = spool, 0, 0

    def go_on(self):
        for job in self.spool.directories("done"):
            shutil.rmtree(job)
            self.done += 1
        while self.dropped - self.done < AHEAD:
            start = self.dropped * LINES
            again = chats(LINES // 10, start=max(0, start - LINES))
            lines = chats(LINES - LINES // 10, start=start) + [
                line | {"custom_id": f"again-{line['custom_id']}"} for line in again]
            self.spool.drop(f"{self.dropped:06}.jsonl", lines)
            self.dropped += 1


def test_it_grows_no_further(spool, request):
    with spool.simulator() as spool.url:
        soak(spool, request.config.getoption("--soak"))


def soak(spool, seconds):
    spool.configure(lane="concurrency = 64", gate="[canary]\nlines = 0\n", budget='[day]\nusd = "10000"\n')
    with spool.daemon() as daemon:
        traffic, began, samples = Traffic(spool), time.monotonic(), []
        for tick in itertools.count(1):
            until = began + tick * seconds / 60

            def is_time():
                traffic.go_on()
                assert daemon.is_alive, daemon.log[-2000:]
                return time.monotonic() > until
            wait_for(is_time, seconds, "the next sample")
            samples.append(sample(daemon.process.pid, began, traffic.done))
            assert "job.parked" not in daemon.log, "it stands still"
            if tick == 60:
                break
        wait_for(lambda: traffic.done + len(spool.directories("done")) == traffic.dropped, 120, "the last files")
    assert not spool.directories("rejected", "processing")
    for each in samples[9::10]:
        print(f"{each.seconds:.0f} s: {each.jobs} jobs, {each.memory >> 10} KiB ({each.memory_of_work >> 10} "
              f"without keys and names), {each.descriptors} descriptors, {each.threads} threads")
    early, late = samples[15:30], samples[45:]
    assert late[0].jobs > early[-1].jobs > 0, "hardly anything was done"
    # The files of one more job may be open at the time of a sample.
    for what, more in ("descriptors", 4 * AHEAD), ("threads", 2):
        assert max(getattr(each, what) for each in late) <= max(getattr(each, what) for each in early) + more, what
    # What an allocator keeps for the next burst is not given back at once.
    assert min(each.memory_of_work for each in late) <= max(each.memory_of_work for each in early) * 1.1
