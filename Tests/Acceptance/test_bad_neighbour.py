"""What another user who may drop files does to the spool on purpose: nobody else waits, and nothing is lost."""
import os
import subprocess
import sys
import tempfile

import pytest

import results
from request_lines import chats
from scratch_spool import ScratchSpool
from test_one_bad_file import AS_NOBODY, needs_root, others_go_on, spool_of_nobody  # noqa: F401
from waiting import holds_for, wait_for

pytestmark = needs_root


@pytest.fixture
def shared_spool(binary, mock):
    """Another user than that of the daemon may drop, and rename what he likes: the inbox is not sticky."""
    with tempfile.TemporaryDirectory() as directory:
        spool = ScratchSpool(directory, binary, mock.url)
        for path in [directory, spool.path]:
            os.chmod(path, 0o755)
        os.chmod(spool.inbox, 0o777)
        yield spool


class Neighbour:
    """A program of the other user's that works in the inbox until it is ended."""

    def __init__(self, spool, program):
        self.process = subprocess.Popen(
            [*AS_NOBODY, sys.executable, "-c", program], cwd=spool.inbox, stdout=subprocess.PIPE, text=True)

    def says(self):
        """Its next line."""
        return self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()


def test_a_manifest_of_another_says_nothing_of_a_file(shared_spool):
    spool = shared_spool
    spool.configure(bobbin='[lanes.signed]\nmanifest = "required"\n')
    with spool.daemon() as daemon:
        wait_for((spool.inbox / "signed").is_dir, 10, "the lane")
        (spool.inbox / "signed").chmod(0o1777)
        for name, content in ("a.jsonl.sha256", b"0" * 64), ("signed/b.jsonl.done", b""):
            subprocess.run([*AS_NOBODY, "tee", spool.inbox / name], input=content, check=True, stdout=subprocess.DEVNULL)
        spool.drop("b.jsonl", chats(2), lane="signed")
        spool.drop("a.jsonl", chats(2))
        [job] = wait_for(lambda: results.jobs_named(spool, "a.jsonl"), 30, lambda: daemon.log)
        assert job.verdict == "accepted" and (spool.inbox / "a.jsonl.sha256").exists()
        assert "of the same user" in spool.waiting("b.jsonl")["reason"]
        (spool.inbox / "signed" / "b.jsonl.done").unlink()
        (spool.inbox / "signed" / "b.jsonl.done").touch()
        wait_for(lambda: results.jobs_named(spool, "b.jsonl"), 30, lambda: daemon.log)
        assert not (spool.inbox / "signed" / "b.jsonl.done").exists()


SWAPS = """
import os, time
os.mkdir(".mine", 0o777)
held = open(".mine/2026-01-01.jsonl", "wb")
held.write(b"{}\\n")
held.flush()
os.rename(".mine", "nightly")
print("there", flush=True)
while not os.path.exists("go"):
    time.sleep(0.01)
count = 0
while True:
    os.rename("nightly", ".mine")
    os.symlink("../budget" if count % 2 else "../hashlog", "nightly")
    time.sleep(0.3 if count % 8 == 0 else 0.002)
    os.unlink("nightly")
    os.rename(".mine", "nightly")
    count += 1
    if count == 100:
        print("swapped", flush=True)
"""


def test_a_lane_that_is_swapped_for_a_link_again_and_again(shared_spool):
    """The file of that name waits for its writer; where the link leads lies one that nobody holds open."""
    spool = shared_spool
    spool.configure(bobbin="[lanes.nightly]\n")
    secrets = [spool.path / place / "2026-01-01.jsonl" for place in ("budget", "hashlog")]
    for secret in secrets:
        secret.parent.mkdir()
        secret.write_bytes(b"the books\n")
    inodes = [secret.stat().st_ino for secret in secrets]
    with Neighbour(spool, SWAPS) as neighbour:
        assert neighbour.says() == "there"
        with spool.daemon() as daemon:
            spool.waiting("2026-01-01.jsonl")
            (spool.inbox / "go").touch()
            assert neighbour.says() == "swapped"
            others_go_on(spool, daemon, "good.jsonl")
            holds_for(
                lambda: all(secret.exists() for secret in secrets) and daemon.is_alive, 4,
                lambda: f"the books in their place\n{daemon.log}")
    assert [secret.stat().st_ino for secret in secrets] == inodes
    assert results.jobs_named(spool, "2026-01-01.jsonl") == []


TURNS = """
import os, time
os.mkfifo(".fifo")
os.symlink("/etc/passwd", ".link")
os.mkdir(".directory")
def put():
    with open(".file", "w") as file:
        file.write('{"custom_id": "x"')
put()
print("there", flush=True)
for count in range(300):
    for kind in [".fifo", ".file", ".link", ".directory"]:
        try:
            os.rename(kind, "turns.jsonl")
            time.sleep(0.001 * (count % 4))
            os.rename("turns.jsonl", kind)
        except OSError:  # the file was claimed
            put()
print("done", flush=True)
"""


def test_a_name_that_is_a_pipe_a_file_and_a_link_in_turn(shared_spool):
    """Whatever it is at one look and no more at the next: nothing is opened that would wait, or is not the user's."""
    spool = shared_spool
    with Neighbour(spool, TURNS) as neighbour, spool.daemon() as daemon:
        assert neighbour.says() == "there"
        others_go_on(spool, daemon, "good.jsonl")
        assert neighbour.says() == "done"
        others_go_on(spool, daemon, "better.jsonl")
        for job in results.jobs_named(spool, "turns.jsonl"):
            assert job.verdict == "rejected" and b"root:" not in job.rejected.joinpath("input.jsonl").read_bytes()


CHANGES = """
import os
files = []
for number in range(16):
    path = f".{number}"
    with open(path, "wb") as file:
        file.write(b"x" * (8 << 20) + b"\\n")
    files.append(os.open(path, os.O_RDONLY))
for number in range(16):
    os.rename(f".{number}", f"{number}.jsonl")
print("there", flush=True)
while True:
    for file in files:
        os.fchmod(file, 0o640)
        os.fchmod(file, 0o644)
"""


def test_sixteen_files_that_change_for_ever(shared_spool):
    """Their mode changes with each look at them; a file of somebody else's is claimed all the same."""
    spool = shared_spool
    with Neighbour(spool, CHANGES) as neighbour, spool.daemon() as daemon:
        assert neighbour.says() == "there"
        names = [f"{number}.jsonl" for number in range(16)]
        wait_for(
            lambda: not any((spool.inbox / name).exists() for name in names), 60,
            lambda: f"them to be claimed\n{daemon.log}")
        others_go_on(spool, daemon, "good.jsonl")
        here = len(spool.directories("processing")) + sum(len(results.jobs_named(spool, name)) for name in names)
        assert here >= 16, "each is somewhere"


@pytest.mark.parametrize("size", [1 << 40, 1 << 30])
def test_a_file_of_holes(shared_spool, size):
    """It costs its producer nothing. A copy would fill the disk, and stop everybody."""
    spool = shared_spool
    program = f'import os; open(".x", "wb").close(); os.truncate(".x", {size}); os.rename(".x", "holes.jsonl")'
    with spool.daemon() as daemon:
        subprocess.run([*AS_NOBODY, sys.executable, "-c", program], cwd=spool.inbox, check=True)
        others_go_on(spool, daemon, "good.jsonl")
        wait_for(lambda: results.jobs_named(spool, "holes.jsonl"), 30, lambda: f"the verdict\n{daemon.log}")
    job = results.job_named(spool, "holes.jsonl")
    assert job.verdict == "rejected" and ("file_bytes" if size > 1 << 36 else "hole") in job.report["reason"]
    [directory] = [path for path in spool.directories("rejected") if path.name.startswith("holes.")]
    kept = (directory / "input.jsonl").stat()
    assert kept.st_size == size and kept.st_blocks < 100, "as it was delivered"


def test_a_file_for_whose_copy_there_is_no_space(shared_spool):
    """It waits with a reason, what is smaller goes on, and it is done once there is space."""
    spool = shared_spool
    spool.inbox.rmdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=220m", "bobbin", spool.path], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"this machine does not mount: {mounted.stderr.decode()}")
    try:
        spool.inbox.mkdir()
        filler = spool.path / ".filler"
        filler.write_bytes(b"x" * (50 << 20))
        with open(spool.inbox / ".large", "wb") as file:
            for number in range(80):
                file.write(b" " * (1 << 20) + b"\n")
        with spool.daemon() as daemon:
            (spool.inbox / ".large").rename(spool.inbox / "large.jsonl")

            def waits():
                jobs = [job for job in spool.status()["jobs"] if job["job"].startswith("large.")]
                return jobs and "free space in the spool" in jobs[0]["reason"]
            wait_for(waits, 30, lambda: f"it to wait: {spool.status()}\n{daemon.log}")
            (spool.inbox / ".good").write_bytes(spool.write("good", chats(2)).read_bytes())
            (spool.inbox / ".good").rename(spool.inbox / "good.jsonl")
            wait_for(lambda: results.jobs_named(spool, "good.jsonl"), 30, lambda: f"the others\n{daemon.log}")
            assert waits() and "ENOSPC" not in daemon.log
            filler.unlink()
            wait_for(lambda: results.jobs_named(spool, "large.jsonl"), 120, lambda: f"the verdict\n{daemon.log}")
        assert results.job_named(spool, "large.jsonl").report["reason"] == "there is no request in it"
    finally:
        subprocess.run(["umount", "--lazy", spool.path], check=True)


@pytest.mark.skipif(
    not os.environ.get("BOBBIN_LONG"), reason="minutes with debug binaries; in small it is NameFloodTests")
def test_a_flood_of_names(spool_of_nobody):  # noqa: F811
    """Files that the daemon may not read: they take neither its log nor its sign of life, nor anybody's turn."""
    spool = spool_of_nobody
    for number in range(50_000):
        os.close(os.open(spool.inbox / f"{number:05}.jsonl", os.O_CREAT | os.O_WRONLY, 0))
    with spool.daemon(before=AS_NOBODY, env={"WATCHDOG_USEC": "6000000"}) as daemon:
        def beats():
            return daemon.messages().count("WATCHDOG=1")
        others_go_on(spool, daemon, "good.jsonl")
        before = beats()
        holds_for(lambda: daemon.is_alive, 10, lambda: f"a living daemon\n{daemon.log[:5000]}")
        assert beats() >= before + 2, "it is fed all the time"
        assert len(daemon.log.splitlines()) < 100, daemon.log[:5000]
        daemon.stop(seconds=15)
