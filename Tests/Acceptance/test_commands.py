"""The commands that ask and tell: their forms, their JSON and their exit codes."""
import decimal
import hashlib
import json
import os
import pty
import re
import signal

import pytest

import budget_file
import results
import scratch_spool
from request_lines import chat, chats, jsonl, with_duplicates
from waiting import wait_for

D = decimal.Decimal
CANONICAL = {
    '{"b":1,"a":[true,null,"x"]}': '{"a":[true,null,"x"],"b":1}',
    ' [ 1.0 , 1e2, 1E-7, 0.000001, 1e21, -0, 333333333.33333329, 9007199254740993 ] ':
        '[1,100,1e-7,0.000001,1e+21,0,333333333.3333333,9007199254740992]',
    r'"\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/"': '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
    '{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}':
        '{"\\r":2,"1":4,"\x80":6,"\xf6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}',
    "{}": "{}", "[]": "[]", '""': '""', "  true ": "true",
}


@pytest.mark.fast
@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_is_rfc_8785_and_adds_nothing(spool, text):
    path = spool.write("text.json", text.encode())
    assert spool.run("canonical", path).stdout.decode() == CANONICAL[text]
    assert spool.run("canonical", "-", stdin=text.encode()).stdout.decode() == CANONICAL[text]


@pytest.mark.fast
@pytest.mark.parametrize("text, line, column", [
    (b"", 1, 1), (b"{", 1, 2), (b'{"a":1,}', 1, 8), (b'{"a":1,\n "b":2,\n "a":3}', 3, 2), (b"[1 2]", 1, 4),
    (b"nul", 1, None), (b"\xff", 1, 1), (b'"\xc3\x28"', 1, None), (b'"\\ud800"', 1, None), (b"[1]\n[2]", 2, 1),
    (b"1e400", 1, 1), (b"01", 1, None), (b"[\n\n  tru]", 3, None), (b'"tab\there"', 1, None), (b"[" * 100000, 1, None)])
def test_canonical_says_where_it_is_no_json(spool, text, line, column):
    path = spool.write("text.json", text)
    refused = spool.run("canonical", path, code=65)
    found = re.search(r"^(.+):(\d+):(\d+): (.+)$", refused.err, re.M)
    assert found and refused.out == ""
    assert found[1] == str(path) and int(found[2]) == line and len(found[4]) > 3
    assert column is None or int(found[3]) == column, refused.err


@pytest.mark.fast
def test_usage_mistakes_are_64(spool):
    for arguments in (["frobnicate"], ["canonical"], ["status", "--no-such-option"], ["budget", "burn"], ["run"]):
        refused = spool.run(*arguments, code=64)
        assert "sage" in refused.err


def test_a_file_that_is_not_there_is_named(spool, mock):
    for command in ("plan", "key", "canonical", "run", "submit"):
        refused = spool.run(command, "nowhere.jsonl", code=None)
        assert refused.returncode in (65, 66, 74) and "nowhere.jsonl" in refused.err, (command, refused.err)


@pytest.mark.fast
def test_plan_tells_all_and_sends_nothing(spool, mock):
    lines = with_duplicates(80, 20, seed=1)
    path = spool.write("plan.jsonl", jsonl(lines + [chat("x", "y", model="unknown-model")]))
    plan = spool.json("plan", path)
    assert plan["lines"] == {"total": 101, "refused": 1}
    assert [entry["line"] for entry in plan["refused"]] == [101] and "unknown-model" in plan["refused"][0]["reason"]
    assert plan["duplicates"]["in_file"] == 20 and plan["duplicates"]["from_log"] == 0
    assert (plan["shards"] if isinstance(plan["shards"], int) else len(plan["shards"])) >= 2
    assert D(plan["worst_usd"]) > 0 and isinstance(plan["worst_usd"], str) and plan["worst_tokens"] > 80 * 32
    assert plan["fits_today"] is True
    assert mock.count == 0 and not (spool.path / "budget").exists() or not list((spool.path / "budget").glob("*"))
    text = spool.run("plan", path).out
    assert plan["worst_usd"] in text or f"{D(plan['worst_usd']):.4f}" in text
    # The plan promises what the job then does.
    spool.process("plan.jsonl", jsonl(lines))
    reserved = sum(D(json.loads(line)["usd"]) for path in (spool.path / "budget").glob("*") for line in
                   path.read_bytes().splitlines() if b'"reserve"' in line)
    assert reserved == D(plan["worst_usd"])
    again = spool.json("plan", path)
    assert again["duplicates"]["from_log"] + again["duplicates"]["in_file"] == 100 and D(again["worst_usd"]) == 0
    assert D(again["duplicates"]["saved_usd"]) > 0


def test_plan_of_what_is_no_batch_is_65(spool):
    path = spool.write("page.jsonl", b"<html></html>\n")
    assert "page.jsonl" in spool.run("plan", path, code=65).err


@pytest.mark.fast
def test_status_has_its_documented_shape(spool, mock):
    assert spool.status()["waiting"] == [] == spool.status()["jobs"]
    mock.hold()
    with spool.daemon():
        spool.drop("caf\u00e9.jsonl", chats(40))
        (spool.inbox / "notes.txt").write_text("hello")
        wait_for(lambda: mock.in_flight == 16, 30, "16 in flight")
        spool.waiting("notes.txt")
        status = spool.status()
        [waiting] = status["waiting"]
        assert waiting.keys() == {"name", "lane", "reason"} and waiting["lane"] == "default"
        [job] = status["jobs"]
        assert job.keys() == {
            "job", "name", "lane", "state", "reason", "lines", "done", "resumes_at", "expected_start", "expected_end",
            "batches"}
        assert job["name"] == "caf%C3%A9.jsonl" and job["lines"] == 40 and job["done"] == 0
        assert job["job"] == spool.directories("processing")[0].name
        assert status["day"].keys() == {
            "day", "cap_usd", "spent_usd", "reserved_usd", "unknown_usd", "cap_tokens", "tokens", "usd_per_hour",
            "cap_reached_at", "doubt"}
        assert D(status["day"]["reserved_usd"]) > 0 and D(status["day"]["spent_usd"]) == 0
        text = spool.run("status").out
        assert job["job"] in text and "notes.txt" in text
        assert job["job"] in spool.run("status", job["job"]).out
        mock.release()
        wait_for(lambda: results.jobs(spool), 30, "the verdict")
    assert spool.status()["jobs"] == []


@pytest.mark.fast
def test_job_names_are_readable_and_sortable(spool, mock):
    spool.process("weekly-report.jsonl", chats(2))
    [job] = results.jobs(spool)
    assert re.fullmatch(r"weekly-report\.\d{8}T\d{6}Z\.[a-z2-7]{6}", job.name)


@pytest.mark.fast
def test_the_report_has_its_documented_shape(spool, mock):
    lines = with_duplicates(40, 10, seed=2)
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    report = job.report
    assert report.keys() >= {
        "version", "job", "name", "lane", "uid", "sha256", "verdict", "reason", "lines", "duplicates", "tokens", "cost",
        "attempts", "shards", "reprocess", "times"}
    assert report["lines"].keys() == {"total", "answered", "reused", "failed", "refused"}
    assert report["duplicates"].keys() == {"in_file", "from_log", "in_flight", "saved_usd"}
    assert report["tokens"].keys() >= {"input", "cached", "output", "reasoning"}
    assert report["cost"].keys() == {"spent_usd", "unknown_usd", "reserved_usd"}
    assert report["attempts"] == {"total": 40, "retried": 0} and report["reprocess"] == {"lines": 0}
    for shard in report["shards"]:
        assert shard.keys() >= {"shard", "lines", "verdict", "reasons", "checked", "defects", "spent_usd"}
    assert sum(D(shard["spent_usd"]) for shard in report["shards"]) == job.spent
    assert list(report["times"]) == ["arrived", "claimed", "started", "finished"]
    assert list(report["times"].values()) == sorted(report["times"].values())
    assert report["sha256"] == hashlib.sha256(jsonl(lines)).hexdigest() and report["job"] == job.name
    told = spool.run("report", job.name)
    assert job.name in told.out and str(job.spent) in told.out
    assert job.name in json.dumps(spool.json("report", job.name))
    assert spool.run("report").out and spool.run("report", "--since", "2020-01-01").out
    assert spool.run("report", "no-such-job", code=None).returncode != 0


def test_output_lines_carry_bobbins_member(spool, mock):
    spool.process("job.jsonl", chats(3))
    for record in results.job_named(spool, "job.jsonl").output():
        assert record["bobbin"].keys() >= {"key", "cost_usd", "reused", "attempts", "model"}
        assert record["bobbin"]["attempts"] == 1 and record["bobbin"]["model"] == "mock-1"
        assert record.keys() == {"id", "custom_id", "response", "error", "bobbin"}


def test_hashlog_counts_and_verifies(spool, mock):
    spool.process("job.jsonl", with_duplicates(25, 5, seed=4))
    stats = spool.json("hashlog", "stats")
    assert stats.keys() >= {"keys", "answers", "segments", "bytes_on_disk", "index_bytes"}
    assert stats["keys"] == stats["answers"] == 25
    spool.run("hashlog", "verify")
    answers = next((spool.path / "hashlog").glob("answers-*"))
    data = answers.read_bytes()
    answers.write_bytes(data[:100] + bytes(20) + data[120:])
    assert spool.run("hashlog", "verify", code=None).returncode not in (0, 70)


def test_key_records_are_64_bytes_with_their_checksum(spool, mock):
    spool.process("job.jsonl", chats(5))
    data = next((spool.path / "hashlog").glob("keys-*.log")).read_bytes()
    keys = {record["bobbin"]["key"] for record in results.job_named(spool, "job.jsonl").output()}
    assert len(data) == 5 * 64
    records = [data[at:at + 64] for at in range(0, len(data), 64)]
    assert {record[:32].hex() for record in records} == keys
    assert all(int.from_bytes(r[60:], "little") == budget_file.crc32c(r[:60]) for r in records)


def test_doctor_names_its_self_tests(spool, mock):
    said = spool.run("doctor").out
    for word in ("rename", "lease", "fsync", "space", "mock-1", "cap"):
        assert word in said.lower(), said


@pytest.mark.parametrize("damage", ["budget", "keys", "spool.json", "witness", "lock"])
def test_doctor_fails_where_a_daemon_would(spool, mock, damage):
    witness = spool.directory / "witness"
    witness.mkdir()
    spool.environment = {"STATE_DIRECTORY": str(witness)}
    spool.process("job.jsonl", chats(2))
    spool.run("doctor")
    [day] = (spool.path / "budget").iterdir()
    [keys] = (spool.path / "hashlog").glob("keys-*.log")
    match damage:
        case "budget": day.unlink()
        case "keys": keys.write_bytes(b"x" * 64 + keys.read_bytes())
        case "spool.json": (spool.path / "spool.json").write_text("{")
        case "witness": next(witness.iterdir()).write_text("{")
        case "lock":
            (spool.path / "lock").unlink()
            (spool.path / "lock").mkdir()
    assert spool.run("daemon", "--once", code=None).returncode != 0
    refused = spool.run("doctor", code=78)
    assert "the daemon would not start: books: " in refused.err


def test_nothing_is_coloured_unless_on_a_terminal(spool, mock):
    spool.process("job.jsonl", chats(2))
    for command in ("status", "report", "doctor", "budget"):
        assert "\x1b" not in spool.run(command).out
    leader, follower = pty.openpty()
    process = spool.start("status", stdout=follower, env=scratch_spool.environment(NO_COLOR="1", TERM="xterm"))
    os.close(follower)
    assert process.wait(20) == 0
    assert b"\x1b[3" not in os.read(leader, 65536)
    os.close(leader)


def test_status_watch_lives_on_a_terminal_and_ends_on_interrupt(spool, mock):
    leader, follower = pty.openpty()
    # Where the tests run in the background of a shell, all of them ignore it.
    heeding = ["env", "--default-signal=INT"]
    process = spool.start("status", "--watch", before=heeding, stdout=follower, stderr=follower)
    os.close(follower)
    assert os.read(leader, 65536)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) in (0, 130, -signal.SIGINT)
    os.close(leader)
