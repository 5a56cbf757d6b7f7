"""The cap holds before the money is spent: with 64 in flight, near the cap, and by every kind of cap."""
import decimal
import json

import pytest

import budget_file
import results
from request_lines import MODEL, chats, line
from waiting import holds_for, wait_for
from worst_case import FLAT, NO_CANARY, dearest, even_chats, worst_cases

D = decimal.Decimal


@pytest.mark.fast
def test_64_in_flight_and_a_cap_for_50_worst_cases(spool, mock):
    lines = even_chats(200)
    spool.configure(model=FLAT, gate=NO_CANARY)
    usd, tokens = worst_cases(spool, lines)
    cap = 50 * usd
    spool.configure(
        lane="concurrency = 64\nshard_lines = 200", model=FLAT, gate=NO_CANARY, budget=f'[day]\nusd = "{cap}"\n')
    assert spool.json("plan", spool.write("plan.jsonl", lines))["fits_today"] is False
    mock.script = dearest(tokens)
    mock.hold()
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", lines)
        wait_for(lambda: mock.in_flight == 50, 30, lambda: f"50 in flight, {mock.in_flight} are; {spool.status()}")
        holds_for(lambda: mock.count == 50, 1, lambda: f"50 requests at the server: {mock.count}")
        mock.release()
        [parked] = spool.parked()
        assert "cap" in parked["reason"] or "budget" in parked["reason"]
        assert (mock.count, mock.max_in_flight) == (50, 50)
        day = spool.status()["day"]
        assert D(day["spent_usd"]) == D(day["cap_usd"]) == cap and D(day["reserved_usd"]) == D(day["unknown_usd"]) == 0
        spool.run("budget", "raise", 200 * usd)
        wait_for(lambda: results.jobs(spool), 60, lambda: f"the parked job to go on: {spool.status()}\n{daemon.log}")
    assert (mock.count, mock.distinct) == (200, 200)
    job = results.job_named(spool, "job.jsonl")
    results.check_whole(job, lines, spool.directory)
    assert job.spent == budget_file.today(spool).peak == 200 * usd
    spool.run("budget", "verify")


def test_a_reason_of_others_is_one_line_of_status(spool, mock):
    """A judge or a provider may have said it: no second line, no text that is turned round."""
    lines = even_chats(10)
    usd, tokens = worst_cases(spool, lines)
    spool.configure(budget=f'[day]\nusd = "{5 * usd}"\n', gate=NO_CANARY)
    mock.script = dearest(tokens)
    spool.process("job.jsonl", lines, code=75)
    [job] = spool.directories("processing")
    state = json.loads((job / "state.json").read_text())
    state["reason"] = "it waits\n  forged.20260101T000000Z.abcdef  default  done\u202e\u2028x"
    (job / "state.json").write_text(json.dumps(state))
    out = spool.run("status").out
    assert "it waits\\u{a}  forged" in out and "\u202e" not in out and "\u2028" not in out


def test_once_says_75_when_something_is_parked(spool, mock):
    lines = even_chats(100)
    usd, tokens = worst_cases(spool, lines)
    spool.configure(budget=f'[day]\nusd = "{50 * usd}"\n', gate=NO_CANARY)
    mock.script = dearest(tokens)
    spool.process("job.jsonl", lines, code=75)
    assert 0 < mock.count <= 50
    [job] = spool.status()["jobs"]
    assert job["state"] == "parked" and job["reason"] and job["lines"] == 100 and job["done"] == mock.count
    spool.run("budget", "raise", 200 * usd)
    spool.once()
    assert results.job_named(spool, "job.jsonl").verdict == "accepted" and mock.count == 100


def test_what_was_reserved_and_not_used_is_free_again(spool, mock):
    """Real cost an eighth of the worst case: a cap of 50 worst cases pays for far more requests than 50."""
    lines = even_chats(300, max_tokens=64)
    spool.configure(model=FLAT)
    usd, tokens = worst_cases(spool, lines)
    spool.configure(
        lane="concurrency = 64\nshard_lines = 100", model=FLAT, budget=f'[day]\nusd = "{50 * usd}"\n')
    used = tokens // 8
    mock.script = lambda request: {"usage": {
        "prompt_tokens": used - 1, "completion_tokens": 1, "total_tokens": used}}
    spool.process("job.jsonl", lines)
    assert mock.count == 300 and mock.max_in_flight <= 50
    assert budget_file.today(spool).peak <= 50 * usd


@pytest.mark.fast
def test_a_reservation_is_on_disk_before_the_first_byte(spool, mock):
    mock.hold()
    with spool.daemon():
        spool.drop("job.jsonl", even_chats(40))
        wait_for(lambda: mock.in_flight == 16, 30, "16 in flight")
        day = budget_file.today(spool)
        usd, _ = worst_cases(spool, even_chats(40))
        assert day.reserved >= mock.in_flight * usd
        mock.release()
        wait_for(lambda: results.jobs(spool), 30, "the verdict")


def test_a_cap_in_tokens_parks_too(spool, mock):
    lines = even_chats(100)
    _, tokens = worst_cases(spool, lines)
    spool.configure(budget=f"[day]\ntokens = {60 * tokens}\n", gate=NO_CANARY)
    mock.script = dearest(tokens)
    spool.process("job.jsonl", lines, code=75)
    assert 0 < mock.count <= 60
    [job] = spool.status()["jobs"]
    assert "token" in job["reason"]


def test_a_lanes_cap_parks_its_jobs_alone(spool, mock):
    lines = even_chats(40)
    usd, tokens = worst_cases(spool, lines)
    spool.configure(bobbin="[lanes.small]\n", budget=f'[lanes.small]\nusd = "{20 * usd}"\n', gate=NO_CANARY)
    mock.script = dearest(tokens)
    spool.drop("capped.jsonl", lines, lane="small")
    spool.drop("free.jsonl", chats(30, prompt="Another question {}"))
    spool.once(code=75)
    assert results.job_named(spool, "free.jsonl").verdict == "accepted"
    [parked] = spool.status()["jobs"]
    assert parked["lane"] == "small" and "small" in parked["reason"]
    assert mock.count <= 30 + 20


def test_a_jobs_cap_is_never_exceeded(spool, mock):
    lines = even_chats(100)
    usd, tokens = worst_cases(spool, lines)
    spool.configure(budget=f'[job]\nusd = "{30 * usd}"\n', gate=NO_CANARY)
    mock.script = dearest(tokens)
    spool.process("job.jsonl", lines, code=None)
    assert mock.count <= 30
    assert budget_file.today(spool).peak <= 30 * usd


def test_reject_instead_of_park(spool, mock):
    lines = even_chats(100)
    usd, tokens = worst_cases(spool, lines)
    spool.configure(budget=f'when_exhausted = "reject"\n[day]\nusd = "{50 * usd}"\n', gate=NO_CANARY)
    mock.script = dearest(tokens)
    spool.process("job.jsonl", lines, code=None)
    job = results.job_named(spool, "job.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    assert mock.count <= 50 and report["lines"]["refused"] == 100 - mock.count
    assert len(job.reprocess()) >= 100 - mock.count and job.rejected


def test_a_request_above_the_whole_days_cap_is_refused_not_parked(spool, mock):
    spool.configure(budget='[day]\nusd = "0.000001"\n')
    spool.process("job.jsonl", even_chats(5), code=None)
    job = results.job_named(spool, "job.jsonl")
    assert job.verdict == "rejected" and mock.count == 0
    assert job.report["lines"]["refused"] == 5 and job.spent == 0
    assert all("cap" in error["error"]["message"] for error in job.errors())


@pytest.mark.fast
@pytest.mark.parametrize("is_dear", [True, False], ids=["used whole", "used little"])
def test_ten_requests_of_15_dollars_on_a_100_dollar_day_are_six(spool, mock, is_dear):
    """Six are 90 dollars, and a seventh does not fit while they are in flight. Whether the other four are ever sent is
    decided by what the six have really cost.

    The bound is stated by the request: 10 million completion tokens at 1.50 a million, and next to no prompt.
    """
    price = {
        "input_usd_per_million": "0.000001", "output_usd_per_million": "1.50", "max_output_tokens": 10_000_000}
    spool.configure(model=price, budget='[day]\nusd = "100.00"\n', gate=NO_CANARY)
    tokens = 10_000_000 if is_dear else 10_000
    mock.script = dearest(tokens + 10, max_tokens=tokens)
    mock.hold()
    with spool.daemon():
        spool.drop("job.jsonl", even_chats(10, max_tokens=10_000_000))
        mock.await_in_flight(6)
        mock.release()
        if is_dear:
            [parked] = spool.parked()
            for part in ("90.00", "15.00", "100"):
                assert part in parked["reason"], f"not the sum: {parked}"
        else:
            wait_for(lambda: results.jobs(spool), 30, lambda: f"the verdict: {spool.status()}")
            assert budget_file.today(spool).spent < 1
    assert mock.count == mock.distinct == (6 if is_dear else 10)
    assert budget_file.today(spool).peak <= 100


@pytest.mark.fast
@pytest.mark.parametrize("model", ["unpriced", "unheard-of"])
def test_a_model_without_a_price_is_never_called(spool, mock, model):
    spool.configure(models='[models.unpriced]\nendpoint = "mock"\n')
    lines = chats(3, model=model)
    spool.process("job.jsonl", lines, code=None)
    job = results.job_named(spool, "job.jsonl")
    assert mock.count == 0 and job.verdict == "rejected" and job.report["lines"]["refused"] == 3
    assert all(model in error["error"]["message"] for error in job.errors())


@pytest.mark.fast
def test_n_choices_are_reserved_n_times(spool):
    def worst(**body):
        members = {"model": MODEL, "messages": [{"role": "user", "content": "x" * 100}], "max_tokens": 50, **body}
        return D(spool.json("plan", spool.write("n.jsonl", [line("r", members)]))["worst_usd"])
    assert worst(n=4) - worst(n=3) == worst(n=3) - worst(n=2) == 50 * D("0.60") / 1_000_000


def test_a_cap_lowered_by_reload_holds_at_once(spool, mock):
    lines = even_chats(200)
    usd, tokens = worst_cases(spool, lines)
    spool.configure(lane="concurrency = 4\nshard_lines = 10", gate=NO_CANARY)
    mock.script = dearest(tokens)
    mock.release(20)
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", lines)
        wait_for(lambda: mock.count == 24, 30, lambda: f"twenty answered and four held: {mock.stats()}")
        spool.configure(
            lane="concurrency = 4\nshard_lines = 10", gate=NO_CANARY, budget=f'[day]\nusd = "{60 * usd}"\n')
        daemon.reload()
        mock.release()
        spool.parked()
        sent = mock.count
        assert sent <= max(60, 20 + 4 * 10 + 10)  # what was reserved before the reload may still be spent
        holds_for(lambda: mock.count == sent, 0.5, "nothing more is sent")


@pytest.mark.fast
def test_a_list_of_prompts_is_reserved_for_each(spool):
    """/v1/completions makes one completion for each text of a list: its bound is that of all of them."""
    def worst(prompt):
        body = {"model": MODEL, "prompt": prompt, "max_tokens": 50}
        return D(spool.json("plan", spool.write("p.jsonl", [line("r", body, url="/v1/completions")]))["worst_usd"])
    assert worst(["x" * 50, "y" * 50]) >= worst("x" * 100) + 50 * D("0.60") / 1_000_000
