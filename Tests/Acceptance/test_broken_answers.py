"""An answer that breaks off or comes too slowly costs what it may have cost, and its line is asked again; all others
are answered meanwhile."""
import pytest

import budget_file
import results
from mock_answers import marker
from request_lines import chat, chats
from waiting import wait_for

GOOD = chats(20)


def process(spool, mock, fault):
    lines = [*GOOD, chat("odd", "odd " + marker(**fault))]
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    results.check_whole(job, lines, spool.directory)
    assert job.report["lines"]["answered"] == len(lines)
    assert budget_file.today(spool).reserved == 0
    return job


@pytest.mark.parametrize("fault", [
    {"reset": "before"}, {"reset": "in"}, {"close": True}, {"cut": True}], ids=lambda fault: str(fault))
def test_a_connection_that_ends_before_the_answer_is_whole(spool, mock, fault):
    job = process(spool, mock, {**fault, "times": 1})
    [odd] = [record for record in job.output() if record["custom_id"] == "odd"]
    assert odd["bobbin"]["attempts"] == 2 and mock.resent == 1
    assert budget_file.total_unknown(spool) > 0, "it may have been billed"


def test_a_connection_that_is_reset_after_the_answer(spool, mock):
    """The answer is whole, so nothing is asked again, and the next request takes a new connection."""
    job = process(spool, mock, {"reset": "after"})
    assert mock.resent == 0 and job.report["attempts"]["retried"] == 0
    assert budget_file.total_unknown(spool) == 0


def test_every_connection_is_reset_after_its_answer(spool, mock):
    """A request may go out on a connection that has just died, and the next attempt on another: nobody can tell that it
    did not arrive."""
    spool.configure(bobbin='[retry]\nattempts = 20\nbase = "10ms"\ncap = "100ms"\n')
    mock.script = lambda request: {"reset": "after"}
    lines = chats(200)
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    results.check_whole(job, lines, spool.directory)
    assert job.report["lines"]["answered"] == mock.count == mock.distinct == 200
    assert (job.report["attempts"]["retried"] > 0) == (budget_file.total_unknown(spool) > 0)


def test_an_answer_that_drips_is_given_up_and_holds_up_nobody(spool, mock):
    """A byte now and then: the time that a request may take is for the whole of it, not for its next byte."""
    spool.configure(bobbin='[retry]\nattempts = 4\nbase = "10ms"\nrequest_timeout = "2s"\n', gate="[canary]\nlines = 0\n")
    lines = [chat("odd", "odd " + marker(drip=0.1, times=1)), *GOOD]
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", lines)
        wait_for(lambda: sum(request.outcome == "answered" for request in mock.seen) >= len(GOOD), 30,
                 lambda: f"the others' answers: {mock.stats()}\n{daemon.log}")
        wait_for(lambda: results.jobs(spool), 60, lambda: f"the verdict: {spool.status()}\n{daemon.log}")
    job = results.job_named(spool, "job.jsonl")
    results.check_whole(job, lines, spool.directory)
    assert mock.resent == 1 and job.report["lines"]["answered"] == len(lines)
    assert budget_file.total_unknown(spool) > 0
    first = next(request for request in mock.seen if "odd" in request.text)
    assert first.outcome == "left"
