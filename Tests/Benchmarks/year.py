#!/usr/bin/env python3
"""Tests/Benchmarks/year.py [BIN] [--jobs N] [--days N] [--keep DIR]: when a change may have made the start on an old
spool slower, or `bobbin status`. Needs release binaries in BIN (default .build/release). Builds the spool of a year
(100,000 jobs in done/, 10 M budget records in 365 files, a job that waits since the first day) and prints how long the
daemon takes to be ready and `status` to answer; the first start makes the books that an earlier version did not have.
With --keep the spool is made in DIR and stays there, for another binary: it is taken as it is where it exists."""
import argparse
import datetime
import json
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import tempfile
import time

# Of a day: 10 M in a year.
RECORDS = 27_400
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
# A file may have 65,000 names on ext4.
LINKS_MAX = 50_000


def crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = crc_table()


def sealed(record):
    """CRC-32C of the object without its closing brace, as its last member."""
    body, crc = json.dumps(record, separators=(",", ":"))[:-1].encode(), 0xFFFFFFFF
    for byte in body:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return body + f',"sum":"{crc ^ 0xFFFFFFFF:08x}"}}\n'.encode()


def suffix(number):
    return "".join(LETTERS[number >> 5 * place & 31] for place in range(6))


def line(number):
    body = {"model": "m", "messages": [{"role": "user", "content": f"Question {number}"}], "max_tokens": 64}
    return json.dumps({"custom_id": f"r{number}", "method": "POST", "url": "/v1/chat/completions", "body": body}) + "\n"


class Year:
    def __init__(self, binary, top, jobs, days):
        self.binary, self.spool, self.config, self.jobs = binary, top / "spool", top / "config", jobs
        today = datetime.datetime.now(datetime.UTC).date()
        self.days = [today - datetime.timedelta(days=days - 1 - number) for number in range(days)]

    @property
    def where(self):
        return ["--config", self.config, "--spool", self.spool]

    def models(self, url):
        self.config.mkdir(parents=True, exist_ok=True)
        (self.config / "models.toml").write_text(
            f'[endpoints.local]\nurl = "{url}"\n'
            '[models.m]\ninput_usd_per_million = "0.15"\noutput_usd_per_million = "0.60"\n')

    def run(self, name, lines):
        path = self.config / name
        path.write_text("".join(lines))
        return subprocess.run(
            [self.binary, "run", path, *self.where], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def build(self):
        """One job that is done and one that waits are real; the others are copies."""
        (self.spool / "inbox").mkdir(parents=True)
        simulator = subprocess.Popen([self.binary, "simulator", "--port", "0"], stdout=subprocess.PIPE, text=True)
        self.config.mkdir(parents=True)
        self.models(simulator.stdout.readline().split()[-1])
        assert self.run("one.jsonl", map(line, range(200))) == 0
        simulator.terminate()
        simulator.wait(30)
        self.models("http://127.0.0.1:9")
        assert self.run("waits.jsonl", [line(1000)]) != 0
        [waiting] = (self.spool / "processing").iterdir()
        self.claim_on_first_day(waiting)
        [job] = (self.spool / "done").iterdir()
        self.copy_jobs(job)
        self.write_budget()
        for name in ("drift.jsonl", "finished.jsonl"):
            (self.spool / name).unlink(missing_ok=True)

    def claim_on_first_day(self, job):
        record, day = json.loads((job / "job.json").read_text()), self.days[0]
        record["claimed_at"] = f"{day}T09:00:00.000Z"
        (job / "job.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")
        job.rename(job.parent / f"waits.{day:%Y%m%d}T090000Z.{suffix(0)}")

    def copy_jobs(self, job):
        """The results have many names; the report is each job's own."""
        report, done = (job / "report.json").read_text(), self.spool / "done"
        claimed = json.loads(report)["times"]["claimed"]
        sources = {}
        for number in range(self.jobs):
            day, second = self.days[number * len(self.days) // self.jobs], number % 86_400
            at = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
            name = f"copy.{day:%Y%m%d}T{at.replace(':', '')}Z.{suffix(number)}"
            directory = done / name
            directory.mkdir()
            own = report.replace(job.name, name).replace(claimed, f"{day}T{at}.000Z")
            (directory / "report.json").write_text(own)
            for part in ("output.jsonl", "errors.jsonl", "report.html"):
                if number % LINKS_MAX == 0:
                    sources[part] = directory / part
                    shutil.copy(job / part, directory / part)
                else:
                    os.link(sources[part], directory / part)

    def write_budget(self):
        """Each file has the same reservations, of jobs that are gone; all but the first line are the same bytes."""
        at = f"{self.days[0]}T10:00:00.000Z"
        lines = []
        for pair in range(RECORDS // 2):
            name = f"copy.{self.days[0]:%Y%m%d}T100000Z.{suffix(pair // 50)}/{pair % 50 + 1:04}"
            lines.append(sealed({
                "v": 1, "kind": "reserve", "at": at, "id": name, "lane": "default", "usd": "0.00012",
                "tokens": 4000, "round": 1, "model": "m", "uid": 1000}))
            lines.append(sealed({
                "v": 1, "kind": "settle", "at": at, "id": name, "usd": "0.00007", "tokens": 2345,
                "unknown_usd": "0", "unknown_tokens": 0, "open_usd": "0", "open_tokens": 0}))
        body = b"".join(lines)
        # What the jobs of a minute ago left there is replaced: their charges are in no report that is compared.
        for day in self.days:
            opened = sealed({
                "v": 1, "kind": "open", "at": f"{day}T00:00:00.000Z", "day": str(day), "time_zone": "UTC",
                "cap_usd": "100000"})
            (self.spool / "budget" / f"{day}.jsonl").write_bytes(opened + body)
        (self.spool / "budget-days.jsonl").write_bytes(
            b"".join(sealed({"day": str(day), "state": "opened"}) for day in self.days))

    def start(self, during):
        """Seconds until the daemon is ready; `during` is done while it runs."""
        path = self.config / "notify"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, (self.config / "log").open("a") as log:
            notify.bind(str(path))
            notify.settimeout(900)
            before = time.monotonic()
            daemon = subprocess.Popen(
                [self.binary, "daemon", *self.where], stdout=log, stderr=log,
                env=dict(os.environ, NOTIFY_SOCKET=str(path)))
            try:
                while b"READY=1" not in notify.recv(4096):
                    pass
                seconds = time.monotonic() - before
                during(daemon.pid)
            finally:
                daemon.terminate()
                daemon.wait(60)
        return seconds

    def command(self, *arguments):
        usage, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        subprocess.run([self.binary, *arguments, *self.where], check=True, stdout=subprocess.DEVNULL)
        seconds, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime
        print(f"{' '.join(arguments)}: {seconds:.2f} s, {cpu:.2f} CPU-s", flush=True)

    def wait_for_books(self, pid):
        """Until the daemon has nothing more to do beside its jobs: it takes no CPU for 15 seconds, since it
        looks after old books ten seconds after its start."""
        quiet, before = 0, -1
        while quiet < 15:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks = int(fields[11]) + int(fields[12])
            quiet = quiet + 1 if 0 <= ticks - before <= 10 else 0
            before = ticks
            time.sleep(1)

    def look(self, pid):
        for _ in range(2):
            self.command("status")
        self.command("report", "--by", "day")
        for memory in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if memory.startswith(("VmRSS", "VmHWM")):
                print("daemon", " ".join(memory.split()))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("bin", nargs="?", default=pathlib.Path(__file__).resolve().parents[2] / ".build" / "release")
    options.add_argument("--jobs", type=int, default=100_000)
    options.add_argument("--days", type=int, default=365)
    options.add_argument("--keep", type=pathlib.Path)
    options = options.parse_args()
    top = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="bobbin-year."))
    year = Year(pathlib.Path(options.bin).resolve() / "bobbin", top.resolve(), options.jobs, options.days)
    if not year.spool.exists():
        begun = time.monotonic()
        year.build()
        print(f"{options.jobs} jobs and {options.days} days built in {time.monotonic() - begun:.0f} s", flush=True)
    print(f"first start: {year.start(year.wait_for_books):.2f} s", flush=True)
    print(f"start: {year.start(year.look):.2f} s")
    if not options.keep:
        shutil.rmtree(top)


main()
