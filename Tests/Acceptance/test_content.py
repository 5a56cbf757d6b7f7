"""What stands in a file: bad lines are refused with their reason, a cut or foreign file is rejected before a cent."""
import gzip
import io
import json
import tarfile

import pytest

import results
from request_lines import chat, chats, jsonl, line


def process(spool, data, name="file.jsonl"):
    spool.process(name, data, code=None)
    return results.job_named(spool, name)


@pytest.mark.fast
@pytest.mark.parametrize("data, lines", [
    (b"\xef\xbb\xbf" + jsonl(chats(5)), 5),
    (jsonl(chats(5)).replace(b"\n", b"\r\n"), 5),
    (b"\n\n" + jsonl(chats(5)).replace(b"\n", b"\n\n"), 5),
    (jsonl(chats(5))[:-1], 5),
    (jsonl([chat("r", "a line separator \u2028 inside")]), 1),
], ids=["byte order mark", "CRLF", "blank lines", "no newline at the end", "U+2028"])
def test_these_forms_are_accepted(spool, mock, data, lines):
    job = process(spool, data)
    assert job.verdict == "accepted"
    assert job.report["lines"]["total"] == job.report["lines"]["answered"] == mock.count == lines


def tar(data):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as file:
        entry = tarfile.TarInfo("file.jsonl")
        entry.size = len(data)
        file.addfile(entry, io.BytesIO(data))
    return archive.getvalue()


@pytest.mark.parametrize("data", [
    b"", b"\n\n", jsonl(chats(5))[:-20], b"<html><body>It works</body></html>\n", gzip.compress(jsonl(chats(5))),
    jsonl(chats(5)).replace(b"r00", b"r\xff0"), b"[1,2,3]\n", b'"text"\n', b"\x00" * 4096,
    tar(jsonl(chats(5))), tar(jsonl(chats(400))),
], ids=["empty", "only blank lines", "torn", "HTML", "gzip", "not UTF-8", "array", "string", "zeros", "tar",
        "a longer tar"])
def test_these_files_are_rejected_before_a_cent(spool, mock, data):
    job = process(spool, data)
    assert job.verdict == "rejected" and len(job.report["reason"]) > 10
    assert mock.count == 0 and job.spent == 0
    assert not job.done and (job.rejected / "input.jsonl").read_bytes() == data


BAD = {
    "not JSON": b'{"custom_id": "bad", ',
    "no custom_id": json.dumps(line(None, {"model": "mock-1"})).encode(),
    "a member name twice": json.dumps(chat("bad", "x")).encode().replace(b"{", b'{"custom_id":"bad2",', 1),
    "an unknown url": json.dumps(line("bad", chat("x", "y")["body"], url="/v1/unheard-of")).encode(),
    "a body that is no object": json.dumps(line("bad", [1])).encode(),
    "stream": json.dumps(chat("bad", "streamed", stream=True)).encode(),
    "negative max_tokens": json.dumps(chat("bad", "x", max_tokens=-5)).encode(),
    "max_tokens that is text": json.dumps(chat("bad", "x", max_tokens="many")).encode(),
    "a million answers": json.dumps(chat("bad", "x", n=1_000_000)).encode(),
    "a number above all": json.dumps(chat("bad", "x")).replace("32", "1e400").encode(),
    "a lone surrogate": rb'{"custom_id":"bad","method":"POST","url":"/v1/chat/completions","body":{"model":"mock-1",'
                        rb'"messages":[{"role":"user","content":"\ud800"}]}}',
    "a method that is not POST": json.dumps({**chat("bad", "x"), "method": "GET"}).encode(),
    "nested without end": json.dumps(chat("bad", "x")).encode()[:-2] + b',"x":' + b"[" * 5000 + b"]" * 5000 + b"}}",
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_line_is_refused_with_its_number_and_the_others_run(spool, mock, bad):
    lines = chats(40)
    job = process(spool, jsonl(lines[:10] + [bad] + lines[10:]))
    assert job.report["lines"] == {"total": 41, "answered": 40, "reused": 0, "failed": 0, "refused": 1}
    [error] = job.errors()
    assert error["response"] is None and "11" in error["error"]["message"]
    assert error["custom_id"] in (None, "bad") and mock.count == 40


def test_more_bad_lines_than_allowed_reject_the_file(spool, mock):
    job = process(spool, jsonl(chats(40) + [b"{}"] * 3))
    assert job.verdict == "rejected" and mock.count == 0
    assert "refused" in job.report["reason"] or "bad" in job.report["reason"]
    spool.configure(lane="bad_lines = 0.2")
    job = process(spool, jsonl(chats(40) + [b"{}"] * 3), name="again.jsonl")
    assert job.report["lines"]["answered"] == 40 and job.report["lines"]["refused"] == 3


@pytest.mark.fast
def test_a_model_that_is_not_configured_is_refused_by_name(spool, mock):
    job = process(spool, jsonl(chats(40) + [chat("other", "x", model="gpt-unheard-of")]))
    [error] = job.errors()
    assert error["custom_id"] == "other" and "gpt-unheard-of" in error["error"]["message"] and mock.count == 40


def test_a_custom_id_twice_keeps_both_ends(spool, mock):
    lines = [*chats(40), chat("same", "first"), chat("same", "second")]
    job = process(spool, jsonl(lines))
    results.check_whole(job, lines, spool.directory)


def test_other_endpoints_of_the_interface(spool, mock):
    lines = [
        line("completion", {"model": "mock-1", "prompt": "Once upon a time", "max_tokens": 9}, url="/v1/completions"),
        line("embedding", {"model": "mock-1", "input": ["one", "two"]}, url="/v1/embeddings"),
        line("response", {"model": "mock-1", "input": "Hello", "max_output_tokens": 16}, url="/v1/responses"),
        chat("chat", "Hello")]
    job = process(spool, jsonl(lines))
    assert job.verdict == "accepted", job.report
    results.check_whole(job, lines, spool.directory)
    assert {request.path for request in mock.seen} == {item["url"] for item in lines}


def test_a_request_without_a_limit_gets_the_models(spool, mock):
    process(spool, jsonl([chat("r", "no limit", max_tokens=None), chat("s", "with", max_tokens=7)]))
    limits = sorted(r.body.get("max_tokens") or r.body.get("max_completion_tokens") for r in mock.seen)
    assert limits == [7, 64]


def test_a_file_of_long_lines(spool, mock):
    lines = chats(300, prompt="x" * 20000 + " {}", max_tokens=8)
    job = process(spool, jsonl(lines))
    results.check_whole(job, lines, spool.directory)
    assert job.report["lines"]["answered"] == 300
