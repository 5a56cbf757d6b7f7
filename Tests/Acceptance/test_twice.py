"""Nothing is paid twice: within a file, across files, jobs and days, and while the first is still in flight."""
import decimal
import json


import pytest

import results
from request_lines import MODEL, chat, chats, line, with_duplicates
from waiting import wait_for

D = decimal.Decimal


@pytest.mark.fast
def test_the_same_file_again_is_free(spool, mock):
    lines = with_duplicates(80, 20, seed=3)
    spool.process("first.jsonl", lines)
    spool.process("second.jsonl", lines)
    assert mock.count == 80
    first, second = (results.job_named(spool, name) for name in ("first.jsonl", "second.jsonl"))
    report = results.check_whole(second, lines, spool.directory)
    assert report["lines"] == {"total": 100, "answered": 0, "reused": 100, "failed": 0, "refused": 0}
    assert report["verdict"] == "accepted" and second.spent == 0
    assert report["duplicates"]["from_log"] + report["duplicates"]["in_file"] == 100
    # What was saved is what it had cost: once for each line that was not sent.
    costs = {record["bobbin"]["key"]: D(record["bobbin"]["cost_usd"]) for record in first.output()
             if not record["bobbin"]["reused"]}
    assert sum(costs.values()) == first.spent
    assert D(report["duplicates"]["saved_usd"]) == sum(costs[record["bobbin"]["key"]] for record in second.output())


def test_reused_answers_are_the_answers(spool, mock):
    lines = chats(10)
    spool.process("first.jsonl", lines)
    spool.process("second.jsonl", [{**line, "custom_id": f"other-{line['custom_id']}"} for line in lines])
    first, second = (results.job_named(spool, name).output() for name in ("first.jsonl", "second.jsonl"))
    assert [r["response"]["body"] for r in first] == [r["response"]["body"] for r in second]
    assert all(record["bobbin"]["reused"] and D(record["bobbin"]["cost_usd"]) == 0 for record in second)
    assert not any(record["bobbin"]["reused"] for record in first)
    assert len({record["id"] for record in first + second}) == 20


@pytest.mark.fast
def test_order_and_spelling_do_not_make_another_request(spool, mock):
    body = chat("x", "How are you?", max_tokens=20, temperature=0.5)["body"]
    spellings = [
        json.dumps(line("plain", body)),
        json.dumps(line("spaced", body), indent=None, separators=(" , ", " : ")),
        json.dumps(line("turned", dict(reversed(body.items())))),
        json.dumps(line("escaped", body)).replace("How", r"\u0048ow").replace("0.5", "5.0e-1"),
        json.dumps(line("user", {**body, "user": "somebody", "metadata": {"a": "b"}})),
    ]
    spool.process("spelled.jsonl", "\n".join(spellings).encode())
    job = results.job_named(spool, "spelled.jsonl")
    assert mock.count == 1 and job.report["lines"]["reused"] == 4
    assert len({record["bobbin"]["key"] for record in job.output()}) == 1


def test_what_differs_is_another_request(spool, mock):
    body = chat("x", "How are you?", max_tokens=20, seed=2**53)["body"]
    variants = [
        body, {**body, "seed": 2**53 + 1}, {**body, "max_tokens": 21}, {**body, "temperature": 0},
        {**body, "messages": body["messages"] * 2}, {**body, "n": 2}]
    lines = [line(f"v{i}", variant) for i, variant in enumerate(variants)]
    spool.process("variants.jsonl", lines)
    assert mock.count == len(lines) and results.job_named(spool, "variants.jsonl").report["lines"]["reused"] == 0


@pytest.mark.fast
def test_two_jobs_with_the_same_requests_at_the_same_time_pay_once(spool, mock):
    mock.hold()
    lines = chats(16)
    with spool.daemon() as daemon:
        spool.drop("one.jsonl", lines)
        wait_for(lambda: mock.in_flight == 16, 30, "the first job in flight")
        spool.drop("two.jsonl", lines[:10] + chats(2, start=500))
        wait_for(lambda: any(j["name"] == "two.jsonl" and j["lines"] for j in spool.status()["jobs"]), 30,
                 lambda: f"the second job to be read: {spool.status()}\n{daemon.log}")
        mock.release()
        wait_for(lambda: len(results.jobs(spool)) == 2, 60, lambda: f"both verdicts: {spool.status()}\n{daemon.log}")
    assert (mock.count, mock.distinct) == (18, 18)
    two = results.job_named(spool, "two.jsonl").report
    assert two["lines"]["answered"] == 2 and two["lines"]["reused"] == 10
    assert two["duplicates"]["in_flight"] + two["duplicates"]["from_log"] == 10


def test_the_second_of_two_jobs_sends_what_the_first_could_not(spool, mock):
    """The earlier job fails for good; the later one, which waited for it, is not dragged along without its own try."""
    mock.script = lambda request: {"status": 400, "times": 1}
    lines = chats(5)
    spool.process("one.jsonl", lines, code=None)
    spool.process("two.jsonl", lines, code=None)
    two = results.job_named(spool, "two.jsonl")
    assert two.report["lines"]["answered"] == 5 and mock.count == 10


def test_a_duplicate_is_judged_too(spool, mock):
    """An answer that was good enough yesterday is judged by today's gate, and not loaded if it fails."""
    lines = chats(30)
    spool.process("before.jsonl", lines)
    spool.configure(gate='[checks]\nmust_match = "never in any answer"\n')
    spool.process("after.jsonl", lines, code=None)
    after = results.job_named(spool, "after.jsonl")
    assert not after.done and after.spent == 0 and mock.count == 30


@pytest.mark.fast
def test_key_says_what_is_the_same(spool):
    lines = [chat("a", "one"), chat("b", "one"), chat("c", "two")]
    lines.append(line("d", lines[0]["body"], url="/v1/completions"))
    out = spool.run("key", spool.write("keys.jsonl", lines)).out
    rows = [row.split("\t") for row in out.splitlines()]
    assert [custom_id for _, custom_id in rows] == ["a", "b", "c", "d"]
    keys = [key for key, _ in rows]
    assert all(len(key) == 64 and set(key) <= set("0123456789abcdef") for key in keys)
    assert keys[0] == keys[1] and len(set(keys)) == 3


def test_key_agrees_with_the_output_and_with_standard_input(spool, mock):
    lines = chats(5)
    spool.process("job.jsonl", lines)
    wanted = [record["bobbin"]["key"] for record in results.job_named(spool, "job.jsonl").output()]
    path = spool.write("job.jsonl", lines)
    assert [row[:64] for row in spool.run("key", path).out.splitlines()] == wanted
    assert [row[:64] for row in spool.run("key", "-", stdin=path.read_bytes()).out.splitlines()] == wanted


def test_a_route_is_another_request_than_its_model(spool, mock):
    spool.configure(models=f'[routes.small]\nmodels = ["{MODEL}"]\n')
    spool.process("job.jsonl", [chat("model", "hello"), chat("route", "hello", model="small")])
    job = results.job_named(spool, "job.jsonl")
    assert len({record["bobbin"]["key"] for record in job.output()}) == 2
    assert [record["bobbin"]["model"] for record in job.output()] == [MODEL, MODEL]
    assert {request.body["model"] for request in mock.seen} == {MODEL}
