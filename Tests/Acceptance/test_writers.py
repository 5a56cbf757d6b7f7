"""However a program writes a file, down to its system calls: it is claimed when that program is done, whole, once."""
import contextlib
import ctypes
import mmap
import os
import shutil
import subprocess

import pytest

import results
from request_lines import chats, jsonl
from waiting import holds_for, wait_for

LINES = chats(60)
DATA = jsonl(LINES)
HALF = len(DATA) // 2 + 7  # within a line


def stays(path):
    # Longer than the daemon's tick, at which it looks without an event.
    holds_for(path.exists, 1.2, "the file in the inbox, whoever writes it has it open")


@contextlib.contextmanager
def opened(path, flags):
    descriptor = os.open(path, flags, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def afterwards(action, *arguments):
    """What a program does to the name once it has closed the file: by then it may have been claimed."""
    with contextlib.suppress(FileNotFoundError):
        action(*arguments)


def mv_from_another_file_system(spool, target):
    """A copy under the final name, then its time and mode, then the source goes."""
    elsewhere = spool.directory / "elsewhere"
    elsewhere.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "bobbin", elsewhere], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"this machine does not mount: {mounted.stderr}")
    try:
        source = elsewhere / target.name
        source.write_bytes(DATA)
        os.utime(source, (1, 1))
        subprocess.run(["mv", source, target], check=True)
        assert not source.exists()
    finally:
        subprocess.run(["umount", elsewhere], check=True)


def editor_that_truncates(spool, target):
    """vim with `backupcopy=yes`, nano, most others: into the file that is there, under a swap file beside it."""
    (target.parent / f".{target.name}.swp").write_bytes(b"b0VIM 9.0")
    target.touch()
    with opened(target, os.O_WRONLY | os.O_TRUNC) as file:
        os.write(file, DATA[:HALF])
        stays(target)
        os.write(file, DATA[HALF:])
        os.fsync(file)
    (target.parent / f".{target.name}.swp").unlink()


def editor_that_renames(spool, target):
    """gedit, and whatever saves by GLib; emacs has its lock beside it, a link to nowhere."""
    (target.parent / f".#{target.name}").symlink_to("alice@host.4711:1790000000")
    temporary = target.parent / ".goutputstream-7SZ5X1"
    temporary.write_bytes(DATA[:HALF])
    stays(temporary)
    with opened(temporary, os.O_WRONLY | os.O_APPEND) as file:
        os.write(file, DATA[HALF:])
    temporary.rename(target)
    (target.parent / f".#{target.name}").unlink()


def samba(spool, target):
    """smbd for Windows Explorer: the size first, so that the file is as long as it will be and full of zeros."""
    with opened(target, os.O_RDWR | os.O_CREAT | os.O_EXCL) as file:
        os.ftruncate(file, len(DATA))
        stays(target)
        os.pwrite(file, DATA[:HALF], 0)
        stays(target)
        os.pwrite(file, DATA[HALF:], HALF)
        os.utime(file, (1, 1))
    afterwards(os.setxattr, target, "user.DOSATTRIB", b"0x20")


def sshfs(spool, target):
    """Many writes are under way at once: the later part of the file may be there first. Then the time, by name."""
    with opened(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
        os.pwrite(file, DATA[HALF:], HALF)
        stays(target)
        os.pwrite(file, DATA[:HALF], 0)
    afterwards(os.utime, target, (1, 1))
    afterwards(os.chmod, target, 0o644)


def tee(spool, target):
    with subprocess.Popen(["tee", "-a", target], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as writer:
        for start in range(0, len(DATA), HALF // 2):
            writer.stdin.write(DATA[start:start + HALF // 2])
            writer.stdin.flush()
            wait_for(target.exists, 20, "tee to begin")
            stays(target)


def mapping(spool, target):
    """The descriptor is closed at once: what holds the file open is its mapping, and no write makes an event."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    with opened(target, os.O_RDWR | os.O_CREAT) as file:
        os.ftruncate(file, len(DATA))
        address = libc.mmap(
            None, ctypes.c_size_t(len(DATA)), mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, file, ctypes.c_long(0))
    assert address not in (None, ctypes.c_void_p(-1).value), os.strerror(ctypes.get_errno())
    stays(target)
    ctypes.memmove(address, DATA[:HALF], HALF)
    stays(target)
    ctypes.memmove(address + HALF, DATA[HALF:], len(DATA) - HALF)
    assert libc.munmap(ctypes.c_void_p(address), ctypes.c_size_t(len(DATA))) == 0


def shell_that_truncates_first(spool, target):
    """`: > FILE; cat >> FILE`: closed while it is empty, and opened again."""
    target.write_bytes(b"")
    holds_for(target.exists, 0.2, "an empty file, which may get its content yet")
    with opened(target, os.O_WRONLY | os.O_APPEND) as file:
        os.write(file, DATA)


def rsync_in_place(spool, target):
    if not shutil.which("rsync"):
        pytest.skip("rsync is not installed")
    source = spool.write(target.name, DATA)
    with subprocess.Popen(["rsync", "-t", "--inplace", "--bwlimit=3", source, f"{target.parent}/"]) as writer:
        wait_for(target.exists, 20, "rsync to begin")
        stays(target)
        assert writer.poll() is None, "rsync was done before it was looked at"
    assert writer.returncode in (0, 23)  # it sets the time by name, and may find the file claimed


@pytest.mark.parametrize("write", [
    mv_from_another_file_system, editor_that_truncates, editor_that_renames, samba, sshfs, tee, mapping,
    shell_that_truncates_first, rsync_in_place])
def test_a_file_is_claimed_whole_when_its_program_is_done(spool, mock, write):
    with spool.daemon() as daemon:
        write(spool, spool.inbox / "saved.jsonl")
        wait_for(lambda: results.jobs(spool), 60, lambda: f"the verdict: {spool.status()}\n{daemon.log}")
    job = results.job_named(spool, "saved.jsonl")
    assert job.verdict == "accepted" and (mock.count, mock.distinct) == (len(LINES), len(LINES))
    results.check_whole(job, LINES, spool.directory)
    assert not list(spool.inbox.iterdir()) and not spool.directories("processing")


@pytest.mark.parametrize("save", [editor_that_truncates, editor_that_renames])
def test_a_file_that_is_saved_again_while_it_waits_is_the_last_that_was_saved(spool, mock, save):
    spool.configure(lane='manifest = "required"')
    target = spool.inbox / "edited.jsonl"
    with spool.daemon() as daemon:
        target.write_bytes(jsonl(chats(3, prompt="A first version, number {}.")))
        spool.waiting(target.name)
        save(spool, target)
        (spool.inbox / "edited.jsonl.done").touch()
        wait_for(lambda: results.jobs(spool), 60, lambda: f"the verdict: {spool.status()}\n{daemon.log}")
    results.check_whole(results.job_named(spool, target.name), LINES, spool.directory)
    assert mock.count == len(LINES)


@pytest.mark.parametrize("manifest", [False, True], ids=["no manifest", "a manifest"])
def test_an_rsync_partial_that_is_broken_off_and_run_again(spool, mock, manifest):
    """The cut file gets its final name: it is rejected before a cent, or waits for its manifest with the rest."""
    if not shutil.which("rsync"):
        pytest.skip("rsync is not installed")
    spool.configure(lane='manifest = "required"' if manifest else "")
    lines = chats(40, prompt="x" * 10000 + " {}", max_tokens=8)
    source, target = spool.write("sent.jsonl", lines), spool.inbox / "sent.jsonl"
    command = ["rsync", "-t", "--partial", source, f"{spool.inbox}/"]
    with spool.daemon() as daemon:
        with subprocess.Popen([*command, "--bwlimit=100"], stderr=subprocess.PIPE) as writer:
            def has_begun():
                return any(path.stat().st_size > 100_000 for path in spool.inbox.glob(".sent.jsonl.*"))
            wait_for(has_begun, 20, "a part of the file")
            writer.kill()  # the sender; who receives keeps what came
        if manifest:
            assert "manifest" in spool.waiting("sent.jsonl")["reason"]
            assert target.stat().st_size < source.stat().st_size
        else:
            wait_for(lambda: results.jobs(spool), 30, lambda: f"the cut file's verdict\n{daemon.log}")
            [cut] = results.jobs(spool)
            assert (cut.verdict, cut.spent, mock.count) == ("rejected", 0, 0) and "cut" in cut.report["reason"]
        subprocess.run(command, check=True)
        (spool.inbox / "sent.jsonl.done").touch()
        jobs = wait_for(
            lambda: [job for job in results.jobs(spool) if job.verdict == "accepted"], 60,
            lambda: f"the whole file's verdict: {spool.status()}\n{daemon.log}")
    results.check_whole(jobs[0], lines, spool.directory)
    assert mock.count == len(lines) and len(results.jobs(spool)) == (1 if manifest else 2)


@pytest.mark.parametrize("by_mapping", [False, True], ids=["written", "mapped"])
def test_a_file_that_is_written_after_its_claim(spool, mock, by_mapping):
    """A descriptor that only reads is no writer; it is one again by /proc. What was claimed is worked off."""
    mock.hold()
    with spool.daemon() as daemon, open(spool.write("early", LINES), "rb") as kept:
        os.rename(kept.name, spool.inbox / "job.jsonl")
        wait_for(lambda: mock.count > 0, 30, lambda: f"the first request\n{daemon.log}")
        with open(f"/proc/self/fd/{kept.fileno()}", "r+b") as again:
            other = b"x" * len(DATA)
            if by_mapping:
                with mmap.mmap(again.fileno(), len(DATA)) as memory:
                    memory[:] = other
            else:
                again.write(other)
        mock.release()
        wait_for(lambda: results.jobs(spool), 60, lambda: f"the verdict: {spool.status()}\n{daemon.log}")
    job = results.job_named(spool, "job.jsonl")
    assert job.verdict == "accepted" and mock.count == len(LINES)
    results.check_whole(job, LINES, spool.directory)
