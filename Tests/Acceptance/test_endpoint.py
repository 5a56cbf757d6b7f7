"""An endpoint in trouble: waited for, asked again with care, never asked in vain, and every asking is counted."""
import datetime
import decimal
import itertools

import pytest

import budget_file
import results
import scratch_spool
from mock_answers import marker
from mock_server import MockServer
from request_lines import chat, chats
from waiting import holds_for, wait_for
from wall_clock import WallClock

D = decimal.Decimal


def test_a_dead_endpoint_is_waited_for_with_a_reason(spool, mock):
    mock.stop()
    lines = chats(30)
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", lines)

        def reason():
            return [job["reason"] for job in spool.status()["jobs"] if job["reason"]]
        wait_for(reason, 30, lambda: f"a reason: {spool.status()}\n{daemon.log}")
        holds_for(lambda: not results.jobs(spool), 1, "no verdict on a job that could not ask")
        with MockServer(mock.port) as alive:
            wait_for(lambda: results.jobs(spool), 90, lambda: f"the verdict: {spool.status()}\n{daemon.log}")
            assert alive.distinct == 30
    job = results.job_named(spool, "job.jsonl")
    assert results.check_whole(job, lines, spool.directory)["lines"]["answered"] == 30
    assert budget_file.total_unknown(spool) == 0, "a refused connection costs nothing"


def test_once_with_a_dead_endpoint_says_try_later(spool, mock):
    mock.stop()
    spool.drop("job.jsonl", chats(5))
    assert spool.once(code=None).returncode in (69, 75)
    assert len(spool.status()["jobs"]) == 1
    with MockServer(mock.port) as alive:
        spool.once()
        assert alive.count == 5


def test_a_clock_that_steps_back_does_not_keep_an_endpoint_waiting(spool, mock):
    """When it is asked again is a matter of how long it is since, not of what the clock on the wall showed."""
    clock = WallClock(spool.directory)
    spool.environment = clock.environment
    now = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
    clock.go_from(now)
    mock.stop()
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", chats(5))
        spool.parked()
        clock.go_from(now - datetime.timedelta(hours=1))
        with MockServer(mock.port):
            wait_for(lambda: results.jobs(spool), 90, lambda: f"the verdict: {spool.status()}\n{daemon.log}")


def test_401_on_every_request_parks_early(spool, mock):
    mock.script = lambda request: {"status": 401}
    with spool.daemon():
        spool.drop("job.jsonl", chats(300))
        [parked] = spool.parked()
        assert "401" in parked["reason"]
        assert mock.count <= 32, "the file is not burnt on a key that is wrong"
        assert budget_file.total_spent(spool) == budget_file.total_unknown(spool) == 0
    mock.script = lambda request: {}
    spool.once()
    assert results.job_named(spool, "job.jsonl").report["lines"]["answered"] == 300


def test_insufficient_quota_parks_too(spool, mock):
    body = '{"error":{"message":"You exceeded your quota","type":"insufficient_quota","code":"insufficient_quota"}}'
    mock.script = lambda request: {"status": 429, "body": body}
    with spool.daemon():
        spool.drop("job.jsonl", chats(300))
        [parked] = spool.parked(seconds=40)
        assert "quota" in parked["reason"] and mock.count <= 32 * 4


@pytest.mark.fast
def test_503_twice_and_then_good(spool, mock):
    lines = chats(10) + [chat("flaky", "flaky " + marker(status=503, times=2))]
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    [flaky] = [record for record in job.output() if record["custom_id"] == "flaky"]
    assert flaky["bobbin"]["attempts"] == 3
    assert job.report["attempts"] == {"total": 13, "retried": 2} and mock.count == 13


def test_retry_after_is_obeyed(spool, mock):
    spool.process("job.jsonl", [chat("slow", marker(status=429, retry_after="2", times=1)), *chats(5)])
    first, second = [request.at for request in mock.seen if "[[" in request.text]
    assert second - first >= 2
    assert results.job_named(spool, "job.jsonl").report["lines"]["answered"] == 6


@pytest.mark.parametrize("retry_after", ["-1", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "1e9", ""])
def test_a_strange_retry_after_is_survived(spool, mock, retry_after):
    spool.process("job.jsonl", [chat("r", marker(status=429, retry_after=retry_after, times=1))])
    assert mock.count == 2


@pytest.mark.fast
def test_a_client_mistake_is_not_asked_again(spool, mock):
    lines = chats(30) + [chat("wrong", marker(status=400))]
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    [error] = job.errors()
    assert error["custom_id"] == "wrong" and error["response"]["status_code"] == 400
    assert error["response"]["body"]["error"]["code"] == "mock_400"
    assert mock.count == 31 and job.report["lines"]["failed"] == 1
    results.check_whole(job, lines, spool.directory)


def test_an_error_that_stays_fails_after_the_attempts(spool, mock):
    lines = chats(30) + [chat("down", marker(status=500))]
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    assert [error["custom_id"] for error in job.errors()] == ["down"] == [r["custom_id"] for r in job.reprocess()]
    assert mock.count == 30 + 4 and job.report["attempts"] == {"total": 34, "retried": 3}
    results.check_whole(job, lines, spool.directory)


@pytest.mark.parametrize("fault", ["close", "cut", "hang"])
def test_one_request_on_the_wire_is_one_attempt(spool, mock, fault):
    """Each is a request the server may bill: libcurl must not repeat one by itself on a reused connection."""
    # The timeout must end those that hang, and no other on a slow machine.
    timeout = "5s" if fault == "hang" else "60s"
    spool.configure(bobbin=f'[retry]\nattempts = 4\nbase = "10ms"\ncap = "50ms"\nrequest_timeout = "{timeout}"\n')
    lines = chats(40) + [chat(f"bad{i}", f"{i} " + marker(**{fault: True}, times=2)) for i in range(5)]
    lines.sort(key=lambda line: line["custom_id"][-1])  # spread, so that connections are in use by then
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    assert report["lines"]["answered"] == 45
    assert mock.count == report["attempts"]["total"] == 40 + 5 * 3
    assert sum(record["bobbin"]["attempts"] for record in job.output()) == mock.count
    unknown = D(report["cost"]["unknown_usd"])
    assert unknown == budget_file.today(spool).unknown > 0
    # Two unknown attempts for each of five requests, each at its worst case; they are of one size.
    assert (unknown / 10).as_tuple().exponent >= -12


@pytest.mark.parametrize("body", [
    "<html>proxy error</html>", '{"choices": [', "", "null", "[]", "{}", '{"choices": []}',
    '{"error": {"message": "inside a 200", "type": "server_error", "code": null}}'])
def test_a_200_that_is_no_answer_is_not_loaded(spool, mock, body):
    lines = chats(30) + [chat("odd", marker(body=body))]
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    assert [error["custom_id"] for error in job.errors()] == ["odd"] and len(job.output()) == 30
    results.check_whole(job, lines, spool.directory)
    day = budget_file.today(spool)
    assert day.spent + day.unknown > job.spent * 0 and day.reserved == 0


@pytest.mark.fast
def test_a_key_is_sent_and_never_written_anywhere(spool, mock):
    secret = "sk-" + "z" * 40
    text = (spool.config / "models.toml").read_text()
    spool.write_config(models=text.replace("[models.", 'api_key = "env:THE_KEY"\n[models.', 1))
    spool.drop("job.jsonl", chats(2))
    with spool.daemon(env={"THE_KEY": secret, "BOBBIN_LOG": "debug"}) as daemon:
        wait_for(lambda: results.jobs(spool), 30, lambda: f"the verdict\n{daemon.log}")
        assert secret not in daemon.log
    assert {request.headers["authorization"] for request in mock.seen} == {f"Bearer {secret}"}
    assert not [path for path in spool.path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert scratch_spool.environment().get("THE_KEY") is None


def test_concurrency_is_the_lanes(spool, mock):
    for number, concurrency in enumerate((1, 7), 1):
        spool.configure(lane=f"concurrency = {concurrency}")
        mock.max_in_flight = 0
        mock.hold()
        with spool.daemon():
            spool.drop(f"{concurrency}.jsonl", chats(40, start=100 * concurrency))
            mock.await_in_flight(concurrency)
            mock.release()
            wait_for(lambda count=number: len(results.jobs(spool)) == count, 30, lambda: f"job {number}")
        assert mock.max_in_flight == concurrency


def test_connections_are_kept(spool, mock):
    spool.configure(lane="concurrency = 4")
    spool.process("job.jsonl", chats(100))
    assert mock.connections <= 10


def test_a_route_goes_on_to_its_next_model(spool, mock):
    with MockServer() as other:
        spool.configure(models=(
            f'[endpoints.other]\nurl = "{other.url}"\n[models.mock-2]\nendpoint = "other"\n'
            'input_usd_per_million = "1"\noutput_usd_per_million = "1"\nmax_output_tokens = 64\n'
            '[routes.any]\nmodels = ["mock-1", "mock-2"]\n'))
        mock.script = lambda request: {"status": 503}
        lines = chats(5, model="any")
        spool.process("job.jsonl", lines)
        job = results.job_named(spool, "job.jsonl")
        assert {record["bobbin"]["model"] for record in job.output()} == {"mock-2"} and other.count == 5
        results.check_whole(job, lines, spool.directory)
        assert {request.body["model"] for request in other.seen} == {"mock-2"}


def test_input_order_whatever_the_order_of_answers(spool, mock, seeded):
    delays = [seeded.random() / 10 for _ in range(50)]
    numbers = itertools.count()
    mock.script = lambda request: {"delay": delays[next(numbers) % 50]}
    lines = chats(50)
    spool.process("job.jsonl", lines)
    assert [record["custom_id"] for record in results.job_named(spool, "job.jsonl").output()] == [
        line["custom_id"] for line in lines]
