#!/usr/bin/env python3
"""Tests/Benchmarks/clients.py [BIN [REQUESTS]]: what a batch costs by other means. The same requests, 64 in flight,
against the same simulator, one after the other: by the whole daemon with all durability on, by a script as cookbooks
have it (asyncio and aiohttp, an answer a line into a file), by the SDK of OpenAI. Prints wall time and processor time of
each client for 1,000 requests, and ratios. Needs release binaries in BIN and the environment of the tests (Tests/run)."""
import asyncio
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "Tests" / "Acceptance"))

from scratch_spool import ScratchSpool
from waiting import wait_for

IN_FLIGHT = 64


def lines(count):
    text = "words and more words " * 45
    return [
        {"custom_id": f"r{n}", "method": "POST", "url": "/v1/chat/completions", "body": {
            "model": "mock-1", "max_tokens": 64, "messages": [{"role": "user", "content": f"Question {n}: {text}"}]}}
        for n in range(count)]


def cookbook(url, source, target):
    """Reads the file, sends with a semaphore and retries, writes what came as it comes."""
    import aiohttp

    async def send(session, line, places, out):
        async with places:
            for attempt in range(4):
                async with session.post(url + line["url"], json=line["body"]) as response:
                    answer = await response.json()
                    if response.status == 200:
                        out.write(json.dumps({"custom_id": line["custom_id"], "response": answer}) + "\n")
                        return
                await asyncio.sleep(2 ** attempt)

    async def run():
        places = asyncio.Semaphore(IN_FLIGHT)
        connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
        async with aiohttp.ClientSession(connector=connector) as session:
            with open(source) as file, open(target, "w") as out:
                await asyncio.gather(*[send(session, json.loads(line), places, out) for line in file])
    asyncio.run(run())


def sdk(url, source, target):
    import openai

    async def send(client, line, places, out):
        async with places:
            answer = await client.chat.completions.create(**line["body"])
            out.write(json.dumps({"custom_id": line["custom_id"], "response": answer.model_dump()}) + "\n")

    async def run():
        places = asyncio.Semaphore(IN_FLIGHT)
        async with openai.AsyncOpenAI(base_url=url + "/v1", api_key="none") as client:
            with open(source) as file, open(target, "w") as out:
                await asyncio.gather(*[send(client, json.loads(line), places, out) for line in file])
    asyncio.run(run())


def measured(client, url, source, target):
    """Wall and processor seconds of a client in a process of its own; its start and imports are not counted."""
    code = (
        f"import sys,time,resource;sys.path.insert(0,{str(pathlib.Path(__file__).parent)!r});import clients,aiohttp,openai\n"
        f"a,w=resource.getrusage(resource.RUSAGE_SELF),time.monotonic()\n"
        f"clients.{client}({url!r},{str(source)!r},{str(target)!r})\n"
        "b=resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(time.monotonic()-w,b.ru_utime+b.ru_stime-a.ru_utime-a.ru_stime)")
    wall, cpu = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return float(wall), float(cpu)


def daemon(spool, count):
    with spool.daemon(env={"BOBBIN_LOG": "notice"}) as running:
        def cpu():
            fields = pathlib.Path(f"/proc/{running.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        before, began = cpu(), time.monotonic()
        spool.drop("big.jsonl", lines(count))
        wait_for(lambda: spool.directories("done"), 600, "the job")
        return time.monotonic() - began, cpu() - before


def main():
    binary = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TOP / ".build" / "release").resolve() / "bobbin"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    with tempfile.TemporaryDirectory(prefix="bobbin-clients.") as scratch:
        simulator = subprocess.Popen([binary, "simulator", "--port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            url = simulator.stdout.readline().split()[-1]
            spool = ScratchSpool(scratch, str(binary), url)
            spool.configure(lane=f"concurrency = {IN_FLIGHT}", budget='[day]\nusd = "1000.00"\n')
            source = spool.write("lines.jsonl", lines(count))
            rows = {"daemon": daemon(spool, count)}
            for client in ("cookbook", "sdk"):
                rows[client] = measured(client, url, source, spool.directory / f"{client}.jsonl")
        finally:
            simulator.terminate()
            simulator.wait(30)
    for name, (wall, cpu) in rows.items():
        print(f"{name:9} {wall * 1000 / count:.3f} s, {cpu * 1000 / count:.3f} CPU-s for 1,000 requests")
    (wall, cpu), others = rows.pop("daemon"), rows
    for name, (their_wall, their_cpu) in others.items():
        print(f"daemon against {name}: {wall / their_wall:.2f} of its wall time, {cpu / their_cpu:.3f} of its CPU")


if __name__ == "__main__":
    main()
