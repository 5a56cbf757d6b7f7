#!/usr/bin/env python3
"""Tests/Benchmarks/forecast.py [BIN]: when a change may have touched scheduling, the simulation or the pace. Against
`bobbin simulator`: what `plan` says of the end of a job, alone and beside another, and when it ends; and what a shard of
one line takes beyond its request (`SimulationRules.measuredOverhead`)."""
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "Tests" / "Acceptance"))

import results
from request_lines import chats
from scratch_spool import ScratchSpool, environment
from waiting import wait_for

#: name, delay of an answer in ms, slots, lines of a shard, lines; lines of a job of the same lane that runs already.
CASES = [
    ("2 s, 16 slots, shards of 200", 2000, 16, 200, 480, 0),
    ("1 s, 16 slots, shards of 10", 1000, 16, 10, 480, 0),
    ("1 s, 4 slots, shards of 25", 1000, 4, 25, 120, 0),
    ("500 ms, 8 slots, shards of 50", 500, 8, 50, 480, 0),
    ("1 s, 16 slots, beside another job", 1000, 16, 50, 240, 320),
    ("20 ms, 1 slot, shards of 1", 20, 1, 1, 100, 0),
]


def expected_end(expected):
    return datetime.datetime.fromisoformat(expected["ends_at"].replace("Z", "+00:00")).timestamp()


def run(binary, name, delay, slots, shard, lines, before):
    with tempfile.TemporaryDirectory(prefix="bobbin-forecast.") as scratch:
        script = pathlib.Path(scratch) / "script.json"
        script.write_text(json.dumps({"rules": [{"delay_ms": delay}]}))
        simulator = subprocess.Popen(
            [binary, "simulator", "--port", "0", "--script", str(script)], stdout=subprocess.PIPE, text=True,
            env=environment())
        try:
            spool = ScratchSpool(scratch, binary, simulator.stdout.readline().split()[-1])
            spool.configure(
                lane=f"concurrency = {slots}\nshard_lines = {shard}", budget='[day]\nusd = "1000.00"\n')
            with spool.daemon(env={"BOBBIN_LOG": "notice"}):
                spool.drop("warm.jsonl", chats(max(60, 4 * slots)))
                wait_for(lambda: len(results.jobs(spool)) == 1, 120, "the first job")
                pace = spool.path / "pace.json"
                wait_for(pace.exists, 20, "pace.json")
                time.sleep(3)  # the newest pace is written
                if before:
                    spool.drop("before.jsonl", chats(before, start=100_000))
                    wait_for(lambda: any(job["done"] > 50 for job in spool.status()["jobs"]), 60, "the job before")
                file = spool.write("next.jsonl", chats(lines, start=200_000))
                asked = time.time()
                predicted = expected_end(spool.json("plan", file)["expected"]) - asked
                began = time.time()
                spool.drop("next.jsonl", chats(lines, start=200_000))
                wait_for(lambda: results.jobs_named(spool, "next.jsonl"), 300, "the job")
                real = time.time() - began
                seconds = json.loads(pace.read_text())["lanes"]["default"]["seconds"]
        finally:
            simulator.terminate()
            simulator.wait(30)
    note = f"{(real / lines - seconds) * 1000:.1f} ms a shard beside its request" if slots == 1 else ""
    print(f"{name:40} predicted {predicted:6.1f} s, took {real:6.1f} s: {(predicted / real - 1) * 100:+5.1f} %  {note}")


def main():
    binary = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TOP / ".build" / "release").resolve() / "bobbin")
    for case in CASES:
        run(binary, *case)


if __name__ == "__main__":
    main()
