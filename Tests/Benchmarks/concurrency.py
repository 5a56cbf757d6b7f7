#!/usr/bin/env python3
"""Tests/Benchmarks/concurrency.py [BIN [KIND]]: when a change may have touched how many requests an endpoint is sent at
a time. Servers that take most at K in flight, and a lane that has 64: latency doubles above K ("step"), or it doubles
and all beyond wait in a line ("thrash"), or it is always the same ("flat"); answers are alike in length, or differ by a
factor of ten ("long"). Prints how many were in flight in the last third of the job against K, and the throughput
against the best that the server has."""
import hashlib
import math
import pathlib
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "Tests" / "Acceptance"))

import results
from mock_server import MockServer
from request_lines import chats
from scratch_spool import ScratchSpool
from waiting import wait_for

WANTED, LINES, LATENCY = 64, 6000, 0.6


def slowed(kind, best, in_flight):
    if in_flight <= best:
        return 1
    return 2 if kind == "step" else 2 * in_flight / best


def measure(binary, kind, best, length):
    with MockServer() as mock, tempfile.TemporaryDirectory(prefix="bobbin-concurrency.") as scratch:
        ended = []

        def script(request):
            # Of the same request always the same; its mean is one.
            share = int(hashlib.sha256(request.raw).hexdigest()[:8], 16) / 2**32
            times = math.exp(share * math.log(10)) / 3.909 if length == "long" else 1
            ended.append((request.at, mock.in_flight))
            tokens = max(1, int(100 * times))
            return {"delay": LATENCY * times * slowed(kind, best, mock.in_flight), "usage": {
                "prompt_tokens": 20, "completion_tokens": tokens, "total_tokens": 20 + tokens}}
        mock.script = script
        spool = ScratchSpool(scratch, str(binary), mock.url)
        spool.configure(lane=f"concurrency = {WANTED}\nshard_lines = {LINES}", budget='[day]\nusd = "100000.00"\n',
                        bobbin='[retry]\nrequest_timeout = "120s"\n', model={
                            "free": True, "max_output_tokens": 512})
        with spool.daemon(env={"BOBBIN_LOG": "notice"}):
            spool.drop("job.jsonl", chats(LINES, max_tokens=512))
            wait_for(lambda: results.jobs(spool), 1200, "the verdict")
    late = ended[-len(ended) // 3:]
    rate = (len(late) - 1) / (late[-1][0] - late[0][0])
    most = max(n / LATENCY / slowed(kind, best, n) for n in range(1, WANTED + 1))
    in_flight = sorted(count for _, count in late)[len(late) // 2]
    print(f"{kind}, K = {best}, {length}: {in_flight} in flight, {100 * rate / most:.0f} % of the best "
          f"({rate:.0f} of {most:.0f} a second)", flush=True)


def main():
    binary = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TOP / ".build" / "release").resolve() / "bobbin"
    for kind, best, length in (("step", 40, "alike"), ("step", 50, "long"), ("thrash", 12, "alike"),
                               ("thrash", 24, "long"), ("flat", 100, "alike")):
        if len(sys.argv) < 3 or sys.argv[2] == kind:
            measure(binary, kind, best, length)


main()
