"""`bobbin hashlog`: what was paid for once, looked after by hand and by the daemon."""
import json
import re
import subprocess

import pytest

from request_lines import chats
from waiting import wait_for


def keys(spool):
    """Request keys by custom_id, as the output lines of all jobs show them."""
    found = {}
    for path in (spool.path / "done").glob("*/output.jsonl"):
        for line in path.read_text().splitlines():
            value = json.loads(line)
            found[value["custom_id"]] = value["bobbin"]["key"]
    return found


def texts(spool):
    """All bytes of hashlog/, compressed files plain."""
    text = b""
    for path in sorted((spool.path / "hashlog").iterdir()):
        if path.suffix == ".zst":
            text += subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout
        text += path.read_bytes()
    return text


def exported(spool):
    return [json.loads(line) for line in spool.run("hashlog", "export").out.splitlines()]


def job_names(spool):
    return [path.name for path in sorted((spool.path / "done").iterdir()) if path.is_dir()]


def test_export_and_import_carry_all_answers_to_another_spool(spool, mock, tmp_path):
    spool.process("a.jsonl", chats(12))
    lines = spool.run("hashlog", "export").stdout
    assert {line["key"] for line in exported(spool)} == set(keys(spool).values())
    assert all(set(line) == {"key", "answer", "at"} for line in exported(spool))
    copy = tmp_path / "copy"
    for _ in range(2):
        spool.run("hashlog", "import", "-", "--spool", copy, stdin=lines)
    stats = spool.json("hashlog", "stats", "--spool", copy)
    assert stats["answers"] == 12
    assert spool.run("hashlog", "export", "--spool", copy).stdout == lines
    assert spool.json("hashlog", "verify", "--spool", copy)["ok"]
    path = spool.write("again.jsonl", chats(12))
    assert spool.json("plan", path, "--spool", copy)["duplicates"]["from_log"] == 12


@pytest.mark.fast
@pytest.mark.parametrize("bad", [b"{}", b'{"key":"00"}', b"nothing", b'{"key":5,"answer":{}}'])
def test_a_bad_line_is_named_and_the_good_ones_before_it_are_in(spool, mock, bad):
    good = [
        json.dumps({"key": f"{number:064x}", "answer": {"status_code": 200, "request_id": "r", "body": {}}}).encode()
        for number in range(3)]
    path = spool.write("answers.jsonl", b"\n".join([good[0], b"", good[1], bad, good[2]]))
    refused = spool.run("hashlog", "import", path, code=65)
    assert re.search(rf"{re.escape(str(path))}:4:\d+: \w+", refused.err), refused.err
    assert spool.json("hashlog", "stats")["answers"] == 2
    assert spool.run("hashlog", "import", "missing.jsonl", code=66).err


def test_forget_by_key_job_and_user_while_no_daemon_runs(spool, mock):
    spool.process("a.jsonl", chats(6))
    first = job_names(spool)
    spool.process("b.jsonl", chats(9))
    second = [name for name in job_names(spool) if name not in first]
    known = keys(spool)
    one = next(iter(known.values()))
    assert spool.json("hashlog", "forget", one)["answers"] == 1
    assert one.encode() not in texts(spool) and one not in {line["key"] for line in exported(spool)}
    for name in "c.2", "b.jsonl.20260101T000000":
        nothing = spool.run("hashlog", "forget", "--job", name, code=65)
        assert name in nothing.err and "bobbin report" in nothing.err
    assert spool.json("hashlog", "forget", "--job", "b.")["answers"] == 3
    assert spool.json("hashlog", "forget", "--job", second[0])["answers"] == 0
    assert len(exported(spool)) == 5
    uid = (spool.path / "done").stat().st_uid
    assert spool.json("hashlog", "forget", "--uid", str(uid))["answers"] == 5
    assert exported(spool) == [] and b'"answer":' not in texts(spool)
    assert spool.json("hashlog", "verify")["ok"]
    spool.process("c.jsonl", chats(6))
    assert len(exported(spool)) == 6


def test_a_job_that_is_not_finished_is_not_forgotten(spool, mock):
    spool.process("a.jsonl", chats(2))
    mock.hold()
    with spool.daemon():
        spool.drop("b.jsonl", chats(4))
        wait_for(lambda: mock.count > 2, 20, "a request in flight")
        [job] = [path.name for path in (spool.path / "processing").iterdir()]
        for option in (["--job", job], ["--job", "b."], ["--uid", str((spool.path / "done").stat().st_uid)]):
            refused = spool.run("hashlog", "forget", *option, code=75)
            assert job in refused.err and "nothing was forgotten" in refused.err
        mock.release()
        wait_for(lambda: len(job_names(spool)) == 2, 30, "the job to be done")
        assert spool.json("hashlog", "forget", "--job", job)["answers"] == 2
    assert len(exported(spool)) == 2


@pytest.mark.fast
def test_forget_wants_one_thing(spool, mock):
    for arguments in ([], ["--job", "j", "--uid", "0"], ["short"], ["00" * 32, "--uid", "0"]):
        spool.run("hashlog", "forget", *arguments, code=64)
    spool.run("hashlog", "prune", code=64)
    spool.run("hashlog", "prune", "--older-than", "soon", code=64)


def test_forget_and_prune_while_the_daemon_runs(spool, mock):
    with spool.daemon() as daemon:
        spool.drop("a.jsonl", chats(8))
        wait_for(lambda: job_names(spool), 30, "the job to be done")
        one, *others = keys(spool).values()
        assert spool.json("hashlog", "forget", one)["answers"] == 1
        assert one.encode() not in texts(spool)
        daemon.await_log("hashlog.forgotten")
        assert {line["key"] for line in exported(spool)} == set(others)
        for command in (["repair"], ["import", spool.write("none.jsonl", b"")]):
            refused = spool.run("hashlog", *command, code=75)
            assert "stop it" in refused.err
        uid = (spool.path / "done").stat().st_uid
        assert spool.json("hashlog", "forget", "--uid", uid + 1)["answers"] == 0
        spool.drop("c.jsonl", chats(1, start=100))
        wait_for(lambda: len(job_names(spool)) == 2, 30, "another job to be done")
        assert spool.json("hashlog", "forget", "--job", "c.")["answers"] == 1
        assert spool.json("hashlog", "prune", "--keep-bytes", "0")["answers"] == 7
        assert exported(spool) == []
        # Unknown now: they are sent once more.
        before = mock.count
        spool.drop("b.jsonl", chats(8))
        wait_for(lambda: len(job_names(spool)) == 3, 30, "the third job to be done")
        assert mock.count == before + 8
        assert spool.json("hashlog", "forget", "--uid", uid)["answers"] == 8
        assert exported(spool) == []
        assert list((spool.path / "control").iterdir()) == []
    assert spool.json("hashlog", "verify")["ok"]


def test_a_forget_that_was_killed_is_finished_by_the_next_start(spool, mock):
    spool.process("a.jsonl", chats(40))
    uid = (spool.path / "done").stat().st_uid
    log = spool.path / "hashlog"
    command = spool.start("hashlog", "forget", "--uid", uid, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: (log / "forget.json").exists() or command.poll() is not None, 20, "the intent")
    command.kill()
    command.wait(10)
    spool.once()
    wanted = not (log / "forget.json").exists()
    assert wanted and spool.json("hashlog", "verify")["ok"]
    assert exported(spool) == [] and b'"answer":' not in texts(spool)


def test_repair_gives_back_what_can_be_read(spool, mock):
    spool.process("a.jsonl", chats(10))
    path = spool.path / "hashlog" / "answers-000001.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"#" + whole[101:])
    assert spool.run("hashlog", "verify", code=74).err
    partly = spool.run("hashlog", "export", code=65)
    assert len(partly.out.splitlines()) == 9
    repaired = spool.json("hashlog", "repair")
    assert repaired["damaged_lines"] == 1 and repaired["keys_lost"] == 1 and len(repaired["set_aside"]) == 1
    assert spool.json("hashlog", "verify")["ok"] and len(exported(spool)) == 9
    before = mock.count
    spool.process("b.jsonl", chats(10))
    assert mock.count == before + 1


def test_what_is_older_than_bobbin_toml_keeps_goes_by_itself(spool, mock):
    spool.process("a.jsonl", chats(4))
    spool.configure(bobbin='[hashlog]\nkeep = "1ms"\n')
    spool.run("hashlog", "prune")
    assert exported(spool) == []
    spool.configure(bobbin='[hashlog]\nkeep_bytes = "much"\n')
    assert "keep_bytes" in spool.run("status", code=78).err
