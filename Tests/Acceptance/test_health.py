"""An endpoint that is overloaded, down or nearly: how much it is sent, and that no line is lost for it."""
import time

import results
from request_lines import chats
from test_limits import limit
from waiting import wait_for


def test_overload_halves_what_is_in_flight(spool, mock):
    mock.script = lambda request: {"status": 503} if request.number < 16 else {}
    mock.hold()
    with spool.daemon():
        spool.drop("job.jsonl", chats(60))
        mock.await_in_flight(16)
        mock.release(16)
        wait_for(lambda: mock.stats()["by_status"][503] == 16 and mock.in_flight >= 8, 30, "the others")
        mock.await_in_flight(8)
        mock.release()
        wait_for(lambda: results.jobs(spool), 60, "the verdict")
    assert results.job_named(spool, "job.jsonl").report["lines"]["answered"] == 60


def test_its_own_concurrency_goes_before_the_lanes(spool, mock):
    limit(spool, concurrency=5)
    mock.hold()
    with spool.daemon():
        spool.drop("job.jsonl", chats(40))
        mock.await_in_flight(5)
        mock.release()
        wait_for(lambda: results.jobs(spool), 30, "the verdict")
    assert mock.max_in_flight == 5 and mock.count == 40


def test_who_waits_for_a_slot_of_the_endpoint_goes_at_once(spool, mock):
    """Looking each tenth of a second would take ten seconds more than with as few slots in the lane."""
    seconds = []
    for number, (lane, endpoint) in enumerate([(1, 16), (16, 1)]):
        spool.configure(lane=f"concurrency = {lane}")
        limit(spool, concurrency=endpoint)
        mock.max_in_flight = 0
        began = time.monotonic()
        spool.process(f"{number}.jsonl", chats(100, start=1000 * number))
        seconds.append(time.monotonic() - began)
        assert mock.max_in_flight == 1
    assert seconds[1] < 2 * seconds[0] + 4, seconds


def test_while_it_is_down_one_request_a_pause_asks(spool, mock):
    spool.configure(bobbin='[retry]\nbase = "10ms"\n[lanes.other]\nconcurrency = 8\n')
    mock.script = lambda request: {"status": 503}
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", chats(60))
        spool.drop("other.jsonl", chats(60, start=500), lane="other")
        daemon.await_log("endpoint.unavailable")
        wait_for(lambda: len(spool.parked()) == 2, 30, lambda: f"both wait\n{daemon.log}")
        down = mock.count
        # 2, 4 and 8 seconds after each other.
        wait_for(lambda: mock.count >= down + 3, 40, lambda: f"three probes\n{daemon.log}")
        at = [request.at for request in mock.seen[down - 1:]]
        pauses = [after - before for before, after in zip(at, at[1:])]
        assert len(pauses) == 3 and pauses[1] > 3 and pauses[2] > 7, pauses
        mock.script = lambda request: {}
        wait_for(lambda: len(results.jobs(spool)) == 2, 90, lambda: f"the verdicts\n{daemon.log}")
        assert daemon.log.count("endpoint.unavailable") == 1
    for name in ("job.jsonl", "other.jsonl"):
        assert results.job_named(spool, name).report["lines"]["answered"] == 60


def test_retries_keep_to_their_share(spool, mock):
    """Each line fails at first. Sixty and a tenth are tried again; then the job waits, and none fails."""
    spool.configure(bobbin='[retry]\nbase = "10ms"\n')
    limit(spool, retry_share=0.1)
    lines = chats(400)
    seen = set()

    def first_fails(request):
        known = request.sha256 in seen
        seen.add(request.sha256)
        return {} if known else {"status": 500}
    mock.script = first_fails
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", lines)
        [parked] = spool.parked()
        assert "retry_share" in parked["reason"]
        # Until it waits: after two seconds it asks the endpoint again.
        seen_at = [request.at for request in mock.seen]
        pause = next((n for n in range(1, len(seen_at)) if seen_at[n] - seen_at[n - 1] > 1.5), len(seen_at))
        distinct = len({request.sha256 for request in mock.seen[:pause]})
        assert pause - distinct <= 60 + 0.1 * distinct and mock.resent >= 60, (pause, distinct, mock.resent)
        mock.script = lambda request: {}
        wait_for(lambda: results.jobs(spool), 60, lambda: f"the verdict\n{daemon.log}")
    report = results.check_whole(results.job_named(spool, "job.jsonl"), lines, spool.directory)
    assert report["lines"]["answered"] == 400


def rates(left, reset):
    return {"headers": {"x-ratelimit-remaining-requests": left, "x-ratelimit-reset-requests": reset}}


def test_what_it_says_that_it_still_takes_is_obeyed(spool, mock):
    spool.configure(lane="concurrency = 4")
    mock.script = lambda request: rates("0", "2s") if request.number < 4 else rates("1000", "2s")
    spool.process("job.jsonl", chats(12))
    at = [request.at for request in mock.seen]
    assert mock.count == 12 and at[4] - at[3] >= 1.9, at


def test_garbage_in_those_headers_is_nothing(spool, mock):
    spool.configure(lane="concurrency = 4")
    mock.script = lambda request: rates("0", "soon")
    began = time.monotonic()
    spool.process("job.jsonl", chats(12))
    assert mock.count == 12 and time.monotonic() - began < 30
