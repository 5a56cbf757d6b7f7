"""Every kind of price is in the worst case before, and in the cost after: exact, and by the time of each attempt."""
import datetime
import decimal
import json

import pytest

import budget_file
import results
from mock_answers import marker
from request_lines import MODEL, chat, chats, line
from waiting import wait_for

D = decimal.Decimal
USUAL = {"input_usd_per_million": "1", "output_usd_per_million": "2", "max_output_tokens": 64}


def usage(prompt, completion, cached=0, reasoning=0, written=0):
    return {
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
        "completion_tokens_details": {"reasoning_tokens": reasoning}}


def costs(job):
    return [D(record["bobbin"]["cost_usd"]) for record in job.output()]


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc)


def prices_from(spool, costs, **keys):
    """A price file beside models.toml, with one model, and a models.toml that takes its price from there."""
    stated = "".join(f"{name} = {json.dumps(value)}\n" for name, value in keys.items())
    (spool.config / "prices.json").write_text(json.dumps(costs))
    spool.write_config(models=(
        f'price_file = "prices.json"\n[endpoints.mock]\nurl = "{spool.url}"\n'
        f'[models.{MODEL}]\nendpoint = "mock"\n{stated}'))


@pytest.mark.fast
def test_each_kind_of_token_the_request_and_the_discount(spool, mock):
    spool.configure(model=USUAL | {
        "cached_input_usd_per_million": "0.25", "cache_write_usd_per_million": "1.25",
        "reasoning_usd_per_million": "3", "request_usd": "0.000014", "batch_discount": "0.5"})
    told = usage(100, 30, cached=40, reasoning=20, written=10)
    spool.process("job.jsonl", [chat("r", "x" * 200 + marker(usage=told))])
    per_token = (50 * D("1") + 40 * D("0.25") + 10 * D("1.25") + 10 * D("2") + 20 * D("3")) / 1_000_000
    assert costs(results.job_named(spool, "job.jsonl")) == [(per_token + D("0.000014")) / 2]


@pytest.mark.fast
def test_a_tier_prices_the_whole_request_from_one_token_above_on(spool, mock):
    spool.configure(model=USUAL, models=(
        f'[[models.{MODEL}.tiers]]\nabove_tokens = 200\ninput_usd_per_million = "3"\noutput_usd_per_million = "5"\n'))
    lines = [chat(f"r{n}", "x" * 300 + f" {n} " + marker(usage=usage(n, 10))) for n in (200, 201)]
    short = [chat("short", "x", max_tokens=10)]
    worst = D(spool.json("plan", spool.write("plan.jsonl", short))["worst_usd"])
    body = len(json.dumps(short[0]["body"], ensure_ascii=False).encode())
    assert worst == ((body + 16 + 64) * D("1") + 10 * D("2")) / 1_000_000, "its prompt cannot reach the tier"
    spool.process("job.jsonl", lines)
    assert costs(results.job_named(spool, "job.jsonl")) == [
        (200 * D("1") + 10 * D("2")) / 1_000_000, (201 * D("3") + 10 * D("5")) / 1_000_000]


@pytest.mark.fast
def test_images_take_what_the_model_declares(spool, mock):
    url = "data:image/png;base64," + "A" * 4000
    content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    seeing = line("r", {"model": MODEL, "max_tokens": 10, "messages": [{"role": "user", "content": content}]})
    spool.configure(model=USUAL)
    [refused] = spool.json("plan", spool.write("plan.jsonl", [seeing]), code=None)["refused"]
    assert refused["code"] == "unbounded_content" and "image_tokens" in refused["reason"]
    spool.configure(model=USUAL | {"image_tokens": 1200, "image_usd": "0.003"})
    text = len(json.dumps(seeing["body"], ensure_ascii=False).encode()) - len(url) - 2
    plan = spool.json("plan", spool.write("plan.jsonl", [seeing]))
    prompt = text + 16 + 64 + 1200
    assert D(plan["worst_usd"]) == (prompt * D("1") + 10 * D("2")) / 1_000_000 + D("0.003")
    mock.script = lambda request: {"usage": usage(1100, 5)}
    spool.process("job.jsonl", [seeing])
    assert costs(results.job_named(spool, "job.jsonl")) == [(1100 * D("1") + 5 * D("2")) / 1_000_000 + D("0.003")]


def test_a_price_change_prices_each_attempt_by_its_own_time(spool, mock):
    change = utc_now() + datetime.timedelta(seconds=8)
    spool.configure(
        model=USUAL, lane="concurrency = 1",
        models=(
            f'[[models.{MODEL}.prices]]\nfrom = "{change.isoformat(timespec="milliseconds")}"\n'
            f'input_usd_per_million = "10"\noutput_usd_per_million = "20"\n'))
    lines = [chat(f"r{i}", f"{i} " + "x" * 50 + marker(usage=usage(20, 5))) for i in range(4)]
    mock.hold()
    with spool.daemon():
        spool.drop("job.jsonl", lines)
        wait_for(lambda: mock.count == 1, 7, "the first request, before the price changes")
        assert utc_now() < change
        wait_for(lambda: utc_now() > change, 20, "the price to change")
        mock.release()
        wait_for(lambda: results.jobs(spool), 30, "the job")
    job = results.job_named(spool, "job.jsonl")
    old = (20 * D("1") + 5 * D("2")) / 1_000_000
    # Which of the four is the first to be sent is not said.
    assert sorted(costs(job)) == [old, 10 * old, 10 * old, 10 * old]
    assert job.report["attempts"] == {"total": 4, "retried": 0} and mock.count == 4
    reserved = [record for record in budget_file.today(spool).records if record["kind"] == "reserve"]
    assert len(reserved) == 2 and D(reserved[1]["usd"]) > 7 * D(reserved[0]["usd"]), "three at ten times the price"
    spool.run("budget", "verify")


@pytest.mark.fast
def test_a_price_file_gives_prices_and_limits(spool, mock):
    costs_of_model = {
        "mode": "chat", "input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07,
        "cache_read_input_token_cost": 7.5e-08, "max_input_tokens": 128000, "max_output_tokens": 77}
    prices_from(spool, {"org/name": costs_of_model}, price_of="org/name")
    told = usage(100, 20, cached=64)
    spool.process("job.jsonl", [chat("r", "x" * 200 + marker(usage=told), max_tokens=None)])
    assert costs(results.job_named(spool, "job.jsonl")) == [36 * D("1.5e-07") + 64 * D("7.5e-08") + 20 * D("6e-07")]
    assert mock.seen[0].body["max_tokens"] == 77


@pytest.mark.fast
@pytest.mark.parametrize("entry, reason", [
    (None, "has no"), ({"input_cost_per_token": 1e-13, "output_cost_per_token": 1e-6}, "picodollars"),
    ({"input_cost_per_token": 0.0, "output_cost_per_token": 0.0}, "free = true"),
    ({"input_cost_per_token": 1e-6}, "output_cost_per_token")])
def test_a_price_that_cannot_be_used_refuses_its_lines_and_nothing_else(spool, mock, entry, reason):
    prices_from(spool, {} if entry is None else {MODEL: entry})
    assert reason in spool.run("doctor", code=None).out
    spool.process("job.jsonl", chats(3), code=None)
    job = results.job_named(spool, "job.jsonl")
    assert job.error_codes() == {"price_unknown": 3} and mock.count == 0
    assert reason in job.errors()[0]["error"]["message"]


def test_a_price_file_that_changes_is_loaded_again(spool, mock):
    prices_from(spool, {MODEL: {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6}})
    told = marker(usage=usage(20, 5))
    with spool.daemon() as daemon:
        spool.drop("a.jsonl", [chat("a", "first " + told)])
        wait_for(lambda: len(results.jobs(spool)) == 1, 30, "the first job")
        changed = {MODEL: {"input_cost_per_token": 2e-6, "output_cost_per_token": 2.5e-6}}
        (spool.config / "prices.json").write_text(json.dumps(changed))
        daemon.await_log("daemon.reloaded")
        spool.drop("b.jsonl", [chat("b", "second " + told)])
        wait_for(lambda: len(results.jobs(spool)) == 2, 30, "the second job")
    assert costs(results.job_named(spool, "a.jsonl")) == [25 * D("1e-6")]
    assert costs(results.job_named(spool, "b.jsonl")) == [20 * D("2e-6") + 5 * D("2.5e-6")]
