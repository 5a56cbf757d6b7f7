"""What the helper may do, tried by a library in its process that would do worse."""
import pathlib
import subprocess

import pytest

FORBIDDEN = [
    "read a file", "make a file", "remove a file", "rename a file", "connect", "fork", "map code", "write elsewhere",
    "start a program",
]


@pytest.fixture
def hostile(tmp_path):
    library = tmp_path / "forbidden_calls.so"
    source = pathlib.Path(__file__).with_name("forbidden_calls.c")
    subprocess.run(["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library)}


@pytest.mark.fast
def test_the_helper_lists_directories_and_nothing_else(hostile, binary, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    helper = subprocess.Popen(
        [pathlib.Path(binary).with_name("bobbin-watch"), inbox], env=hostile, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        # It watches all the same: the first frame says so, and a file is told.
        ready = helper.stdout.read1(100)
        inbox.joinpath("a.jsonl").write_text("x")
        while b"a.jsonl" not in ready:
            more = helper.stdout.read1(200)
            assert more, helper.stderr.read()
            ready += more
    finally:
        helper.stdin.close()
    words = helper.stderr.read().decode()
    assert helper.wait(timeout=30) == 0, words
    said = dict(line.split(": ", 1) for line in words.splitlines())
    assert said.pop("list a directory") == "done"
    assert said == dict.fromkeys(FORBIDDEN, "Function not implemented"), words
