"""`bobbin report`: the four figures and the unit costs, against a computation that is done here from the outputs."""
import collections
import csv
import datetime
import decimal
import io
import json
import math

import pytest

import budget_file
import results
from mock_answers import marker
from request_lines import MODEL, chat, chats, with_duplicates
from waiting import wait_for

D = decimal.Decimal
PICO = D("0.000000000001")
OTHER = "mock-2"
MODELS = (f'[models.{OTHER}]\nendpoint = "mock"\nmax_output_tokens = 64\ncontext_tokens = 8192\n'
          'input_usd_per_million = "1.234567"\noutput_usd_per_million = "7.654321"\n')
#: Columns that add up; the others are made of them.
SUMS = (
    "lines", "answered", "failed", "refused", "resent_lines", "unsent_lines", "saved_usd", "reprocessing_lines",
    "reprocessing_shards", "accepted_answers", "budget_exceeded", "spent_usd", "unknown_usd", "tokens", "input_tokens",
    "cached_tokens", "output_tokens", "reasoning_tokens", "unknown_tokens")
SUMS_WITHOUT = (
    "deduplication_usd", "deduplication_tokens", "canary_usd", "canary_tokens", "canary_lines", "caps_usd",
    "caps_tokens", "caps_lines", "total_usd", "cost_usd", "resent_lines", "reprocessing_lines")


def up(amount):
    """Rounded up to the picodollar."""
    return amount.quantize(PICO, rounding=decimal.ROUND_CEILING)


def same(one, other):
    return math.isclose(float(one), float(other), rel_tol=1e-12, abs_tol=1e-15)


def rows(spool, *arguments):
    text = spool.run("report", "--csv", *arguments).stdout.decode()
    assert text.endswith("\r\n") and text.count("\r\n") == text.count("\n")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def spent_by_model(job):
    """From the output lines, which name the model that answered and what it cost."""
    spent = collections.Counter()
    records = job.output() + job.errors()
    if job.rejected:
        records += results.records(job.rejected / "output.jsonl")
    for record in records:
        spent[record["bobbin"]["model"]] += D(record["bobbin"]["cost_usd"])
    return spent


@pytest.fixture
def busy(spool, mock):
    """Three jobs in two lanes on two models: duplicates, lines sent again, lost, failed, refused, sent back."""
    spool.configure(bobbin="[lanes.nightly]\n", models=MODELS)
    first = with_duplicates(40, 10, seed=3)
    first += [chat("again", "again " + marker(status=503, times=2)), chat("lost", "lost " + marker(cut=True, times=1))]
    spool.drop("first.jsonl", first)
    spool.once()
    second = chats(30, prompt="Another {}", model=OTHER) + chats(20, start=30)
    second += [chat("no", "no " + marker(status=400), model=OTHER), chat("nobody", "?", model="unheard-of")]
    spool.drop("second.jsonl", second, lane="nightly")
    spool.once()
    spool.drop("bad.jsonl", chats(60, prompt="Bad {}", model=OTHER, stop=["!"]))
    mock.script = lambda request: {"finish_reason": "length"}
    spool.once()
    return spool


@pytest.mark.fast
def test_the_figures_are_what_the_outputs_say(busy, mock):
    told = busy.json("report")
    jobs = results.jobs(busy)
    figures = told["figures"]
    lines = sum(job.report["lines"]["total"] for job in jobs)
    accepted = sum(len(job.output()) for job in jobs)
    spent, unknown = budget_file.total_spent(busy), budget_file.total_unknown(busy)
    saved = sum(D(job.report["duplicates"]["saved_usd"]) for job in jobs)
    assert len(told["jobs"]) == len(jobs) == 3 and figures["lines"] == lines
    assert figures["resent_lines"] == mock.resent == 3
    assert figures["unsent_lines"] == sum(job.report["lines"]["reused"] for job in jobs) == 10 + 10
    assert figures["reprocessing_lines"] == sum(len(job.reprocess()) for job in jobs)
    assert figures["reprocessing_shards"] == 1 and figures["accepted_answers"] == accepted
    assert D(figures["spent_usd"]) == spent and D(figures["unknown_usd"]) == unknown > 0
    assert D(figures["saved_usd"]) == saved > 0
    assert same(figures["failure_reprocessing_rate"], 3 / lines)
    assert same(figures["duplicate_reduction_rate"], 20 / lines)
    assert D(figures["unit_cost_usd"]) == up((spent + unknown) / accepted)
    assert D(figures["usd_per_line"]) == up((spent + unknown) / lines)
    assert D(figures["usd_per_1000_tokens"]) == up(1000 * (spent + unknown) / figures["tokens"])
    assert mock.count == sum(job.report["attempts"]["total"] for job in jobs)
    booked = sum(entry.tokens for day in budget_file.days(busy) for entry in day.entries)
    assert figures["tokens"] - figures["unknown_tokens"] == booked
    for name in ("input", "cached", "output", "reasoning"):
        assert figures[f"{name}_tokens"] == sum(job.report["tokens"][name] for job in jobs)


@pytest.mark.fast
def test_models_have_their_own_money(busy):
    wanted = collections.Counter()
    for job in results.jobs(busy):
        wanted.update(spent_by_model(job))
    told = {group["model"]: group for group in busy.json("report")["models"]}
    assert told.keys() == {"", MODEL, OTHER}
    assert {name: D(told[name]["spent_usd"]) for name in (MODEL, OTHER)} == {
        name: wanted[name] for name in (MODEL, OTHER)}
    assert D(told[MODEL]["unknown_usd"]) == budget_file.total_unknown(busy) and told[OTHER]["unknown_usd"] == "0"
    assert (told[""]["lines"], told[""]["refused"]) == (1, 1), "the line whose model is unheard of"
    assert told[OTHER]["reprocessing_shards"] == 1 and told[MODEL]["reprocessing_shards"] == 0


@pytest.mark.fast
@pytest.mark.parametrize("by", ["job", "lane", "model", "day"])
def test_each_csv_adds_up_to_the_whole(busy, by):
    told = busy.json("report")
    table = rows(busy, "--by", by)
    for name in SUMS:
        assert sum(D(row[name]) for row in table) == D(told["figures"][name]), name
    for name in SUMS_WITHOUT:
        wanted = D(told["figures"]["without_bobbin"][name])
        assert sum(D(row[f"without_{name}"]) for row in table) == wanted, name
    if by == "job":
        assert [row["job"] for row in table] == sorted(
            (job.name for job in results.jobs(busy)), key=lambda name: (name.split(".")[-2], name))
        assert collections.Counter(row["lane"] for row in table) == {"default": 2, "nightly": 1}
    else:
        groups = {group[by]: group for group in told[by + "s"]}
        assert [row[by] for row in table] == sorted(groups)
        for row in table:
            group = groups[row[by]]
            assert int(row["jobs"]) == group["jobs"]
            assert all(D(row[name]) == D(group[name]) for name in SUMS)
            assert row["unit_cost_usd"] == group["unit_cost_usd"]
    assert busy.run("report", "--by", by).out


def test_the_json_and_the_report_of_a_job_say_the_same(busy):
    for job in results.jobs(busy):
        [own] = busy.json("report", job.name)["jobs"]
        models = job.report["models"]
        assert own["figures"] == json.loads((job.directories[0] / "report.json").read_text())["figures"]
        for name in SUMS:
            assert sum(D(model[name]) for model in models) == D(job.report["figures"][name]), name


@pytest.mark.fast
def test_what_a_canary_saved_is_the_average_of_what_was_sent(spool, mock):
    mock.script = lambda request: {"finish_reason": "length"}
    lines = chats(120, prompt="Write everything there is to say about {}")
    spool.process("bad.jsonl", lines)
    job = results.job_named(spool, "bad.jsonl")
    figures = spool.json("report")["figures"]
    without = figures["without_bobbin"]
    assert mock.count == 20 and without["canary_lines"] == 100
    assert D(without["canary_usd"]) == up(job.spent * 100 / 20) > 0
    assert without["caps_usd"] == without["deduplication_usd"] == "0"
    assert D(without["total_usd"]) == D(without["canary_usd"])
    assert D(without["cost_usd"]) == job.spent + D(without["total_usd"])
    assert without["reprocessing_lines"] == 120 and without["resent_lines"] == 0
    assert D(without["unit_cost_usd"]) == D(without["cost_usd"])  # not one answer was accepted
    out = spool.run("report").out
    assert "100 lines behind a rejected canary" in out and "without Bobbin" in out


def test_what_a_cap_refused_is_the_average_too(spool, mock):
    lines = chats(100, start=10000)
    worst = D(spool.json("plan", spool.write("plan.jsonl", lines))["worst_usd"]) / 100
    spool.configure(
        budget=f'when_exhausted = "reject"\n[day]\nusd = "{30 * worst}"\n', gate="[canary]\nlines = 0\n",
        lane="concurrency = 1\nshard_lines = 10")
    # All that was reserved is used.
    tokens = spool.json("plan", spool.write("plan.jsonl", lines))["worst_tokens"] // 100
    mock.script = lambda request: {
        "usage": {"prompt_tokens": tokens - 32, "completion_tokens": 32, "total_tokens": tokens}}
    spool.process("job.jsonl", lines, code=None)
    job = results.job_named(spool, "job.jsonl")
    refused = job.report["lines"]["refused"]
    assert 0 < refused == job.error_codes()["budget_exhausted"] == 100 - mock.count
    without = spool.json("report")["figures"]["without_bobbin"]
    assert without["caps_lines"] == refused and D(without["caps_usd"]) == up(job.spent * refused / mock.count)
    assert without["canary_usd"] == "0" and D(without["total_usd"]) == D(without["caps_usd"])


def test_duplicates_would_have_cost_what_their_answers_took(spool, mock):
    lines = chats(10)
    spool.process("one.jsonl", lines)
    first = results.job_named(spool, "one.jsonl")
    spool.process("two.jsonl", lines)
    [two] = [job for job in spool.json("report")["jobs"] if job["name"] == "two.jsonl"]
    figures = two["figures"]
    assert D(figures["without_bobbin"]["cost_usd"]) == D(figures["saved_usd"]) == first.spent
    assert D(figures["without_bobbin"]["unit_cost_usd"]) == up(first.spent / 10) and figures["unit_cost_usd"] == "0"
    assert figures["without_bobbin"]["deduplication_tokens"] == sum(
        first.report["tokens"][name] for name in ("input", "output"))


@pytest.mark.fast
def test_a_failed_line_would_have_sent_the_whole_file_again(spool, mock):
    spool.process("flaky.jsonl", chats(10) + [chat("flaky", "flaky " + marker(status=503, times=2))])
    spool.process("good.jsonl", chats(11, prompt="Good {}"))
    figures = spool.json("report")["figures"]
    assert (figures["lines"], figures["resent_lines"], figures["without_bobbin"]["resent_lines"]) == (22, 2, 11)
    assert same(figures["without_bobbin"]["failure_reprocessing_rate"], 0.5)


def test_a_server_that_is_not_there_sends_nothing_again(spool, mock):
    """The connection is refused a few times; the lines are sent once, when the server is there."""
    from mock_server import MockServer

    mock.stop()
    with spool.daemon():
        spool.drop("job.jsonl", chats(12))
        [parked] = spool.parked()
        assert "endpoint" in parked["reason"]
        with MockServer(mock.port) as server:
            wait_for(lambda: results.jobs(spool), 60, lambda: f"the job to go on: {spool.status()}")
            assert server.count == 12
    job = results.job_named(spool, "job.jsonl")
    assert job.report["attempts"] == {"total": 12, "retried": 0}
    assert job.report["figures"]["resent_lines"] == 0 and job.report["figures"]["without_bobbin"]["resent_lines"] == 0
    assert job.report["parked"]["times"] == 1 and job.report["parked"]["budget"] == 0
    assert all(record["bobbin"]["attempts"] == 1 for record in job.output())


@pytest.mark.fast
def test_a_cap_that_stops_a_job_is_counted_once_over_restarts(spool, mock):
    lines = chats(40, start=10000)
    worst = D(spool.json("plan", spool.write("plan.jsonl", lines))["worst_usd"]) / 40
    spool.configure(budget=f'[day]\nusd = "{4 * worst}"\n')
    tokens = spool.json("plan", spool.write("plan.jsonl", lines))["worst_tokens"] // 40
    mock.script = lambda request: {
        "usage": {"prompt_tokens": tokens - 32, "completion_tokens": 32, "total_tokens": tokens}}
    spool.process("job.jsonl", lines, code=75)
    for _ in range(3):
        spool.once(code=75)
    told = spool.json("report")
    assert told["today"]["stopped_by_caps"] == 1 and told["today"]["jobs"] == 0, "it still waits, and is counted"
    spool.run("budget", "raise", 8 * worst)
    spool.once(code=75)  # another cap, another time
    spool.run("budget", "raise", 100 * worst)
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    assert (job.report["parked"]["times"], job.report["parked"]["budget"]) == (2, 2)
    assert ["the cap of the day" in note["subject"] for note in job.report["parked"]["notes"]] == [True, True]
    told = spool.json("report")
    assert told["figures"]["budget_exceeded"] == told["today"]["stopped_by_caps"] == 2
    assert [(group["model"], group["budget_exceeded"]) for group in told["models"]] == [(MODEL, 2)]


def move(job, change):
    """Edits the report of a finished job, which its book then does not know any more."""
    (job.directories[0].parents[1] / "finished.jsonl").unlink(missing_ok=True)
    for directory in job.directories:
        report = json.loads((directory / "report.json").read_text())
        change(report)
        (directory / "report.json").write_text(json.dumps(report))


def claimed(time):
    return lambda report: report["times"].update(claimed=time.strftime("%Y-%m-%dT%H:%M:%S.000Z"))


def test_yesterday_stands_against_today(spool, mock):
    now = datetime.datetime.now(datetime.UTC).replace(hour=12, minute=0)
    day = datetime.timedelta(days=1)
    for count, prompt, ago in ((10, "a {}", 0), (20, "b {}", 1), (5, "c {}", 2)):
        spool.process(f"{count}.jsonl", chats(count, prompt=prompt))
        move(results.job_named(spool, f"{count}.jsonl"), claimed(now - ago * day))
    told = spool.json("report")
    assert (told["today"]["lines"], told["yesterday"]["lines"]) == (10, 20)
    assert told["today"]["day"] == str(now.date()) and told["yesterday"]["day"] == str((now - day).date())
    assert told["today"]["accepted_answers"] == 10 and told["today"]["jobs"] == 1
    assert [group["day"] for group in told["days"]] == [str((now - ago * day).date()) for ago in (2, 1, 0)]
    assert [group["lines"] for group in told["days"]] == [5, 20, 10]

    def lines(*arguments):
        return spool.json("report", *arguments)["figures"]["lines"]
    assert (lines("--day", "today"), lines("--day", "yesterday"), lines("--day", (now - 2 * day).date())) == (10, 20, 5)
    assert lines("--since", "yesterday") == 30 and lines("--day", "2020-02-29") == 0
    assert spool.json("report", "--day", "2020-02-29")["today"]["lines"] == 10, "whatever is selected"
    out = spool.run("report").out
    [row] = [line.split() for line in out.splitlines() if line.startswith("accepted answers")]
    assert row == ["accepted", "answers", "10", "20", "-10"]
    spent = f"${budget_file.today(spool).spent}"
    [row] = [line.split() for line in out.splitlines() if line.startswith("spent, by the daily budget file")]
    assert row[-3:] == [spent, "-", f"+{spent}"], "yesterday has no book"
    assert "yesterday" in out and "yesterday" not in spool.run("report", "--day", "2020-02-29").out
    # The money of a day is that of its budget file, which knows nothing of the edited reports.
    book = budget_file.today(spool)
    assert D(told["today"]["book"]["spent_usd"]) == book.spent and told["yesterday"]["book"] is None
    assert str(book.spent) in spool.run("report", "--by", "day").out
    [row] = rows(spool, "--by", "day", "--day", "today")
    assert D(row["book_spent_usd"]) == book.spent and D(row["book_unknown_usd"]) == book.unknown
    spool.run("report", "--day", "someday", code=64)
    spool.run("report", "--csv", "--json", code=64)


def test_a_day_is_one_of_the_budgets_time_zone(spool, mock):
    spool.configure(budget='time_zone = "Pacific/Kiritimati"\n')  # 14 hours ahead, without daylight saving
    spool.process("job.jsonl", chats(3))
    move(results.job_named(spool, "job.jsonl"), claimed(datetime.datetime(2026, 11, 24, 11, 30)))
    assert [group["day"] for group in spool.json("report")["days"]] == ["2026-11-25"]
    assert spool.json("report", "--since", "2026-11-25")["figures"]["lines"] == 3
    assert spool.json("report", "--day", "2026-11-24")["figures"]["lines"] == 0


def test_a_report_of_an_earlier_version_is_read(spool, mock):
    spool.process("job.jsonl", chats(4))
    job = results.job_named(spool, "job.jsonl")

    def age(report):
        del report["models"], report["parked"]
        new = ("answered", "failed", "refused", "unknown_usd", "without_bobbin", "budget_exceeded")
        report["figures"] = {name: value for name, value in report["figures"].items() if name not in new}
    move(job, age)
    figures = spool.json("report")["figures"]
    assert figures["lines"] == figures["accepted_answers"] == 4 and D(figures["spent_usd"]) == job.spent
    assert [row["model"] for row in rows(spool, "--by", "model")] == [""]
    assert spool.run("report", "--by", "model").out


def test_names_in_the_csv_are_quoted(spool, mock):
    strange = 'mock "3", large'
    spool.configure(models=MODELS.replace(f"models.{OTHER}", "models.'" + strange + "'"))
    spool.process("job.jsonl", chats(3, model=strange))
    [row] = rows(spool, "--by", "model")
    assert row["model"] == strange and row["accepted_answers"] == "3"


def test_a_name_in_the_csv_is_no_formula(spool, mock):
    formula = "=1+1"
    spool.configure(models=MODELS.replace(f"models.{OTHER}", f"models.'{formula}'"))
    spool.process("job.jsonl", chats(3, model=formula))
    [row] = rows(spool, "--by", "model")
    assert row["model"] == "'" + formula and row["accepted_answers"] == "3"


@pytest.mark.fast
def test_the_journal_has_the_four_figures_of_a_verdict(spool, mock):
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", with_duplicates(8, 2, seed=1))
        wait_for(lambda: results.jobs(spool), 30, "the verdict")
        daemon.await_log("job.accepted")
        [line] = [line for line in daemon.log.splitlines() if "job.accepted" in line]
    figures = results.job_named(spool, "job.jsonl").report["figures"]
    for name in ("failure_reprocessing_rate", "duplicate_reduction_rate", "reprocessing_lines", "unit_cost_usd"):
        assert f"{name}=" in line, line
    assert f"unit_cost_usd={figures['unit_cost_usd']} " in line + " " and "duplicate_reduction_rate=0.2" in line


def test_nothing_finished_is_no_trouble(spool):
    assert spool.json("report")["today"]["lines"] == 0
    assert rows(spool) == [] and "without Bobbin" in spool.run("report").out


def test_a_damaged_book_does_not_hide_the_jobs(spool, mock):
    spool.process("job.jsonl", chats(3))
    [path] = (spool.path / "budget").glob("*.jsonl")
    path.write_bytes(b"x" + path.read_bytes())
    done = spool.run("report", "--by", "day")
    assert "budget file" in done.err and "damaged" in done.err and str(results.jobs(spool)[0].spent) in done.out
    assert spool.json("report")["days"][0]["book"] is None


def test_a_damaged_report_does_not_hide_the_other_jobs(spool, mock):
    spool.process("bad.jsonl", chats(2))
    spool.process("good.jsonl", chats(3, prompt="Other {}."))
    damaged = results.job_named(spool, "bad.jsonl").done / "report.json"
    book = (spool.path / "finished.jsonl").read_bytes()
    for text in ("", "{}"):
        damaged.write_text(text)
        # The book of finished jobs knows it all the same.
        said = spool.run("report", "--json")
        assert str(damaged) in said.err and "left out" in said.err
        assert [job["name"] for job in json.loads(said.out)["jobs"]] == ["bad.jsonl", "good.jsonl"]
        (spool.path / "finished.jsonl").unlink()
        said = spool.run("report")
        assert str(damaged) in said.err and "left out" in said.err
        assert [job["name"] for job in spool.json("report")["jobs"]] == ["good.jsonl"]
        (spool.path / "finished.jsonl").write_bytes(book)
