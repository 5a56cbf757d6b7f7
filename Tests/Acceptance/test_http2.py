"""One request on the wire is one attempt over HTTP/2 too, whatever a server does to streams and connections."""
import decimal

import pytest

import budget_file
import results
from h2_server import H2Server
from mock_server import MockServer
from request_lines import chats
from test_transport import reach
from tls_files import TLSFiles

D = decimal.Decimal


@pytest.fixture
def tls(tmp_path):
    return TLSFiles(tmp_path / "tls")


@pytest.mark.fast
def test_requests_share_a_connection(spool, tls):
    with H2Server(tls.context("h2", "http/1.1")) as server:
        reach(spool, server, http="2", ca_file=tls.authority_file, api_key="env:KEY")
        spool.environment = {"KEY": "sk-two"}
        spool.process("job.jsonl", chats(200))
        job = results.job_named(spool, "job.jsonl")
        assert job.report["lines"]["answered"] == 200 == len(server.seen)
        assert server.versions == {"h2"} and server.connections <= 3
        assert {head["authorization"] for head in server.headers} == {"Bearer sk-two"}


def test_a_server_that_speaks_only_the_old_version_is_answered_in_it(spool, tls):
    with MockServer(tls=tls.context("http/1.1")) as server:
        reach(spool, server, http="2", ca_file=tls.authority_file)
        spool.process("job.jsonl", chats(5))
        assert server.count == 5


def test_without_being_asked_for_it_is_not_used(spool, tls):
    with H2Server(tls.context("h2")) as server:
        reach(spool, server, ca_file=tls.authority_file)
        spool.drop("job.jsonl", chats(2))
        spool.once(code=None)
        assert "h2" not in server.versions and not server.seen


@pytest.mark.parametrize("fate", ["refuse", "reset", "goaway", "close"])
def test_what_a_server_breaks_is_an_attempt_of_its_own(spool, tls, fate):
    """Every third of the first requests is broken after it has arrived whole."""
    def script(number, connection):
        return fate if number < 30 and number % 3 == 2 else "answer"

    with H2Server(tls.context("h2"), script) as server:
        reach(spool, server, http="2", ca_file=tls.authority_file)
        # Few at a time: what a broken connection takes with it is tried again, within the endpoint's share of retries.
        stated = (spool.config / "bobbin.toml").read_text()
        spool.write_config(
            bobbin=stated.replace("attempts = 4", "attempts = 9").replace("concurrency = 16", "concurrency = 4"))
        lines = chats(60)
        spool.process("job.jsonl", lines)
        job = results.job_named(spool, "job.jsonl")
        report = results.check_whole(job, lines, spool.directory)
        assert report["lines"]["answered"] == 60
        assert len(set(server.seen)) == 60 and len(server.seen) >= 70
        assert len(server.seen) <= report["attempts"]["total"], "a request went out that no attempt was booked for"
        if fate in ("refuse", "reset"):  # the others take requests with them that have not arrived whole
            assert len(server.seen) == report["attempts"]["total"] == 70
        assert D(report["cost"]["unknown_usd"]) == budget_file.today(spool).unknown > 0
