#!/usr/bin/env python3
"""Tests/Benchmarks/daemon.py [BIN]: when a change may have made the daemon slower. Needs release binaries in BIN
(default .build/release). Prints, for the whole daemon with all durability on:
 - CPU seconds (user + system, the helper included) for 1,000 requests at 64 in flight against the simulator;
 - the latency from the rename into the inbox to the claim, over 300 files.
Figures, not assertions: quote them with the machine, as ratios within one run."""
import json
import os
import pathlib
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

REQUESTS, FILES = 5000, 300


def line(number):
    text = f"Question {number}: " + "words and more words " * 45
    body = {"model": "m", "messages": [{"role": "user", "content": text}], "max_tokens": 64}
    return json.dumps({"custom_id": f"r{number}", "method": "POST", "url": "/v1/chat/completions", "body": body}) + "\n"


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("waited in vain")
        time.sleep(0.005)


def main():
    top = pathlib.Path(__file__).resolve().parents[2]
    binary = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else top / ".build" / "release").resolve() / "bobbin"
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="bobbin-bench."))
    spool, config = scratch / "spool", scratch / "config"
    config.mkdir()
    simulator = subprocess.Popen([binary, "simulator", "--port", "0"], stdout=subprocess.PIPE, text=True)
    url = simulator.stdout.readline().split()[-1]
    (config / "models.toml").write_text(
        f'[endpoints.local]\nurl = "{url}"\n[models.m]\ninput_usd_per_million = "0.15"\noutput_usd_per_million = "0.60"\n')
    (config / "bobbin.toml").write_text("[lanes.default]\nconcurrency = 64\n")
    (config / "budget.toml").write_text('[day]\nusd = "1000.00"\n')
    daemon = subprocess.Popen(
        [binary, "daemon", "--config", config, "--spool", spool], stderr=subprocess.PIPE, text=True,
        env=dict(os.environ, BOBBIN_LOG="notice"))
    wait_for(lambda: (spool / "inbox").is_dir() and (spool / "lock").exists())
    time.sleep(0.5)
    (scratch / "big.jsonl").write_text("".join(map(line, range(REQUESTS))))
    began = time.monotonic()
    os.rename(scratch / "big.jsonl", spool / "inbox" / "big.jsonl")
    wait_for(lambda: any((spool / "done").iterdir()))
    wall = time.monotonic() - began
    with open(f"/proc/{daemon.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    print(f"{REQUESTS} requests, 64 in flight: {REQUESTS / wall:.0f} requests/s, {cpu * 1000 / REQUESTS:.3f} CPU-s per 1,000")

    latencies = []
    for number in range(FILES):
        path = spool / "inbox" / f"one-{number}.jsonl"
        (scratch / "one").write_text(line(number))
        os.rename(scratch / "one", path)
        began = time.perf_counter()
        while path.exists():
            pass
        latencies.append((time.perf_counter() - began) * 1e3)
    cuts = statistics.quantiles(latencies, n=100)
    print(f"rename to claim, {FILES} files: p50 {cuts[49]:.2f} ms, p90 {cuts[89]:.2f} ms, p99 {cuts[98]:.2f} ms")
    wait_for(lambda: len(list((spool / "done").iterdir())) == FILES + 1)
    for process in (daemon, simulator):
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"peak resident set of the largest process: {used.ru_maxrss // 1024} MiB ")


main()
