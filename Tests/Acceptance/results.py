"""What came out: reads done/ and rejected/, and checks that no line is lost, doubled or unexplained."""
import collections
import decimal
import json
import urllib.parse

import check_output


def records(path):
    """The lines of a JSONL file as dicts; a file that is not there has none."""
    if not path.exists():
        return []
    raw = path.read_bytes()
    assert raw == b"" or raw.endswith(b"\n"), f"{path} is torn"
    return [json.loads(line, parse_float=decimal.Decimal) for line in raw.splitlines()]


class Job:
    """One finished job: its directory in done/, in rejected/ or, where it was split, in both."""

    def __init__(self, name):
        self.name = name
        self.done = self.rejected = None

    @property
    def directories(self):
        return [directory for directory in (self.done, self.rejected) if directory]

    @property
    def report(self):
        reports = [json.loads((d / "report.json").read_bytes(), parse_float=decimal.Decimal) for d in self.directories]
        assert all(report == reports[0] for report in reports), f"the two sides of {self.name} report differently"
        return reports[0]

    @property
    def verdict(self):
        return self.report["verdict"]

    def output(self):
        """The accepted answers."""
        return records(self.done / "output.jsonl") if self.done else []

    def errors(self):
        return [error for directory in self.directories for error in records(directory / "errors.jsonl")]

    def error_codes(self):
        return collections.Counter(code_of(error) for error in self.errors())

    def reprocess(self):
        return [line for directory in self.directories for line in records(directory / "reprocess.jsonl")]

    @property
    def spent(self):
        return decimal.Decimal(self.report["cost"]["spent_usd"])


def code_of(error):
    if error["error"]:
        return error["error"]["code"]
    return (error["response"]["body"].get("error") or {}).get("code")


def jobs(spool):
    """All finished jobs in order of their directories' names."""
    found = {}
    for state in ("done", "rejected"):
        for directory in spool.directories(state):
            job = found.setdefault(directory.name, Job(directory.name))
            setattr(job, state, directory)
    return [found[name] for name in sorted(found)]


def jobs_named(spool, delivered):
    """The finished jobs of files delivered under this name."""
    return [job for job in jobs(spool) if urllib.parse.unquote_to_bytes(job.report["name"]) == delivered.encode()]


def job_named(spool, delivered):
    found = jobs_named(spool, delivered)
    assert len(found) == 1, f"{len(found)} jobs of {delivered}: {[job.name for job in jobs(spool)]}"
    return found[0]


def check_whole(job, lines, directory):
    """Every line of the input has exactly one end, the books add up, and the files are what the SDK reads."""
    report = job.report
    counts = report["lines"]
    assert counts["answered"] + counts["reused"] + counts["failed"] + counts["refused"] == counts["total"] == len(lines)
    ends = collections.Counter(record["custom_id"] for record in job.output() + job.errors())
    if job.rejected:
        # Beside the errors stand the answers of rejected shards, for a person to look at; never a line twice.
        ends.update(record["custom_id"] for record in records(job.rejected / "output.jsonl"))
    wanted = collections.Counter(line["custom_id"] for line in lines if isinstance(line, dict))
    assert {k: v for k, v in ends.items() if k is not None} == wanted
    source, output, errors = (directory / f"check-{part}.jsonl" for part in ("input", "output", "errors"))
    order = {line["custom_id"]: number for number, line in enumerate(lines) if isinstance(line, dict)}
    accepted = job.output() + (records(job.rejected / "output.jsonl") if job.rejected else [])
    if job.done and job.rejected:
        accepted.sort(key=lambda record: order[record["custom_id"]])
    for path, items in ((source, lines), (output, accepted), (errors, job.errors())):
        path.write_bytes(b"".join(
            (item if isinstance(item, bytes) else json.dumps(item, default=float).encode()) + b"\n" for item in items))
    problems = check_output.check(source, output, errors)
    assert not problems, problems[:10]
    cost = sum(decimal.Decimal(record["bobbin"]["cost_usd"]) for record in accepted)
    assert cost <= job.spent
    return report
