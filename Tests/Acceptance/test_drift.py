"""The control charts of what the gate finds: told once, shown by `report --drift`, and no reason to stop a job."""
import datetime
import xml.etree.ElementTree

import pytest

import results
from request_lines import chat
from wall_clock import WallClock
from waiting import wait_for

START = datetime.datetime(2026, 11, 2, 9, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
TOO_LONG = {"finish_reason": "length"}


@pytest.fixture
def told(spool):
    """Which notices a program was told, in order."""
    script, out = spool.directory / "tell", spool.directory / "told"
    script.write_text(f'#!/bin/sh\ncat >/dev/null\necho "$1" >>"{out}"\n')
    script.chmod(0o755)
    spool.configure(
        bobbin=f'[notify]\nexec = ["{script}", "{{event}}"]\n',
        gate="[sample]\nacceptable = 0.01\nrejectable = 0.20\n[canary]\nlines = 0\n")
    return lambda event: out.read_text().split().count(event) if out.exists() else 0


def prompted(count, day, system):
    lines = [chat(f"r{number}", f"{day}: question {number}") for number in range(count)]
    for line in lines:
        line["body"]["messages"].insert(0, {"role": "system", "content": system})
    return lines


def process(spool, name, lines):
    spool.drop(name, lines)
    wait_for(lambda: any(job.name.startswith(name.split(".")[0] + ".") for job in results.jobs(spool)), 30, name)


def series(spool):
    return {entry["prompt"]: entry for entry in spool.json("report", "--drift")["series"]}


def check_picture(path, shown):
    """A point a day in each of two charts; those out of their bounds stand out."""
    picture, name = xml.etree.ElementTree.parse(path).getroot(), "{http://www.w3.org/2000/svg}"
    days = [(entry, day) for entry in shown.values() for day in entry["days"]]
    titles = [title.text for point in picture.iter(f"{name}circle") for title in point.iter(f"{name}title")]
    assert sorted(titles) == sorted(
        [f"{day['day']}: {day['defects']} of {day['checked']} defective, limit {day['limit']}" for _, day in days]
        + [f"{day['day']}: CUSUM {day['sum']} of {entry['cusum']['threshold']}" for entry, day in days])
    red = [point for point in picture.iter(f"{name}circle") if point.get("r") == "4.5"]
    assert len(red) == sum(
        (day["defects"] >= day["limit"]) + (day["sum"] >= entry["cusum"]["threshold"]) for entry, day in days) > 0
    assert "href" not in path.read_text() and "<script" not in path.read_text()


def test_a_prompt_whose_answers_become_worse_is_told_once_and_again_when_it_is_over(spool, mock, told):
    clock = WallClock(spool.directory)
    spool.environment = clock.environment
    clock.go_from(START)
    # One answer in so many is cut off; 0: none.
    bad = {"share": 0}
    mock.script = lambda request: TOO_LONG if bad["share"] and int(request.text.split()[-1]) % bad["share"] == 0 else {}
    with spool.daemon() as daemon:
        for day in range(4):
            clock.go_from(START + day * DAY)
            process(spool, f"good{day}.jsonl", prompted(60, day, "Answer in one word."))
        assert not told("gate.drift") and all(not entry["out"] for entry in series(spool).values())
        bad["share"] = 10
        clock.go_from(START + 4 * DAY)
        process(spool, "bad4.jsonl", prompted(60, 4, "Answer in one word."))
        wait_for(lambda: told("gate.drift"), 20, lambda: f"the notice\n{daemon.log}")
    with spool.daemon() as daemon:
        process(spool, "bad5.jsonl", prompted(60, 5, "Answer in one word."))
        # Another prompt has a chart of its own.
        bad["share"] = 0
        process(spool, "other.jsonl", prompted(60, 5, "Answer at length."))
        assert sorted(entry["out"] for entry in series(spool).values()) == [False, True]
        for day in range(6, 9):
            clock.go_from(START + day * DAY)
            process(spool, f"good{day}.jsonl", prompted(150, day, "Answer in one word."))
        wait_for(lambda: told("gate.in_control"), 20, lambda: f"the end\n{daemon.log}")
    assert told("gate.drift") == told("gate.in_control") == 1
    shown = series(spool)
    [prompt] = [name for name, entry in shown.items() if len(entry["days"]) > 1]
    entry = shown[prompt]
    assert len(prompt) == 12
    assert [day["checked"] for day in entry["days"]] == [60, 60, 60, 60, 120, 150, 150, 150]
    assert [day["defects"] for day in entry["days"]][4] == 12 and not entry["out"]
    assert prompt in spool.run("report", "--drift", "--svg", "drift.svg").out
    check_picture(spool.directory / "drift.svg", shown)


def test_a_book_that_is_gone_or_damaged_is_made_anew_from_the_reports(spool, mock):
    spool.configure(gate="[sample]\nrejectable = 0.20\n")
    mock.script = lambda request: TOO_LONG if request.text.endswith("7") else {}
    spool.process("a.jsonl", prompted(40, 0, "One word."), code=None)
    book = spool.path / "drift.jsonl"
    before, shown = book.read_bytes(), series(spool)
    assert before.count(b"\n") == 1 and next(iter(shown.values()))["days"][0]["defects"] == 4
    book.unlink()
    spool.once()
    assert book.read_bytes() == before and series(spool) == shown
    book.write_bytes(before.replace(b'"defects":4', b'"defects":3') + before)
    spool.run("report", "--drift", code=74)
    spool.once()
    assert book.read_bytes() == before and len(list(spool.path.glob("drift.jsonl.damaged-*"))) == 1
