#!/usr/bin/env python3
"""Tests/Benchmarks/report.py [BIN]: when a change may have made `bobbin report` slower. Needs release binaries in BIN
(default .build/release). Prints its CPU seconds over 10,000 finished jobs: one job, and copies of it on 28 days."""
import json
import pathlib
import resource
import subprocess
import sys
import tempfile

JOBS = 10_000
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def line(number):
    body = {"model": "m", "messages": [{"role": "user", "content": f"Question {number}"}], "max_tokens": 64}
    return json.dumps({"custom_id": f"r{number}", "method": "POST", "url": "/v1/chat/completions", "body": body}) + "\n"


def copy(job, done, number):
    day, hour = number % 28 + 1, number % 24
    suffix = "".join(LETTERS[number >> 5 * place & 31] for place in range(6))
    report = json.loads(json.dumps(job))
    report["job"] = f"copy.202610{day:02}T{hour:02}0000Z.{suffix}"
    report["times"]["claimed"] = f"2026-10-{day:02}T{hour:02}:00:00.000Z"
    directory = done / report["job"]
    directory.mkdir()
    (directory / "report.json").write_text(json.dumps(report, separators=(",", ":")))


def main():
    top = pathlib.Path(__file__).resolve().parents[2]
    binary = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else top / ".build" / "release").resolve() / "bobbin"
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="bobbin-bench."))
    spool, config = scratch / "spool", scratch / "config"
    (spool / "inbox").mkdir(parents=True)
    config.mkdir()
    simulator = subprocess.Popen([binary, "simulator", "--port", "0"], stdout=subprocess.PIPE, text=True)
    url = simulator.stdout.readline().split()[-1]
    (config / "models.toml").write_text(
        f'[endpoints.local]\nurl = "{url}"\n[models.m]\ninput_usd_per_million = "0.15"\noutput_usd_per_million = "0.60"\n')
    (scratch / "one.jsonl").write_text("".join(map(line, range(200))))
    where = ["--config", config, "--spool", spool]
    subprocess.run([binary, "run", scratch / "one.jsonl", *where], check=True, stdout=subprocess.DEVNULL)
    simulator.terminate()
    simulator.wait(30)
    [path] = (spool / "done").glob("*/report.json")
    for number in range(JOBS):
        copy(json.loads(path.read_text()), spool / "done", number)
    for arguments in (["--by", "day"], ["--json"], ["--csv"]):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([binary, "report", *arguments, *where], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"report {' '.join(arguments)} over {JOBS + 1} jobs: {cpu:.2f} CPU-s")


main()
