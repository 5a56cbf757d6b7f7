"""A rejected job is mended and handed in again: what was mended is looked at first, and the new job names the old."""
import json
import re

import pytest

import results
from request_lines import chats, jsonl
from test_review import ON_REJECTION, TOO_LONG, job_in_review


def rejected(spool, mock, name="bad.jsonl", lines=None):
    """A job of which every answer is cut, and the lines of its reprocess.jsonl. Mended ones are answered."""
    mock.script = lambda request: {} if "in one word" in request.text else TOO_LONG
    spool.process(name, lines or chats(40), code=None)
    job = results.job_named(spool, name)
    return job, job.reprocess()


def mended(lines):
    for line in lines:
        message = line["body"]["messages"][0]
        message["content"] = f"Answer in one word. {message['content']}"
    return lines


def as_an_editor_leaves_it(lines):
    return b"\xef\xbb\xbf" + b"\r\n".join(json.dumps(line).encode() for line in lines) + b"\r\n\r\n"


@pytest.mark.fast
@pytest.mark.parametrize("how", [jsonl, as_an_editor_leaves_it, "standard input"])
def test_mended_lines_are_accepted_and_linked_to_their_job(spool, mock, how):
    first, lines = rejected(spool, mock)
    assert "suggest" in lines[0]["bobbin"] and mock.count == 20
    mended(lines)
    # Not all of it has to be tried again, and who names a job may be short.
    if callable(how):
        name = spool.run("retry", "bad.", "--from", spool.write("mended.jsonl", how(lines[5:]))).out.strip()
    else:
        name = spool.json("retry", first.name, "--from", "-", stdin=jsonl(lines[5:]))["name"]
    assert name == "bad.retry.jsonl"
    spool.once()
    second = results.job_named(spool, name)
    results.check_whole(second, lines[5:], spool.directory)
    assert second.verdict == "accepted" and len(second.output()) == 35 and mock.count == 20 + 35
    assert second.report["retry_of"] == first.name
    assert second.report["reprocess"]["chain"] == {"root": first.name, "generation": 1, "lines": 40}
    assert f"retry 1 of {first.name}" in spool.run("report", second.name).out


def broken(lines, number, member=None, **change):
    """The lines with one of them changed: in its member "bobbin", or without it."""
    lines = [dict(line) for line in lines]
    mark = lines[number - 1].pop("bobbin")
    if member:
        lines[number - 1]["bobbin"] = {**mark, member: change["to"]}
    return jsonl(lines)


@pytest.mark.fast
def test_a_slip_of_an_editor_is_named_with_its_line_and_costs_nothing(spool, mock):
    first, lines = rejected(spool, mock)
    other, others = rejected(spool, mock, "other.jsonl", chats(40, start=500))
    original = first.rejected / "reprocess.jsonl"
    text = jsonl(lines).splitlines(keepends=True)
    name = "bad.20261124T101112Z.abcdef"
    for slip, line, reason in (
            (b"", None, "has no lines"),
            (b"\n \r\n", None, "has no lines"),
            (b"".join(text[:6]) + text[6][:-20] + b"\n", 7, "it is no JSON: column"),
            (jsonl(lines + others), 41, f"it is a line of another job, {other.name}: .*`bobbin retry {other.name}`"),
            (broken(lines, 3, "job", to=name), 3, f"it is a line of another job, {name}"),
            (broken(lines, 3, "job", to=f"../{name}"), 3, f'its member "bobbin" is not as .*{original}'),
            (broken(lines, 3, "job", to=7), 3, 'its member "bobbin" is not as it was written'),
            (broken(lines, 4, "root", to=name), 4, 'its member "bobbin" is not as it was written'),
            (broken(lines, 5, "generation", to="0"), 5, 'its member "bobbin" is not as it was written'),
            (broken(lines, 6, "cases", to=-1), 6, 'its member "bobbin" is not as it was written'),
            (broken(lines, 1), 1, f'it has no member "bobbin", which links .* from a line of {original}'),
    ):
        path = spool.write("mended.jsonl", slip)
        refused = spool.run("retry", first.name, "--from", path, code=65)
        place = f"{path}:{line}: " if line else f"{path} "
        assert f"bobbin: {place}" in refused.err and re.search(reason, refused.err), refused.err
        assert refused.out == ""
    # The same for a file that was edited where it stands.
    original.write_bytes(broken(lines, 2, "root", to=name))
    assert f"{original}:2: its member" in spool.run("retry", first.name, code=65).err
    spool.run("retry", first.name, "--from", "nowhere.jsonl", code=66)
    spool.run("retry", first.name, "--from", spool.directory, code=None).err.index(str(spool.directory))
    assert not list(spool.inbox.glob("*")) and not list(spool.inbox.glob(".*")), "nothing of it was handed in"
    spool.once()
    assert mock.count == 40


@pytest.mark.fast
def test_a_job_that_cannot_be_retried_says_what_it_is(spool, mock):
    first, _ = rejected(spool, mock)
    rejected(spool, mock, "bad.retry.jsonl", chats(40, start=500))
    assert "begins the names of 2 finished jobs" in spool.run("retry", "bad", code=64).err
    assert "no finished job" in spool.run("retry", "nobody", code=65).err
    assert "no finished job" in spool.run("retry", f"../rejected/{first.name}", code=65).err
    assert "empty name" in spool.run("retry", "", code=64).err
    assert 'no lane "nowhere"' in spool.run("retry", first.name, "--lane", "nowhere", code=64).err
    mock.script = lambda request: {}
    spool.process("good.jsonl", chats(5, prompt="Good {}"))
    assert "nothing to try again" in spool.run("retry", "good", code=65).err
    spool.configure(gate=ON_REJECTION)
    mock.script = lambda request: TOO_LONG
    spool.process("waits.jsonl", chats(20, prompt="Too much about {}"), code=75)
    job = job_in_review(spool)
    assert f"{job} is not finished; `bobbin status {job}`" in spool.run("retry", "waits", code=65).err
    assert "no finished job" in spool.run("report", "waits", code=65).err
    # A beginning of its name is enough for its review as well.
    spool.run("gate", "review", "waits")
    assert len(results.records(spool.directory / f"{job}.review.jsonl")) == 20


@pytest.mark.fast
def test_a_plan_of_a_lane_that_is_not_there_is_refused(spool):
    spool.configure(bobbin="[lanes.night]\n")
    spool.run("gate", "plan", "--lane", "night")
    spool.run("gate", "plan", "--lane", "default")
    assert "its lanes are default, night" in spool.run("gate", "plan", "--lane", "day", code=64).err
