#!/usr/bin/env python3
"""Tests/Benchmarks/limits.py [BIN [MINUTES]]: when a change may have touched the limits of endpoints. Three servers that
enforce 600 requests and 100,000 tokens a minute with real 429s, each counting in its own way, and a daemon that has
more to send than that, for 4 minutes. Prints the share of the allowed rate that was used after the first minute (of
requests or tokens, whichever binds), and the share of requests that got a 429."""
import hashlib
import pathlib
import random
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "Tests" / "Acceptance"))

from mock_limits import Limits
from mock_server import MockServer
from request_lines import chats
from scratch_spool import ScratchSpool
from waiting import wait_for

REQUESTS, TOKENS = 600, 100_000


def answers(mean, latency):
    """Usages around `mean`, of a worst case of about 900, and times around `latency`; the same for the same request."""
    def script(request):
        source = random.Random(hashlib.sha256(request.raw).digest())
        prompt, completion = 40, max(1, int(source.gauss(mean - 40, mean / 3)))
        return {"delay": source.uniform(0.3, 1.7) * latency, "usage": {
            "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}}
    return script


def main():
    binary = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TOP / ".build" / "release").resolve() / "bobbin"
    minutes = float(sys.argv[2]) if len(sys.argv) > 2 else 4
    servers = [("sliding", 220, 0.5), ("fixed", 220, 2.0), ("bucket", 120, 0.5)]
    mocks, models, lanes = [], "", ""
    for number, (kind, mean, latency) in enumerate(servers):
        mock = MockServer().start()
        mock.limits = Limits(REQUESTS, TOKENS, kind)
        mock.script = answers(mean, latency)
        mocks.append(mock)
        models += (
            f'[endpoints.e{number}]\nurl = "{mock.url}"\nrequests_per_minute = {REQUESTS}\n'
            f'tokens_per_minute = {TOKENS}\n[models.m{number}]\nendpoint = "e{number}"\nfree = true\n')
        lanes += f"[lanes.lane{number}]\nconcurrency = 64\n"
    with tempfile.TemporaryDirectory(prefix="bobbin-limits.") as scratch:
        spool = ScratchSpool(scratch, str(binary), mocks[0].url)
        spool.configure(bobbin=lanes, models=models, budget='[day]\nusd = "1000.00"\n')
        with spool.daemon(env={"BOBBIN_LOG": "notice"}):
            began = time.monotonic()
            for number in range(len(servers)):
                lines = chats(int(REQUESTS * (minutes + 1)), start=10_000 * number, model=f"m{number}", max_tokens=700)
                spool.drop(f"job{number}.jsonl", lines, lane=f"lane{number}")
            wait_for(lambda: time.monotonic() - began > 60 * minutes, 60 * minutes + 10, "the time")
    for (kind, mean, latency), mock in zip(servers, mocks):
        first = mock.limits.admitted[0][0]
        span = range(60, int(60 * minutes))
        late = [entry for entry in mock.limits.admitted if span.start <= entry[0] - first < span.stop]
        used = [sum(entry[part] for entry in late) / limit / (len(span) / 60)
                for part, limit in ((1, REQUESTS), (2, TOKENS))]
        refused = [at for at in mock.limits.refused if at - first >= span.start]
        print(f"{kind}, {mean} tokens in {latency} s: after the first minute {100 * used[0]:.1f} % of the requests and "
              f"{100 * used[1]:.1f} % of the tokens, {len(refused)} of {len(refused) + len(late)} got a 429 "
              f"({len(mock.limits.refused)} before and after); at most {mock.limits.most(1, 60)} requests and "
              f"{mock.limits.most(2, 60)} tokens in 60 s")
        mock.stop()


main()
