"""A real model on loopback, end to end: 40 requests as people write them. It answers wrongly, so form is all we ask."""
import collections
import json
import os
import socket
import subprocess
import urllib.request

import pytest

import browser
import budget_file
import results
from scratch_spool import ScratchSpool, environment
from waiting import wait_for

pytestmark = pytest.mark.model
ALIAS = f"acceptance-{os.getpid()}"


@pytest.fixture(scope="module")
def model(top, tmp_path_factory):
    """The url of the model. An unusual port and a name of its own: no other server is taken for it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("model") / "log"
    keep = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    with open(log, "wb") as out:
        process = subprocess.Popen(
            [top / "Spool" / "serve-model", str(port)], env=environment(ALIAS=ALIAS, **keep), stderr=out, stdout=out)
    try:
        def is_ready():
            assert process.poll() is None, log.read_text()
            return "serve-model: ready" in log.read_text()
        wait_for(is_ready, 300, lambda: f"the model: {log.read_text()}")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port}/v1/models", timeout=10) as answer:
            assert ALIAS in answer.read().decode()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def test_the_demos_sample_end_to_end(model, top, tmp_path, binary):
    spool = ScratchSpool(tmp_path, binary, model)
    for file in ("bobbin", "budget", "gate", "models"):
        text = (top / "Spool" / "config" / f"{file}.toml").read_text()
        spool.write_config(**{file: text.replace("http://127.0.0.1:18080", model)})
    (spool.config / "bobbin.toml").write_text(f'spool = "{spool.path}"\n[lanes.default]\nconcurrency = 4\n')
    data = (top / "Spool" / "samples" / "demo.jsonl").read_bytes()
    lines = [json.loads(line) for line in data.splitlines()]
    assert len(lines) >= 40

    spool.drop("demo.jsonl", data)
    spool.once(seconds=400)
    job = results.job_named(spool, "demo.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    distinct = len({json.dumps(line["body"], sort_keys=True) for line in lines})
    assert report["verdict"] == "accepted" and report["lines"]["reused"] == len(lines) - distinct
    assert report["lines"]["answered"] >= distinct - 3 and job.spent > 0
    assert [error["custom_id"] for error in job.errors()].count("bad-prompt-001") == 1
    for record in job.output():
        body = record["response"]["body"]
        assert body["choices"][0]["finish_reason"] == "stop" and body["choices"][0]["message"]["content"].strip()
        assert record["bobbin"]["model"] == "smollm2-135m"
        assert body["usage"]["prompt_tokens"] > 10

    spool.drop("demo.jsonl", data)
    spool.once(seconds=400)
    second = max(results.jobs_named(spool, "demo.jsonl"), key=lambda job: job.report["times"]["finished"])
    assert second.spent == 0 and second.report["lines"]["answered"] == 0
    assert budget_file.total_spent(spool) == job.spent and budget_file.total_unknown(spool) == 0
    spool.run("budget", "verify")
    spool.run("hashlog", "verify")


@pytest.mark.parametrize("sample", ["summaries", "extraction"])
def test_the_other_samples(model, top, tmp_path, binary, sample):
    spool = ScratchSpool(tmp_path, binary, model)
    text = (top / "Spool" / "config" / "models.toml").read_text()
    spool.write_config(
        models=text.replace("http://127.0.0.1:18080", model),
        gate="[checks]\njson = true\n" if sample == "extraction" else "")
    data = (top / "Spool" / "samples" / f"{sample}.jsonl").read_bytes()
    spool.drop("sample.jsonl", data)
    spool.once(code=None, seconds=400)
    job = results.job_named(spool, "sample.jsonl")
    results.check_whole(job, [json.loads(line) for line in data.splitlines()], spool.directory)
    assert job.report["lines"]["answered"] + job.report["lines"]["failed"] == 6 and job.spent > 0


PERSON = {"type": "object", "properties": {"name": {"type": "string"}, "city": {"type": "string"}},
          "required": ["name", "city"], "additionalProperties": False}
#: What mends the prompt: the form of the answer, shown.
EXAMPLES = [
    ("Eva Lind lives in Oslo and ordered nine chairs.", {"name": "Eva Lind", "city": "Oslo"}),
    ("The letter to Sam Cole in Leeds came back.", {"name": "Sam Cole", "city": "Leeds"}),
    ("From Nice, Jean Roy sends his thanks.", {"name": "Jean Roy", "city": "Nice"})]


def with_examples(line):
    text = line["body"]["messages"][0]["content"].split("\n\n")[1]
    said = [(role, what) for asked, answer in EXAMPLES for role, what in (
        ("user", asked), ("assistant", json.dumps(answer)))]
    line["body"]["messages"] = [{"role": role, "content": what} for role, what in [*said, ("user", text)]]
    return line


def test_a_bad_prompt_is_rejected_mended_and_accepted(model, top, tmp_path, binary):
    """The bounds are far from what is seen: 8 of 12 answers do not fit, with examples all of them do."""
    spool = ScratchSpool(tmp_path, binary, model)
    (spool.config / "person.schema.json").write_text(json.dumps(PERSON))
    spool.write_config(
        models=(top / "Spool" / "config" / "models.toml").read_text().replace("http://127.0.0.1:18080", model),
        gate='[checks]\njson_schema = "person.schema.json"\n[sample]\nrejectable = 0.25\n[canary]\nlines = 12\n')
    data = (top / "Spool" / "samples" / "people.jsonl").read_bytes()
    lines = [json.loads(line) for line in data.splitlines()]
    spool.drop("people.jsonl", data)
    spool.once(code=None, seconds=400)
    first = results.job_named(spool, "people.jsonl")
    report = results.check_whole(first, lines, spool.directory)
    [canary] = report["shards"]
    assert first.verdict == "rejected" and not first.done and canary["checked"] == 12
    assert 3 <= canary["defects"] <= 12 and set(canary["defects_by_check"]) <= {"finish_reason", "json_schema"}
    assert first.error_codes()["canary_rejected"] == len(lines) - 12, "the rest was never sent"
    told = spool.run("report", first.name).out
    assert f"{canary['defects']} of 12 answers are defective" in told and "found by: " in told
    assert canary["examples"][0]["custom_id"] in told and "bobbin retry people" in told
    if browser.CHROMIUM:
        picture = tmp_path / "page.png"
        assert not browser.screenshot(first.rejected / "report.html", picture, width=700, height=800)
        assert len(collections.Counter(pixel for row in browser.pixels(picture)[:600:4] for pixel in row[::4])) > 50

    mended = first.reprocess()
    assert len(mended) == len(lines) and all(line["bobbin"]["suggest"] for line in mended)
    path = spool.write("mended.jsonl", [with_examples(line) for line in mended])
    name = spool.run("retry", "people", "--from", path).out.strip()
    spool.once(seconds=400)
    second = results.job_named(spool, name)
    report = results.check_whole(second, mended, spool.directory)
    assert second.verdict == "accepted" and len(second.output()) >= len(lines) * 0.75
    for record in second.output():
        answer = json.loads(record["response"]["body"]["choices"][0]["message"]["content"])
        assert set(answer) == {"name", "city"} and all(isinstance(value, str) for value in answer.values())
    assert report["retry_of"] == first.name
    assert report["reprocess"]["chain"]["root"] == first.name and report["reprocess"]["chain"]["generation"] == 1
    assert first.spent > 0 and second.spent > 0
    assert budget_file.total_spent(spool) == first.spent + second.spent
    spool.run("budget", "verify")
