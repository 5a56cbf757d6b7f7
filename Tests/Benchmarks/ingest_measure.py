"""ingest_measure.py ROUNDS LINES NAME=COMMAND ...: runs the commands in turn and compares them with the first.

A line each: wall time, CPU time and resident memory (mapped pages count) at their best of ROUNDS, and the ratios. A
name that ends in ! runs once only. What the last round printed stands below."""
import os
import subprocess
import sys
import time


def run(command):
    began = time.monotonic()
    child = subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], stdout=subprocess.PIPE, text=True)
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    if status:
        sys.exit(f"{command}: status {os.waitstatus_to_exitcode(status)}\n{printed}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, printed


def main():
    rounds, lines = int(sys.argv[1]), int(sys.argv[2])
    commands = dict(argument.split("=", 1) for argument in sys.argv[3:])
    runs = {name: [] for name in commands}
    for number in range(rounds):
        for name, command in commands.items():
            if number == 0 or not name.endswith("!"):
                runs[name].append(run(command))
    best = {name: [min(run[part] for run in done) for part in range(3)] for name, done in runs.items()}
    floor = best[next(iter(best))]
    print(f"{'':24}{'wall s':>9}{'CPU s':>9}{'ns/line':>9}{'MiB':>8}{'wall':>8}{'CPU':>8}")
    for name, (wall, cpu, memory) in best.items():
        print(
            f"{name.rstrip('!'):24}{wall:9.2f}{cpu:9.2f}{cpu / lines * 1e9:9.0f}{memory / 1024:8.0f}"
            f"{wall / floor[0]:7.2f}x{cpu / floor[1]:7.2f}x")
    for name, done in runs.items():
        print(f"\n{name.rstrip('!')}:\n{done[-1][3].rstrip()}")


main()
