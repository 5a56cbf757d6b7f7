"""The page of a job is for whoever must decide: it tells what the report tells, and asks nobody for anything."""
import base64
import collections
import hashlib
import html
import re

import pytest

import browser
import results
from mock_answers import marker
from request_lines import chat, chats, with_duplicates
from waiting import wait_for

EXTRACT = "Give the address number {} as JSON."
HOSTILE = '<script src="http://127.0.0.1/x.js">alert(1)</script>\u202egpj\u0007'


def model(name, dearer):
    return (
        f'[models.{name}]\nendpoint = "mock"\ninput_usd_per_million = "{dearer}.50"\n'
        f'output_usd_per_million = "{dearer}.00"\nmax_output_tokens = 64\ncontext_tokens = 8192\n')


def answer_of(request):
    """Answers of many lengths; of those about an address some are cut or no JSON, from some number on."""
    number = int(re.sub(r"\D", "", request.text) or 0)
    answer = {"usage": {"prompt_tokens": 20, "completion_tokens": 30, "total_tokens": 50}}
    if "everything" in request.text:
        return {**answer, "finish_reason": "length", "content": "There is much to say. " * 40}
    if "address" in request.text and number > 3060 and number % 7 == 3:
        return {**answer, "finish_reason": "length", "content": '{"street": "' + "Long Street " * (20 + number % 30)}
    if "address" in request.text and number > 3020 and number % 11 == 5:
        return {**answer, "content": f"Here is the address that you asked for: {number} Long Street. {HOSTILE}"}
    return {**answer, "content": '{"number": %d, "street": "%s"}' % (number, "Elm Road " * (1 + number * number % 23))}


def mixed_job(spool, mock):
    """Three models: a good one, one that fails often, one whose canary fails; duplicates, a bad line, an error."""
    mock.script = answer_of
    spool.configure(
        gate="[checks]\njson = true\n[sample]\nrejectable = 0.12\n", lane="concurrency = 16\nshard_lines = 40",
        models=model("mock-2", 1) + model("mock-3", 6))
    lines = with_duplicates(300, 45, seed=7)
    lines += chats(200, prompt=EXTRACT, model="mock-2", start=3000)
    lines += chats(90, prompt="Write everything about {}", model="mock-3", start=5000)
    lines[-100]["custom_id"] = HOSTILE
    lines += [chat("refused", "no " + marker(status=400)), {**chat("no-url", "x"), "url": "/v1/nothing"}]
    spool.process("addresses of <customers>.jsonl", lines, code=None)
    return results.job_named(spool, "addresses of <customers>.jsonl"), lines


def page_of(job):
    pages = {(directory / "report.html").read_bytes() for directory in job.directories}
    assert len(pages) == 1, "the two sides of a split job have one page"
    return pages.pop().decode()


@pytest.mark.fast
def test_the_page_stands_beside_the_report(spool, mock):
    spool.process("good.jsonl", chats(30))
    job = results.job_named(spool, "good.jsonl")
    page = page_of(job)
    assert "Accepted" in page and "good.jsonl" in page and job.name in page and "30 lines" in page
    assert (job.done / "report.html").stat().st_mode & 0o777 == (job.done / "report.json").stat().st_mode & 0o777


def test_the_page_and_the_report_say_the_same(spool, mock):
    job, lines = mixed_job(spool, mock)
    assert job.verdict == "split"
    results.check_whole(job, lines, spool.directory)
    report, page = job.report, page_of(job)
    text = html.unescape(re.sub(r"<[^>]*>", "", page))
    assert f"{report['lines']['total']} lines of input" in text
    assert "20 of 20 answers are defective (finish_reason 20)" in text
    found = collections.Counter()
    for shard in report["shards"]:
        assert sum(shard["defects_by_check"].values()) == shard["defects"]
        found.update(shard["defects_by_check"])
        estimate = shard["estimate"]
        assert (estimate is None) == (shard["checked"] == 0)
        if estimate is None:
            continue
        assert estimate["rate"] == estimate["low"] == estimate["high"], "all of it was looked at"
        assert estimate["process_low"] <= estimate["rate"] <= estimate["process_high"]
        assert len(shard["examples"]) == min(3, shard["defects"] or (1 if shard["examples"] else 0))
        for example in shard["examples"]:
            assert len(example["answer"]) <= 200
            assert lines[example["line"] - 1]["custom_id"][:200] == example["custom_id"]
            assert f"line {example['line']:,}" in text
    assert set(found) == {"finish_reason", "json"}
    codes = collections.Counter(results.code_of(error) for error in job.errors())
    assert report["errors_by_code"]["unsupported_url"] == codes["unsupported_url"] == 1
    assert report["errors_by_code"]["error_status"] == report["lines"]["failed"] == 1
    for check, count in found.items():
        assert re.search(f">{check}</bdi></th>\\s*<td class=\"n\">{count}<", page), check


def test_the_page_asks_for_nothing_and_runs_nothing(spool, mock):
    job, _ = mixed_job(spool, mock)
    page = page_of(job)
    [policy] = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    [sheet] = re.findall("<style>(.*?)</style>", page, re.S)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    tags = re.findall(r"<[^>]*>", page.replace("http-equiv", "").replace(policy, ""))
    for word in ("http", "src", "href", "url(", "import", "style=", "script"):
        assert not any(word in tag for tag in tags if tag != "<style>"), word
    assert not re.search(r"<[^>]* on\w+=", page) and "url(" not in sheet and "@import" not in sheet
    assert "&lt;script" in page and "<i>\\u{202e}</i>" in page and "<i>\\u{7}</i>" in page
    assert "\u202e" not in page and "\u0007" not in page and "&lt;customers&gt;" in page


@browser.needed
def test_a_browser_shows_it(spool, mock, tmp_path):
    job, _ = mixed_job(spool, mock)
    page = job.directories[0] / "report.html"
    # No window is as narrow as a telephone; a frame is.
    telephone = tmp_path / "telephone.html"
    telephone.write_text(
        f'<body style="margin:0"><iframe src="{page.as_uri()}" width="390" height="1600" style="border:0"></iframe>')
    backgrounds = {}
    for name, shown, width, dark in (
            ("light", page, 1000, False), ("dark", page, 1000, True), ("telephone", telephone, 390, False)):
        picture = tmp_path / f"{name}.png"
        complaints = browser.screenshot(shown, picture, width=max(width, 600), height=1600, dark=dark)
        assert not complaints, complaints
        # The lowest part of the window can be without a picture.
        rows = [row[:width] for row in browser.pixels(picture)[:1400]]
        colours = collections.Counter(pixel for row in rows[::4] for pixel in row[::4])
        backgrounds[name] = rows[0][-1]
        assert len(colours) > 50, f"{name} is blank: {colours.most_common(5)}"
        written = sum(count for colour, count in colours.items() if colour != backgrounds[name])
        assert written > sum(colours.values()) * 0.05, name
        # Nothing is wider than the window: at its right edge is margin.
        assert {row[-1] for row in rows} == {backgrounds[name]}, name
    assert min(backgrounds["light"]) > 240 and max(backgrounds["dark"]) < 60


def test_the_report_of_a_job_says_why_and_harms_no_terminal(spool, mock):
    job, _ = mixed_job(spool, mock)
    out = spool.run("report", job.name).out
    shard = next(shard for shard in job.report["shards"] if shard["verdict"] == "rejected")
    assert f"found by: finish_reason {shard['defects_by_check']['finish_reason']}" in out
    assert "more answers of its kind:" in out and "(95.0 % confidence)" in out
    assert f"line {shard['examples'][0]['line']}, {shard['examples'][0]['custom_id']}: " in out
    assert all(character >= " " or character == "\n" for character in out) and "\u202e" not in out
    # A unique beginning of the name is enough, as long as it is one.
    assert spool.run("report", job.name[:6]).out == out
    spool.process("job2.jsonl", chats(2, prompt="Two {}"))
    spool.process("job1.jsonl", chats(2, prompt="One {}"))
    assert "finished jobs" in spool.run("report", "job", code=64).err
    assert "no finished job" in spool.run("report", "nobody", code=65).err


def test_output_never_appears_without_its_page(spool, mock):
    seen = set()
    with spool.daemon():
        spool.drop("job.jsonl", chats(100))

        def whole():
            seen.update((directory / "report.html").exists() for directory in spool.directories("done"))
            return seen
        wait_for(whole, 60, "the verdict")
    assert seen == {True}
