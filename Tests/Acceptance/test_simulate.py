"""`bobbin simulate`: a trace under the configuration, its figures, and what is wrong with one."""
import csv
import io
import json

import pytest


def arrival(at="2026-11-24T09:00:00Z", lines=400, seconds=1, **members):
    return {"at": at, "lines": lines, "seconds": seconds, "input_tokens": 100, "output_tokens": 20, **members}


def trace(spool, *arrivals):
    return spool.write("trace.jsonl", list(arrivals))


def test_figures_by_lane(spool):
    spool.configure(
        lane="concurrency = 4\nshard_lines = 10", bobbin='[lanes.night]\nconcurrency = 8\nwindows = ["22:00-06:00"]\n',
        gate="[canary]\nlines = 0\n")
    path = trace(spool, arrival(), arrival(lane="night", lines=80, name="night.jsonl"))
    run = spool.json("simulate", "--trace", path, "--shard-overhead", "0ms")["runs"][0]
    default, night = run["lanes"]
    assert (default["lane"], default["jobs"], default["lines"], default["shards"]) == ("default", 1, 400, 40)
    assert default["turnaround_median"] == 100 and default["waiting_most"] == 0
    # 100 tokens at 0.15 and 20 at 0.60 USD a million, 400 times.
    assert default["spent_usd"] == "0.0108"
    assert night["waiting_median"] == 13 * 3600 == night["parked_for_window"] and night["parked_for_budget"] == 0
    assert night["turnaround_median"] == 13 * 3600 + 10
    assert run["total"]["jobs"] == 2 and run["span_seconds"] == 13 * 3600 + 10
    text = spool.run("simulate", "--trace", path).out
    assert "13 h 0 min" in text and "night" in text


def test_shard_sizes_side_by_side(spool):
    path = trace(spool, arrival(lines=2000, bad=0.1))
    result = spool.run(
        "simulate", "--trace", path, "--shard-lines", "10,500", "--crash-every", "1m", "--shard-overhead", "500ms", "--csv")
    rows = [row for row in csv.DictReader(io.StringIO(result.out)) if row["lane"] == ""]
    small, large = rows
    assert (small["shard_lines"], large["shard_lines"]) == ("10", "500")
    assert int(small["shards"]) > 200 > int(large["shards"])
    runs = spool.json(
        "simulate", "--trace", path, "--shard-lines", "10,500", "--crash-every", "1m", "--shard-overhead", "500ms")["runs"]
    # Small ones take longer; of large ones more is set aside, and more stands unjudged at any time.
    assert runs[0]["span_seconds"] > runs[1]["span_seconds"]
    assert runs[0]["most_reserved_tokens"] < runs[1]["most_reserved_tokens"]
    assert runs[0]["unjudged_lines"] < runs[1]["unjudged_lines"]
    assert runs[0]["crashes"]["lines_redone"] > 0
    table = spool.run("simulate", "--trace", path, "--shard-lines", "10,500").out.splitlines()
    assert table[0].startswith("shard_lines") and len(table) == 5


def test_the_cap_of_a_day_parks(spool):
    spool.configure(budget='[day]\nusd = "0.01"\n')
    run = spool.json("simulate", "--trace", trace(spool, arrival(lines=600)))["runs"][0]
    # 370 requests a day at what they take.
    assert run["total"]["parked_for_budget"] > 3600 and run["total"]["unfinished"] == 0
    assert float(run["most_reserved_usd"]) <= 0.01


@pytest.mark.parametrize(("line", "reason"), [
    ('{"at": "2026-11-24T09:00:00Z", "lines": 3}', "`seconds` is missing"),
    ('{"at": "yesterday", "lines": 3, "seconds": 1}', "2026-11-24T09:00:00Z"),
    ('{"at": "2026-11-24T09:00:00Z", "lines": 3, "seconds": 1, "lane": "no"}', "the lane `no` is not in bobbin.toml"),
    ('{"at": "2026-11-24T09:00:00Z", "lines": 3, "seconds": 1, "model": "no"}', "`no` is not in models.toml"),
    ("nonsense", "no JSON text"),
])
def test_a_bad_trace_is_refused_with_its_line(spool, line, reason):
    path = spool.write("trace.jsonl", (json.dumps(arrival()) + "\n" + line + "\n").encode())
    error = spool.run("simulate", "--trace", path, code=65).err
    assert f"{path}:2: " in error and reason in error


def test_values_that_are_none(spool):
    path = trace(spool, arrival())
    assert "--shard-lines" in spool.run("simulate", "--trace", path, "--shard-lines", "10,x", code=64).err
    assert "--crash-every" in spool.run("simulate", "--trace", path, "--crash-every", "soon", code=64).err
    spool.run("simulate", "--trace", spool.directory / "nothing", code=66)


def test_the_sample_trace(spool, top, binary):
    import subprocess

    done = subprocess.run(
        [binary, "simulate", "--trace", top / "Spool" / "samples" / "trace.jsonl", "--config", top / "Spool" / "config"],
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "nightly" in done.stdout, done.stderr
