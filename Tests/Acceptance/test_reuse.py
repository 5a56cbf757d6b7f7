"""What a lane reuses and what it asks anew, rejected bytes, and prompts that are nearly the same."""
import json

import pytest

import killing
import results
from request_lines import MODEL, chat, chats
from waiting import wait_for

TOO_LONG = {"finish_reason": "length"}


@pytest.mark.fast
def test_the_bytes_of_a_rejected_file_cost_nothing_the_second_time(spool, mock):
    lines = chats(60)
    mock.script = lambda request: TOO_LONG
    spool.process("bad.jsonl", lines, code=None)
    first = results.job_named(spool, "bad.jsonl")
    assert mock.count == 20
    mock.script = lambda request: {}
    planned = spool.run("plan", spool.write("again.jsonl", lines), code=65)
    assert first.name in planned.err and "rejected before" in planned.err
    spool.process("again.jsonl", lines, code=None)
    job = results.job_named(spool, "again.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    assert mock.count == 20 and report["verdict"] == "rejected" and job.spent == 0
    assert report["reason"] == f"the same bytes were rejected before, as {first.name}; " \
        f"`bobbin retry {first.name}` pays again"
    assert [line["custom_id"] for line in job.reprocess()] == [line["custom_id"] for line in lines]
    spool.run("retry", job.name)
    spool.once()
    assert mock.count == 20 + 60
    assert [job.report["lines"]["answered"] for job in results.jobs(spool) if job.verdict == "accepted"] == [60]
    # All of it is answered by now, which costs nothing: nobody has to be asked.
    assert spool.json("plan", spool.write("third.jsonl", lines))["worst_usd"] == "0"
    spool.process("third.jsonl", lines)
    assert mock.count == 80 and results.job_named(spool, "third.jsonl").verdict == "accepted"


@pytest.mark.parametrize("moment", [1, 2, 3])
def test_rejected_bytes_are_remembered_by_a_daemon_that_is_killed_around_the_verdict(spool, mock, moment):
    lines = chats(60)
    mock.script = lambda request: TOO_LONG
    spool.drop("bad.jsonl", lines)
    moments = {
        1: lambda daemon: any(spool.path.glob("processing/*/report.json")) or spool.directories("rejected"),
        2: lambda daemon: any(spool.path.glob("hashlog/rejected-*.log")),
        3: lambda daemon: bool(spool.directories("rejected"))}
    killing.daemon_that_dies(spool, moments[moment])
    spool.once(code=None)
    assert mock.count == 20
    spool.process("again.jsonl", lines, code=None)
    assert mock.count == 20 and "rejected before" in results.job_named(spool, "again.jsonl").report["reason"]


def test_a_lane_that_collects_samples_sends_each(spool, mock):
    spool.configure(bobbin="[lanes.samples]\nreuse_sampled = false\n")
    lines = [chat("a", "Throw a die"), chat("b", "Throw a die"), chat("c", "Throw a die", seed=7),
             chat("d", "Throw a die", seed=7), chat("e", "Throw a die", temperature=0)]
    for name, sent in (("one.jsonl", 4), ("two.jsonl", 6)):
        spool.process(name, lines, lane="samples")
        assert mock.count == sent
    planned = spool.json("plan", spool.write("three.jsonl", lines), "--lane", "samples")["duplicates"]
    assert (planned["in_file"], planned["from_log"]) == (1, 2)
    spool.process("default.jsonl", lines)
    assert mock.count == 6 and results.job_named(spool, "default.jsonl").report["lines"]["reused"] == 5


def test_an_answer_that_is_too_old_for_its_lane_is_asked_for_again(spool, mock):
    spool.configure(bobbin='[lanes.news]\nanswer_max_age = "1s"\n')
    lines = chats(3)
    spool.process("one.jsonl", lines, lane="news")
    plan = lambda: spool.json("plan", spool.write("two.jsonl", lines), "--lane", "news")["duplicates"]["from_log"]
    wait_for(lambda: plan() == 0, 20, "the answers to be too old")
    spool.process("two.jsonl", lines, lane="news")
    assert mock.count == 6
    spool.process("three.jsonl", lines)
    assert mock.count == 6


@pytest.mark.fast
def test_similar_prompts_are_reported_and_change_nothing(spool, mock):
    lines = [chat("1", "What is 3 plus 4?"), chat("2", "what is  17 plus 4?"), chat("3", "WHAT IS 5 PLUS 5 ?"),
             chat("4", "Who was first?"), chat("5", "who was\nfirst?"), chat("6", "Who was first?")]
    words = ["".join(chr(97 + i * i * k % 26) for k in range(2, 9)) for i in range(80)]
    lines += [chat("7", " ".join(words)), chat("8", " ".join(words[:-1] + ["another"]))]
    path = spool.write("similar.jsonl", lines)
    plain = spool.json("plan", path)
    with_report = spool.json("plan", path, "--similar")
    similar = with_report.pop("similar")
    assert with_report == plain
    assert (similar["groups"], similar["lines"]) == (2, 4) and similar["threshold"] == "0.9"
    assert (similar["near_groups"], similar["near_lines"]) == (1, 2)
    assert 0 < float(similar["saved_usd"]) < float(plain["worst_usd"])
    assert 0 < float(similar["near_saved_usd"]) < float(plain["worst_usd"])
    text = spool.run("plan", path, "--similar").out
    assert text.startswith(spool.run("plan", path).out) and "4 prompts in 2 groups" in text
    spool.process("similar.jsonl", lines)
    assert mock.count == 7, "the report takes nothing out"
    after = spool.json("plan", path, "--similar")["similar"]
    assert after["lines"] == after["near_lines"] == 0, "what is answered would not be sent"


def test_members_that_a_model_ignores_are_in_no_key(spool, mock):
    spool.configure(model={
        "input_usd_per_million": "0.15", "output_usd_per_million": "0.60", "ignored_members": ["x_trace"]})
    lines = [chat("a", "hello", x_trace="1"), chat("b", "hello", x_trace="2"), chat("c", "hello")]
    spool.process("traced.jsonl", lines)
    assert mock.count == 1
    assert json.loads(mock.seen[0].raw)["x_trace"] == "1", "it is sent all the same"
    assert "ignores x_trace" in spool.json("doctor")["configuration"][f"models.{MODEL}"]
