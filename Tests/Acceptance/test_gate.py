"""Bad answers are not loaded: the canary, the shard, the split job, and what comes back to be done again."""
import json

import pytest

import budget_file
import results
from mock_answers import marker
from request_lines import chat, chats, jsonl
from waiting import wait_for

TOO_LONG = {"finish_reason": "length"}


@pytest.mark.fast
def test_a_file_of_one_bad_prompt_costs_one_canary_shard(spool, mock):
    lines = chats(120, prompt="Write everything there is to say about {}")
    mock.script = lambda request: TOO_LONG
    spool.process("bad.jsonl", lines, code=None)
    job = results.job_named(spool, "bad.jsonl")
    assert mock.count == 20 and mock.bodies() and job.verdict == "rejected" and not job.done
    report = results.check_whole(job, lines, spool.directory)
    assert report["lines"]["refused"] == 100 and job.error_codes()["canary_rejected"] == 100
    assert [line["custom_id"] for line in job.reprocess()] == [line["custom_id"] for line in lines]
    assert report["reprocess"]["lines"] == 120
    assert "finish_reason" in str(report["shards"][0]["reasons"]) and report["shards"][0]["verdict"] == "rejected"
    assert report["shards"][0]["defects"] == report["shards"][0]["checked"] == 20
    assert job.spent == budget_file.today(spool).spent > 0
    # The first twenty in the order of the input were the canary.
    prompts = {line["body"]["messages"][0]["content"] for line in lines[:20]}
    assert {request.text for request in mock.seen} == prompts


def test_retry_pays_again_once_the_cause_is_gone(spool, mock):
    lines = chats(40)
    mock.script = lambda request: TOO_LONG
    spool.process("bad.jsonl", lines, code=None)
    mock.script = lambda request: {}
    spool.run("retry", results.job_named(spool, "bad.jsonl").name)
    spool.once()
    accepted = [job for job in results.jobs(spool) if job.verdict == "accepted"]
    assert len(accepted) == 1 and accepted[0].report["lines"]["answered"] == 40
    results.check_whole(accepted[0], lines, spool.directory)
    assert mock.count == 20 + 40


def test_reprocess_lines_can_be_dropped_again_as_they_are(spool, mock):
    lines = chats(40)
    mock.script = lambda request: TOO_LONG
    spool.process("bad.jsonl", lines, code=None)
    reprocess = (results.job_named(spool, "bad.jsonl").rejected / "reprocess.jsonl").read_bytes()
    mock.script = lambda request: {}
    spool.process("again.retry.jsonl", reprocess)
    job = results.job_named(spool, "again.retry.jsonl")
    assert job.verdict == "accepted" and job.report["lines"]["answered"] == 40 and mock.count == 60


def test_a_known_defect_is_not_paid_for_again_unless_told(spool, mock):
    lines = chats(60) + [chat("bad", "This one is cut " + marker(finish_reason="length"))]
    spool.process("first.jsonl", lines)
    first = results.job_named(spool, "first.jsonl")
    counts = first.report["lines"]
    assert first.verdict == "accepted" and counts["answered"] + counts["failed"] == counts["total"] == 61
    assert [error["custom_id"] for error in first.errors()] == ["bad"] == [r["custom_id"] for r in first.reprocess()]
    assert "bad" not in [record["custom_id"] for record in first.output()]
    results.check_whole(first, lines, spool.directory)
    assert mock.count == 61

    spool.process("second.jsonl", lines)
    second = results.job_named(spool, "second.jsonl")
    assert mock.count == 61 and second.spent == 0
    assert second.error_codes() == {"known_defect": 1}
    assert second.report["lines"] == {"total": 61, "answered": 0, "reused": 60, "failed": 0, "refused": 1}

    spool.run("retry", first.name)
    spool.once(code=None)
    assert mock.count == 62


@pytest.mark.fast
def test_a_job_whose_shards_differ_is_split(spool, mock):
    spool.configure(lane="shard_lines = 20")
    lines = chats(80)
    mock.script = lambda r: TOO_LONG if 40 <= int(r.text.split()[-1][:-1]) < 60 else {}
    spool.process("mixed.jsonl", lines, code=None)
    job = results.job_named(spool, "mixed.jsonl")
    assert job.verdict == "split" and job.done and job.rejected and job.done.name == job.rejected.name
    results.check_whole(job, lines, spool.directory)
    good = [line["custom_id"] for line in lines[:40] + lines[60:]]
    assert [record["custom_id"] for record in job.output()] == good
    assert [line["custom_id"] for line in results.records(job.rejected / "reprocess.jsonl")] == [
        line["custom_id"] for line in lines[40:60]]
    assert sorted(shard["verdict"] for shard in job.report["shards"]) == ["accepted"] * 3 + ["rejected"]
    assert not {e["custom_id"] for e in results.records(job.done / "errors.jsonl")} - set(good)


@pytest.mark.parametrize("checks, good, bad", [
    ("json = true", '{"a": 1}', "not JSON"),
    ('must_match = "^[A-Z]"', "Upper", "lower"),
    ("max_length = 10", "short", "much longer than ten"),
    ('must_not_match = ["LATER", "lorem"]', "done", "LATER: write it"),
    ('labels = ["yes", "no"]', "yes", "perhaps"),
    ('ranges = [{ at = "/score", max = 1 }]', '{"score": 0.5}', '{"score": 2}'),
    ('script = "Latin"', "auf Deutsch", "по-русски"),
    ("max_repeats = 5", "once", "and on " * 30),
    ('refusal_phrases = ["I cannot"]', "I can", "Sorry, I CANNOT do that."),
    ('non_empty = true\nfinish_reason = ["stop"]', "text", ""),
    ('non_empty = true\nfinish_reason = ["stop"]', "text", None),
    ("", "text", "   "),
])
def test_each_check_finds_its_defect(spool, mock, checks, good, bad):
    spool.configure(gate=f"[checks]\n{checks}\n")
    lines = chats(40)
    mock.script = lambda r: {"content": bad if r.text.endswith("29.") else good}
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    assert [error["custom_id"] for error in job.errors()] == ["r00029"]
    assert len(job.output()) == 39 and job.report["shards"][-1]["defects"] == 1


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


@pytest.mark.fast
@pytest.mark.parametrize("how", ["asked for by the request", "a file beside gate.toml", "turned off"])
def test_a_schema_is_kept_to(spool, mock, how):
    """What a request asks for is checked without a word in the configuration."""
    asked = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    if how == "a file beside gate.toml":
        (spool.config / "answer.json").write_text(json.dumps(SCHEMA))
        spool.configure(gate='[checks]\njson_schema = "answer.json"\n')
    elif how == "turned off":
        spool.configure(gate="[checks]\nresponse_format = false\n")
    lines = chats(40, **({} if "file" in how else {"response_format": asked}))
    mock.script = lambda r: {"content": '{"n": "one"}' if r.text.endswith("29.") else '{"n": 1}'}
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    assert [error["custom_id"] for error in job.errors()] == ([] if how == "turned off" else ["r00029"])


@pytest.mark.fast
def test_tool_calls_are_an_answer(spool, mock):
    call = {"index": 0, "finish_reason": "tool_calls", "logprobs": None, "message": {
        "role": "assistant", "content": None, "refusal": None,
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "mock", "choices": [call],
            "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}}
    mock.script = lambda request: {"body": json.dumps(body)}
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    lines = [chat("call", "use the tool", tools=[tool])]
    spool.process("job.jsonl", lines)
    results.check_whole(results.job_named(spool, "job.jsonl"), lines, spool.directory)


@pytest.mark.parametrize("reason", ["content_filter", None])
def test_other_finish_reasons_are_defects(spool, mock, reason):
    mock.script = lambda request: {"finish_reason": reason}
    spool.process("job.jsonl", chats(30), code=None)
    assert mock.count == 20 and results.job_named(spool, "job.jsonl").verdict == "rejected"


def test_one_defect_in_twenty_does_not_reject_and_two_do(spool, mock):
    for defects, verdict in ((1, "accepted"), (2, "rejected")):
        lines = chats(20, start=100 * defects)
        bad = [f"number {100 * defects + i}." for i in range(defects)]
        mock.script = lambda r, bad=bad: TOO_LONG if any(r.text.endswith(end) for end in bad) else {}
        spool.process(f"{verdict}.jsonl", lines, code=None)
        assert results.job_named(spool, f"{verdict}.jsonl").verdict == verdict


def test_rejected_answers_are_not_reused(spool, mock):
    mock.script = lambda request: TOO_LONG if request.text.endswith(("0.", "1.", "2.")) else {}
    lines = chats(20)
    spool.process("bad.jsonl", lines, code=None)
    assert results.job_named(spool, "bad.jsonl").verdict == "rejected"
    spool.process("again.jsonl", jsonl(lines), code=None)
    again = results.job_named(spool, "again.jsonl")
    assert again.report["lines"]["reused"] == 0 and mock.count == 20 and again.spent == 0


def test_output_appears_whole_or_not_at_all(spool, mock):
    """A consumer that looks at done/ all the time never sees a job without its report or with half of its output."""
    mock.delay = 0.005
    lines = chats(200)
    seen = set()
    with spool.daemon():
        spool.drop("job.jsonl", lines)

        def whole():
            for directory in spool.directories("done"):
                answers = (directory / "output.jsonl").read_bytes().splitlines()
                seen.add((len(answers), (directory / "report.json").exists()))
            return seen
        wait_for(whole, 60, "the verdict")
    assert seen == {(200, True)}


def test_known_defects_are_no_canary(spool, mock):
    """The canary is the first requests to be sent: what is not sent says nothing about the others."""
    spoilt = chats(20, prompt="Too much about {}.")
    mock.script = lambda request: TOO_LONG
    spool.process("bad.jsonl", spoilt, code=None)
    mock.script = lambda request: {}
    lines = spoilt + chats(40, start=100)
    spool.process("mixed.jsonl", lines, code=None)
    job = results.job_named(spool, "mixed.jsonl")
    assert mock.count == 20 + 40
    assert job.error_codes()["known_defect"] == 20 and job.error_codes()["canary_rejected"] == 0
    assert len(job.output()) == 40
