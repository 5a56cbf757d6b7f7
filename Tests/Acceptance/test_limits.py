"""Requests and tokens a minute of an endpoint: no 429 is provoked, and one that comes is obeyed for all requests."""
import json
import time

import results
from mock_limits import Limits
from mock_server import MockServer
from request_lines import chats
from waiting import holds_for, wait_for


def limit(spool, **keys):
    """Puts limits into [endpoints.mock]."""
    stated = "".join(f"{name} = {value}\n" for name, value in keys.items())
    path = spool.config / "models.toml"
    spool.write_config(models=path.read_text().replace("[models.", f"{stated}[models.", 1))


def test_no_minute_holds_more_than_the_limits(spool, mock):
    """Two endpoints at once, as a minute is a minute: 60 requests, by a sliding window, and 2,000 tokens, by minutes of
    the clock."""
    mock.limits = Limits(requests=60)
    mock.delay = 0.05
    with MockServer() as other:
        other.limits = Limits(tokens=2000, kind="fixed")
        other.script = lambda request: {
            "delay": 0.05, "usage": {"prompt_tokens": 30, "completion_tokens": 10, "total_tokens": 40}}
        spool.configure(
            bobbin="[lanes.other]\nconcurrency = 16\n",
            models=f'[endpoints.other]\nurl = "{other.url}"\ntokens_per_minute = 2000\n[models.mock-2]\n'
                   'endpoint = "other"\ninput_usd_per_million = "1"\noutput_usd_per_million = "1"\n')
        limit(spool, requests_per_minute=60)
        doctor = spool.json("doctor", "--spool", spool.path)["configuration"]
        assert doctor["endpoints.mock"] == f"{mock.url}, at most 60 requests a minute"
        with spool.daemon():
            began = time.monotonic()
            spool.drop("requests.jsonl", chats(75))
            spool.drop("tokens.jsonl", chats(60, start=500, model="mock-2"), lane="other")
            wait_for(lambda: mock.count == 60 and other.count == 50, 30, lambda: f"{mock.count}, {other.count} sent")
            holds_for(lambda: mock.count == 60 and other.count == 50, 20, lambda: f"{mock.count}, {other.count} sent")
            wait_for(lambda: len(results.jobs(spool)) == 2, 60, lambda: f"both jobs, {mock.count}, {other.count} sent")
            assert 60 <= time.monotonic() - began < 75
        assert mock.limits.refused == [] and mock.limits.most(1) == 60
        assert other.limits.refused == [] and other.limits.most(2) == 2000
    assert mock.count == 75 and other.count == 60


def test_a_stop_waits_for_no_minute(spool, mock):
    limit(spool, requests_per_minute=5)
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", chats(20))
        wait_for(lambda: mock.count == 5, 20, lambda: f"{mock.count} sent")
        began = time.monotonic()
        daemon.stop()
        assert time.monotonic() - began < 5
    assert mock.count == 5


def test_a_429_closes_the_endpoint_for_everything(spool, mock):
    """The configuration knows of no limit, so the server has to say it: each time to those in flight alone."""
    mock.limits = Limits(requests=8, seconds=3)
    spool.configure(lane="concurrency = 4")
    lines = chats(30)
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", lines)
        wait_for(lambda: results.jobs(spool), 60, lambda: f"the verdict, {mock.count} sent\n{daemon.log}")
        assert "endpoint.unavailable" not in daemon.log
    results.check_whole(results.job_named(spool, "job.jsonl"), lines, spool.directory)
    # Each pause is said to those who were in flight together, and waited for by everybody else.
    refused = mock.limits.refused
    pauses = 1 + sum(after - before > 0.9 for before, after in zip(refused, refused[1:]))
    assert refused and len(refused) <= 4 * pauses and len(mock.limits.admitted) == 30
    for at in refused:
        assert not [r for r in mock.seen if at + 0.5 < r.at < at + 0.95], json.dumps([r.at - at for r in mock.seen])
