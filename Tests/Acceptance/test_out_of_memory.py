"""The kernel kills the daemon for the memory that its control group has not: a kill like any other, and as well met.

That of the helper, to which memory is nothing, is in `test_daemon_life.py`: the kernel's kill is a SIGKILL too.
"""
import decimal
import os
import pathlib
import signal

import pytest

import results
from waiting import wait_for
from worst_case import FLAT, NO_CANARY, even_chats, worst_cases

MIB = 1 << 20


class MemoryGroup:
    """A control group of either version, cgroups(7)."""

    def __init__(self, path, limit, usage, events):
        self.path, self.limit, self.usage, self.events = path, path / limit, path / usage, path / events

    def __enter__(self):
        try:
            self.path.mkdir()
        except OSError as error:
            pytest.skip(f"this machine lets nobody make a control group: {error}")
        return self

    def __exit__(self, *_):
        def is_removed():
            try:
                self.path.rmdir()
            except OSError:
                return False  # the kernel is not done with who was killed
            return True
        wait_for(is_removed, 10, "the control group to be empty")

    @property
    def entering(self):
        """A program that starts another one inside."""
        return ["sh", "-c", f'echo $$ > {self.path}/cgroup.procs && exec "$0" "$@"']

    def leave_room(self, bytes):
        self.limit.write_text(str(int(self.usage.read_text()) + bytes))

    @property
    def kills(self):
        return next(int(line.split()[1]) for line in self.events.read_text().splitlines()
                    if line.startswith("oom_kill "))


@pytest.fixture
def group():
    root = pathlib.Path("/sys/fs/cgroup")
    name = f"bobbin-test-{os.getpid()}"
    if os.geteuid() != 0:
        pytest.skip("control groups are made by root")
    if (root / "memory/memory.limit_in_bytes").exists():
        group = MemoryGroup(root / "memory" / name, "memory.limit_in_bytes", "memory.usage_in_bytes",
                            "memory.oom_control")
    elif (tree := root / "cgroup.subtree_control").exists() and "memory" in tree.read_text().split():
        group = MemoryGroup(root / name, "memory.max", "memory.current", "memory.events")
    else:
        pytest.skip("this machine hands out no memory to control groups")
    with group:
        yield group


def test_killed_by_the_kernel(spool, mock, group):
    lines = even_chats(24)
    spool.configure(model=FLAT)
    worst, _ = worst_cases(spool, lines)
    spool.configure(lane="concurrency = 8", model=FLAT, gate=NO_CANARY)
    mock.hold()
    with spool.daemon(before=group.entering) as daemon:
        spool.drop("job.jsonl", lines)
        mock.await_in_flight(8)
        group.leave_room(MIB)
        mock.script = lambda request: {"content": "word " * 300_000}  # just below what an answer may be
        mock.release()
        assert daemon.await_exit() == -signal.SIGKILL
    assert group.kills == 1
    mock.script = lambda request: {}
    spool.once()
    report = results.check_whole(results.job_named(spool, "job.jsonl"), lines, spool.directory)
    unknown = decimal.Decimal(report["cost"]["unknown_usd"]) / worst
    assert mock.distinct == 24 and mock.resent <= unknown <= 8
