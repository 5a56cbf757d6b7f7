"""Which model answers: by what a line needs, and for a share of the lines a new one beside the others, over kill -9."""
import collections
import decimal
import math

import pytest
import scipy.stats

import budget_file
import results
from killing import daemon_that_dies
from request_lines import MODEL, chats
from waiting import wait_for
from worst_case import FLAT

D = decimal.Decimal
DEAR, NEW = "mock-2", "mock-3"
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
USED = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}


def table(name, price, more=""):
    return (f'[models.{name}]\nendpoint = "mock"\nmax_output_tokens = 64\ncontext_tokens = 8192\n'
            f'input_usd_per_million = "{price}"\noutput_usd_per_million = "{price}"\n{more}')


def configure(spool, route="", gate=""):
    """A cheap model that can nothing beside texts, a dear one with tools, and a route of the two."""
    models = table(DEAR, "3.00", 'capabilities = ["tools"]\n') + table(NEW, "2.00")
    spool.configure(
        model={**FLAT, "capabilities": []}, models=f'{models}[routes.r]\nmodels = ["{MODEL}", "{DEAR}"]\n{route}',
        gate=f"{gate}[canary]\nlines = 0\n")


def sent(mock):
    """(model, prompt) of each request."""
    return [(request.body["model"], request.text) for request in mock.seen]


@pytest.mark.fast
def test_a_line_with_tools_goes_to_the_model_that_has_them(spool, mock):
    configure(spool)
    mock.script = lambda request: {"usage": USED}
    lines = [line for pair in zip(chats(20, model="r"), chats(20, start=20, model="r", tools=TOOLS)) for line in pair]
    lines += chats(1, start=40, model="r", reasoning_effort="low")
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    assert report["lines"]["answered"] == 40 and job.error_codes() == {"no_model": 1}
    message = job.errors()[0]["error"]["message"]
    assert all(f'"{model}" has no ' in message for model in (MODEL, DEAR)), message
    assert all(("tools" in request.body) == (request.body["model"] == DEAR) for request in mock.seen)
    assert collections.Counter(model for model, _ in sent(mock)) == {MODEL: 20, DEAR: 20}
    assert job.spent == 20 * D("0.00003") + 20 * D("0.00009") == budget_file.today(spool).spent
    spool.run("budget", "verify")
    assert f"{MODEL}, then {DEAR}" in spool.run("doctor").out


def test_a_share_is_tried_on_a_new_model_over_kill_9(spool, mock):
    configure(
        spool, f'trial = {{ model = "{NEW}", share = 0.2 }}\n',
        '[checks]\njson = true\n[sample]\nacceptable = 0.5\nrejectable = 0.9\n')

    def script(request):
        prose = request.body["model"] == NEW and int(request.text.split()[-1].rstrip(".")) % 4 == 0
        return {"content": "It is so." if prose else '{"a": 1}', "usage": USED}

    mock.script = script
    lines = chats(200, model="r")
    planned = spool.json("plan", spool.write("plan.jsonl", lines))["trials"]
    (tried,) = [trial["lines"] for trial in planned if (trial["route"], trial["model"]) == ("r", NEW)]
    assert 15 <= tried <= 65
    mock.delay = 0.02
    spool.drop("job.jsonl", lines)
    daemon_that_dies(spool, lambda daemon: mock.count >= 80)
    wait_for(lambda: mock.in_flight == 0, 10, "the dead daemon's connections to be noticed")
    assert mock.count < 200
    mock.delay = 0
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    spool.run("budget", "verify")
    assert len(set(sent(mock))) == len({prompt for _, prompt in sent(mock)}) == 200, "a line went to two models"
    assert len({prompt for model, prompt in sent(mock) if model == NEW}) == tried
    check_sides(report, job, tried)
    shown = spool.json("report")
    assert [trial["trial"]["lines"] for trial in shown["trials"]] == [tried]
    assert "trial on r" in spool.run("report", job.name).out
    # The others are known by the keys that they had without a trial, its own are asked anew when it is over.
    configure(spool, gate="[checks]\njson = true\n")
    before = mock.count
    spool.process("again.jsonl", lines)
    assert mock.count - before == tried and {model for model, _ in sent(mock)[before:]} == {MODEL}


def check_sides(report, job, tried):
    """Both sides add up to the job, and the interval is the one that scipy's score intervals give."""
    (trial,) = report["trials"]
    sides, figures = [trial["trial"], trial["others"]], report["figures"]
    assert (trial["route"], trial["model"], sides[0]["lines"]) == ("r", NEW, tried)
    for name in ("lines", "answered", "failed", "refused", "accepted_answers", "tokens"):
        assert sum(side[name] for side in sides) == figures[name], name
    for name in ("spent_usd", "unknown_usd"):
        assert sum(D(side[name]) for side in sides) == D(report["cost"][name]), name
    assert sum(side["accepted_answers"] for side in sides) == len(job.output()) < 200
    assert sides[1]["defective"] == 0 < sides[0]["defective"] == 200 - len(job.output())
    (one, other) = (scipy.stats.binomtest(side["defective"], side["answered"]) for side in sides)
    (first, second) = (test.proportion_ci(method="wilson") for test in (one, other))
    rate = one.statistic - other.statistic
    low = rate - math.hypot(one.statistic - first.low, second.high - other.statistic)
    high = rate + math.hypot(first.high - one.statistic, other.statistic - second.low)
    found = [float(trial["difference"][name]) for name in ("rate", "low", "high")]
    assert found == pytest.approx([rate, low, high], abs=1e-9)
