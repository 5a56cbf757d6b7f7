#!/usr/bin/env python3
"""Tests/Benchmarks/shards.py [BIN [LINES]]: what the size of a shard costs, and saves. One job of 10,000 lines at shard
sizes from 10 to 5,000, once straight through and once with a kill -9 of the daemon when half of it is answered. Prints
a table (Markdown) and writes the plot shards.svg beside itself. Needs release binaries in BIN."""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "Tests" / "Acceptance"))

import json

from request_lines import chats
from scratch_spool import ScratchSpool
from waiting import wait_for

SIZES = [10, 50, 200, 1000, 5000]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answered(spool):
    files = [path for job in spool.directories("processing") for path in (job / "shards").glob("????.jsonl")]
    return sum(path.read_bytes().count(b"\n") for path in files)


def budget_records(spool):
    return [json.loads(line) for path in sorted((spool.path / "budget").glob("*.jsonl")) for line in path.open()]


def most_set_aside(records):
    """In dollars, at any record."""
    open_usd, most = {}, 0.0
    for record in records:
        if record["kind"] == "reserve":
            open_usd[record["id"]] = float(record["usd"])
        elif record["kind"] == "settle":
            open_usd[record["id"]] = float(record["open_usd"])
        most = max(most, sum(open_usd.values()))
    return most


def run(binary, url, size, count, crashes):
    with tempfile.TemporaryDirectory(prefix="bobbin-shards.") as scratch:
        spool = ScratchSpool(scratch, binary, url)
        spool.configure(
            lane=f"concurrency = 64\nshard_lines = {size}", budget='[day]\nusd = "1000.00"\n',
            gate="[canary]\nlines = 10\n")
        began, cpu = time.monotonic(), 0.0
        with spool.daemon(env={"BOBBIN_LOG": "notice"}) as daemon:
            spool.drop("job.jsonl", chats(count))
            if crashes:
                wait_for(lambda: answered(spool) >= count // 2, 300, "half of the answers")
                cpu += cpu_seconds(daemon.process.pid)
                daemon.kill()
            else:
                wait_for(lambda: spool.directories("done"), 300, "the job")
                cpu += cpu_seconds(daemon.process.pid)
        if crashes:
            with spool.daemon(env={"BOBBIN_LOG": "notice"}) as daemon:
                wait_for(lambda: spool.directories("done"), 300, "the job")
                cpu += cpu_seconds(daemon.process.pid)
        wall = time.monotonic() - began
        report = json.loads((spool.directories("done")[0] / "report.json").read_text())
        assert report["lines"]["answered"] == count, report["lines"]
        records = budget_records(spool)
        return {
            "wall": wall, "cpu": cpu, "records": len(records), "aside": most_set_aside(records),
            "again": report["attempts"]["total"] - count, "unknown": float(report["cost"]["unknown_usd"]),
            "spent": float(report["cost"]["spent_usd"])}


def plot(rows, path):
    """Processor time of the whole job over the size of its shards, without a crash and with one."""
    import math

    width, height, left, top = 640, 320, 60, 30
    most = max(max(plain["cpu"], crashed["cpu"]) for _, plain, crashed in rows) * 1.1
    low, high = math.log10(rows[0][0]), math.log10(rows[-1][0])

    def place(size, value):
        x = left + (math.log10(size) - low) / (high - low) * (width - left - 20)
        return f"{x:.1f},{height - 40 - value / most * (height - 40 - top):.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{left}" y="18">CPU seconds of a job of 10,000 lines over shard_lines</text>']
    for step in range(5):
        value = most * step / 4
        y = place(rows[0][0], value).split(",")[1]
        parts.append(f'<path d="M{left} {y}H{width - 20}" stroke="#ddd"/><text x="8" y="{y}">{value:.1f}</text>')
    for name, key, colour in (("straight through", 1, "#1b6ca8"), ("one kill -9 at half", 2, "#c0392b")):
        points = " ".join(place(row[0], row[key]["cpu"]) for row in rows)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = place(rows[1][0], rows[1][key]["cpu"]).split(",")
        parts.append(f'<text x="{x}" y="{float(y) + (14 if key == 1 else -8):.1f}" fill="{colour}">{name}</text>')
    for size, _, _ in rows:
        parts.append(f'<text x="{place(size, 0).split(",")[0]}" y="{height - 20}" text-anchor="middle">{size}</text>')
    path.write_text("\n".join(parts) + "\n</svg>\n")


def main():
    binary = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TOP / ".build" / "release").resolve() / "bobbin")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    simulator = subprocess.Popen([binary, "simulator", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        url = simulator.stdout.readline().split()[-1]
        rows = [(size, run(binary, url, size, count, False), run(binary, url, size, count, True)) for size in SIZES]
    finally:
        simulator.terminate()
        simulator.wait(30)
    print("| shard_lines | wall, CPU | budget records | most set aside | with a kill -9: wall, CPU | sent again | unknown |")
    print("|---|---|---|---|---|---|---|")
    for size, plain, crashed in rows:
        print(
            f"| {size} | {plain['wall']:.1f} s, {plain['cpu']:.2f} s | {plain['records']} | ${plain['aside']:.4f} "
            f"| {crashed['wall']:.1f} s, {crashed['cpu']:.2f} s | {crashed['again']} | ${crashed['unknown']:.6f} |")
    plot(rows, pathlib.Path(__file__).with_name("shards.svg"))


if __name__ == "__main__":
    main()
