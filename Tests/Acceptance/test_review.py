"""A job waits for a person where the gate file says so: nothing is delivered, lost or paid twice meanwhile."""
import json
import os

import pytest

import budget_file
import results
from killing import daemon_that_dies
from request_lines import chats
from test_notices import ENV, notify
from waiting import wait_for
from webhook_receiver import WebhookReceiver

ON_REJECTION = '[consequences]\nrejected = "review"\n'
ALWAYS = '[consequences]\nreview = "always"\nreview_lines = 5\n'
TOO_LONG = {"finish_reason": "length"}


def job_in_review(spool):
    """The only job that waits for a person, once there is one."""
    def found():
        return [job for job in spool.status()["jobs"] if job["state"] == "review"]
    [job] = wait_for(found, 20, lambda: f"a job in review; status: {spool.status()}")
    return job["job"]


def sheet(spool, job, name="sheet.jsonl"):
    path = spool.directory / name
    spool.run("gate", "review", job, "--output", path)
    return path, results.records(path)


def fill(path, rows, verdict=lambda row: "pass"):
    path.write_text("".join(json.dumps({**row, "verdict": verdict(row), "note": "seen"}) + "\n" for row in rows))
    return path


def waits_once(spool, lines):
    spool.process("job.jsonl", lines, code=75)
    return job_in_review(spool)


@pytest.mark.fast
def test_what_the_gate_would_reject_waits_and_a_person_lets_the_rest_run(spool, mock):
    spool.configure(gate=ON_REJECTION)
    lines = chats(60)
    mock.script = lambda request: TOO_LONG if mock.count <= 20 else {}
    job = waits_once(spool, lines)
    assert mock.count == 20 and not results.jobs(spool)
    status = spool.status()["jobs"][0]
    assert f"bobbin gate review {job}" in status["reason"] and status["done"] == 20
    spent = budget_file.today(spool).spent
    path, rows = sheet(spool, job)
    assert len(rows) == 20 and path.stat().st_mode & 0o777 == 0o600
    assert {row["custom_id"] for row in rows} == {line["custom_id"] for line in lines[:20]}
    first = rows[0]
    assert first["prompt"] == lines[0]["body"]["messages"][0]["content"] and first["answer"] and first["job"] == job
    assert first["verdict"] == first["note"] == "" and "finish_reason" in first["defects"][0]
    # It is not written over what may be half filled in.
    assert f"{path} is there already: hand it in" in spool.run("gate", "review", job, "--output", path, code=73).err
    spool.once(code=75)
    assert mock.count == 20 and budget_file.today(spool).spent == spent, "waiting costs nothing"

    fill(path, rows, lambda row: "fail" if row["custom_id"] == "r00007" else "pass")
    said = spool.run("gate", "review", job, "--submit", path).out
    assert "1 shards are accepted" in said and "when a daemon is started" in said
    assert "does not wait for review" in spool.run("gate", "review", job, "--submit", path, code=65).err
    assert "a person has decided; it goes on when a daemon is started" in spool.run("status", "job").out
    spool.once()
    done = results.job_named(spool, "job.jsonl")
    report = results.check_whole(done, lines, spool.directory)
    assert done.verdict == "accepted" and mock.count == 60 and mock.resent == 0
    assert [error["custom_id"] for error in done.errors()] == ["r00007"] == [r["custom_id"] for r in done.reprocess()]
    assert "review: seen" in done.errors()[0]["error"]["message"]
    [review] = report["reviews"]
    assert review["uid"] == os.getuid()
    assert [line["line"] for line in review["lines"] if line["verdict"] == "fail"] == [8]
    assert review["shards"][0]["verdict"] == "accepted" and report["parked"]["notes"][0]["cause"] == "review"
    spool.run("budget", "verify")
    # What was judged good is known from now on, what was judged bad is not paid for again.
    spool.configure(gate='[checks]\nfinish_reason = ["stop", "length"]\n')
    spool.process("again.jsonl", lines, code=None)
    again = results.job_named(spool, "again.jsonl")
    assert mock.count == 60 and again.error_codes() == {"known_defect": 1}


@pytest.mark.fast
def test_a_file_that_is_not_filled_in_is_named_with_its_line(spool, mock):
    spool.configure(gate=ON_REJECTION)
    mock.script = lambda request: TOO_LONG
    job = waits_once(spool, chats(20))
    path, rows = sheet(spool, job)
    fill(path, rows, lambda row: "" if row["line"] == 4 else "pass")
    assert f"{path}:4: its verdict is not filled in" in spool.run("gate", "review", job, "--submit", path, code=65).err
    fill(path, rows, lambda row: "good" if row["line"] == 6 else "pass")
    assert f"{path}:6: its verdict must be" in spool.run("gate", "review", job, "--submit", path, code=65).err
    fill(path, rows[:-1])
    assert "1 of 20 answers are missing" in spool.run("gate", "review", job, "--submit", path, code=65).err
    fill(path, rows + rows[:1])
    assert f"{path}:21: line 1 of the job stands here twice" in spool.run(
        "gate", "review", job, "--submit", path, code=65).err
    fill(path, rows + [{**rows[0], "line": 77}])
    assert f"{path}:21: line 77 of the job is not asked about" in spool.run(
        "gate", "review", job, "--submit", path, code=65).err
    fill(path, [{name: value for name, value in row.items() if name != "line"} for row in rows])
    assert f"{path}:1: it has no job and line" in spool.run("gate", "review", job, "--submit", path, code=65).err
    fill(path, rows)
    path.write_text(path.read_text().replace('"note": "seen"', '"note": 5'))
    assert f"{path}:1: its note must be text" in spool.run("gate", "review", job, "--submit", path, code=65).err
    fill(path, [{**row, "job": "other"} for row in rows])
    assert f"{path}:1: it is of another job" in spool.run("gate", "review", job, "--submit", path, code=65).err
    path.write_text("no JSON\n")
    assert f"{path}:1: it is no JSON" in spool.run("gate", "review", job, "--submit", path, code=65).err
    spool.run("gate", "review", job, "--submit", "nowhere.jsonl", code=66)
    spool.run("gate", "review", job.replace("job.", "jab."), code=65)
    spool.run("gate", "review", "no-job", code=65)
    spool.run("gate", "review", "", code=64)
    spool.run("gate", "review", f"../processing/{job}", code=65)
    spool.run("gate", "review", job, "--accept", code=64)
    spool.run("gate", "review", job, "--accept", "--reject", "--reason", "x", code=64)
    spool.once(code=75)
    assert job_in_review(spool) == job and not results.jobs(spool)


@pytest.mark.fast
def test_a_file_is_taken_as_an_editor_leaves_it(spool, mock):
    spool.configure(gate=ON_REJECTION)
    mock.script = lambda request: TOO_LONG
    job = waits_once(spool, chats(20))
    path, rows = sheet(spool, job)
    text = fill(path, rows[::-1]).read_text()
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() + b"\t\r\n")
    assert "1 shards are accepted, 0 rejected" in spool.run("gate", "review", job, "--submit", path).out


@pytest.mark.parametrize("option, verdict", [("--accept", "accepted"), ("--reject", "rejected")])
def test_a_job_is_decided_as_a_whole(spool, mock, option, verdict):
    spool.configure(gate=ON_REJECTION)
    mock.script = lambda request: TOO_LONG
    lines = chats(20)
    job = waits_once(spool, lines)
    spool.run("gate", "review", job, option, "--reason", "a \x1b[31mred reason")
    spool.once(code=None)
    found = results.job_named(spool, "job.jsonl")
    results.check_whole(found, lines, spool.directory)
    assert found.verdict == verdict and mock.count == 20
    assert len(found.output()) == (20 if verdict == "accepted" else 0)
    [review] = found.report["reviews"]
    assert review["whole"] == option[2:] and review["reason"] == "a \x1b[31mred reason"
    told = spool.run("report", job).out
    assert f"uid {os.getuid()} decided as a whole, a " in told and "\x1b" not in told
    assert "is not in processing" in spool.run("gate", "review", job, option, "--reason", "again", code=65).err


@pytest.mark.fast
def test_a_sample_is_judged_before_anything_is_delivered(spool, mock):
    spool.configure(gate=ALWAYS, lane="shard_lines = 20")
    lines = chats(60)
    job = waits_once(spool, lines)
    assert mock.count == 60
    path, rows = sheet(spool, job)
    assert len(rows) == 5 and not any(row["defects"] for row in rows)
    # The same sample after a restart.
    spool.once(code=75)
    assert sheet(spool, job, "again.jsonl")[1] == rows
    spool.run("gate", "review", job, "--submit", fill(path, rows))
    spool.once()
    done = results.job_named(spool, "job.jsonl")
    assert done.verdict == "accepted" and len(done.output()) == 60 and mock.count == 60


def test_a_bad_sample_rejects_all_of_it_and_nothing_of_it_is_reused(spool, mock):
    spool.configure(gate=ALWAYS, lane="shard_lines = 20")
    lines = chats(60)
    job = waits_once(spool, lines)
    path, rows = sheet(spool, job)
    spool.run("gate", "review", job, "--submit", fill(path, rows, lambda row: "fail"))
    spool.once(code=None)
    job = results.job_named(spool, "job.jsonl")
    results.check_whole(job, lines, spool.directory)
    assert job.verdict == "rejected" and "5 of 5 sampled answers bad" in job.report["reason"]
    assert len(job.reprocess()) == 60 and sum(shard["defects"] for shard in job.report["shards"]) == 5
    spool.configure()
    spool.process("again.jsonl", lines[::-1], code=None)
    again = results.job_named(spool, "again.jsonl")
    assert again.report["lines"]["reused"] == 0 and mock.count == 60


@pytest.mark.fast
def test_others_go_on_a_kill_changes_nothing_and_it_is_told_once(spool, mock):
    with WebhookReceiver() as hook:
        spool.configure(gate=ON_REJECTION, bobbin=notify(hook.url))
        mock.script = lambda request: TOO_LONG if "Bad" in request.text else {}
        bad, good = chats(20, prompt="Bad {}"), chats(20, prompt="Good {}", start=100)
        with spool.daemon(env=ENV) as daemon:
            spool.drop("bad.jsonl", bad)
            job = job_in_review(spool)
            spool.drop("good.jsonl", good)
            wait_for(lambda: results.jobs_named(spool, "good.jsonl"), 20, "the other job")
            wait_for(lambda: hook.count("job.parked"), 20, "the notice")
            daemon.kill()
        path, rows = sheet(spool, job)
        with spool.daemon(env=ENV):
            job_in_review(spool)
            spool.run("gate", "review", job, "--submit", fill(path, rows))
            wait_for(lambda: results.jobs_named(spool, "bad.jsonl"), 20, "the verdict")
            wait_for(lambda: spool.status()["notices"]["pending"] == 0, 20, "the notices")
        found = results.job_named(spool, "bad.jsonl")
        assert found.verdict == "accepted" and mock.count == 40 and mock.resent == 0
        results.check_whole(found, bad, spool.directory)
        told = [event.data for event in hook.events("job.parked")]
        assert [(event["job"], event["cause"]) for event in told] == [(job, "review")]
        spool.run("budget", "verify")


def test_a_decision_outlives_a_kill_at_any_time(spool, mock):
    """The decision is on disk before anything follows from it: whoever dies meanwhile, it is made once."""
    spool.configure(gate=ON_REJECTION)
    mock.script = lambda request: TOO_LONG if mock.count <= 20 else {}
    lines = chats(60)
    job = waits_once(spool, lines)
    path, rows = sheet(spool, job)
    directory = spool.path / "processing" / job
    spool.run("gate", "review", job, "--submit", fill(path, rows))
    decisions = json.loads((directory / "reviews.json").read_bytes())
    assert len(decisions) == 1 and not (directory / "review.json").exists()
    # A request of before that was not taken away is answered, and decides nothing more.
    (spool.path / "control" / decisions[0]["request"]).write_text(
        json.dumps({"command": "review", "job": job, "whole": "reject", "reason": "too late"}))
    mock.hold()
    daemon_that_dies(spool, lambda daemon: mock.in_flight > 0)
    mock.release()
    spool.once()
    found = results.job_named(spool, "job.jsonl")
    results.check_whole(found, lines, spool.directory)
    assert found.verdict == "accepted" and len(found.report["reviews"]) == 1
    assert mock.distinct == 60


def test_a_changed_gate_that_asks_no_person_decides_by_itself(spool, mock):
    spool.configure(gate=ON_REJECTION)
    mock.script = lambda request: TOO_LONG
    lines = chats(20)
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", lines)
        job_in_review(spool)
        spool.configure()
        daemon.reload()
        wait_for(lambda: results.jobs(spool), 20, "the verdict of the gate")
    assert results.job_named(spool, "job.jsonl").verdict == "rejected"
