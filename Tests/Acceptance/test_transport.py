"""The way to an endpoint: trust, client certificates, proxies, sizes, and no secret beside it."""
import base64
import gzip
import json
import os
import pathlib

import pytest

import budget_file
import results
from connect_proxy import ConnectProxy
from mock_server import MockServer
from request_lines import chats
from tls_files import TLSFiles
from waiting import wait_for


@pytest.fixture
def tls(tmp_path):
    return TLSFiles(tmp_path / "tls")


def reach(spool, server, **keys):
    """Points the one endpoint there."""
    stated = "".join(f"{name} = {json.dumps(value)}\n" for name, value in keys.items())
    spool.url = server.url
    spool.configure()
    text = (spool.config / "models.toml").read_text()
    spool.write_config(models=text.replace("[models.", f"{stated}[models.", 1))


def refused(spool, server, *words):
    """The job cannot be sent, with a reason in words, and nothing has been spent on it."""
    spool.drop("job.jsonl", chats(3))
    assert spool.once(code=None).returncode in (69, 75)
    [job] = spool.status()["jobs"]
    assert all(word in job["reason"] for word in words), job["reason"]
    assert server.count == 0 and budget_file.total_spent(spool) == budget_file.total_unknown(spool) == 0


def answered(spool, count=3):
    spool.process("job.jsonl", chats(count))
    assert results.job_named(spool, "job.jsonl").report["lines"]["answered"] == count


@pytest.mark.fast
def test_an_authority_that_nobody_knows_is_not_trusted(spool, tls):
    with MockServer(tls=tls.context()) as server:
        reach(spool, server)
        refused(spool, server, "no trusted TLS connection", "certificate")


@pytest.mark.fast
def test_a_stated_authority_is_trusted_and_connections_last_over_shards(spool, tls):
    with MockServer(tls=tls.context()) as server:
        reach(spool, server, ca_file=os.path.relpath(tls.authority_file, spool.config))
        spool.write_config(bobbin=(spool.config / "bobbin.toml").read_text().replace(
            "concurrency = 16", "concurrency = 2\nshard_lines = 5"))
        answered(spool, 60)
        assert server.count == 60 and server.connections <= 4
        assert len(results.job_named(spool, "job.jsonl").report["shards"]) >= 9


def test_a_stated_authority_is_the_only_one(spool, tls, tmp_path):
    other = TLSFiles(tmp_path / "other")
    with MockServer(tls=other.context()) as server:
        reach(spool, server, ca_file=tls.authority_file)
        refused(spool, server, "no trusted TLS connection")


def test_a_file_that_is_not_there_is_said_by_doctor_and_sends_nothing(spool, tls):
    with MockServer(tls=tls.context()) as server:
        reach(spool, server, ca_file="gone.pem", client_certificate="bobbin.toml", client_key="credential:k")
        shown = spool.json("doctor")["configuration"]["endpoints.mock"]
        assert f"trusts {spool.config}/gone.pem alone (there is no such file)" in shown
        assert f"shows {spool.config}/bobbin.toml (which is no PEM file)" in shown
        assert "its key is the credential k" in shown and "$CREDENTIALS_DIRECTORY is not set" in shown
        reach(spool, server, ca_file="gone.pem")
        refused(spool, server, "no trusted TLS connection", "gone.pem")


def test_a_client_certificate_whose_key_is_a_credential(spool, tls, tmp_path):
    with MockServer(tls=tls.context(asks_for_client=True)) as server:
        certificate, key = tls.client
        reach(spool, server, ca_file=tls.authority_file, client_certificate=certificate, client_key="credential:key")
        credentials = tmp_path / "credentials"
        credentials.mkdir()
        spool.environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
        refused(spool, server, "TLS")
        os.link(key, credentials / "key")
        spool.once()
        assert results.job_named(spool, "job.jsonl").report["lines"]["answered"] == 3


def test_a_proxy_is_used_where_it_is_stated_and_gets_no_key_of_the_endpoint(spool, tls):
    login = "bob:p%40ss:word"
    header = "Basic " + base64.b64encode(login.encode()).decode()
    with MockServer(tls=tls.context()) as server, ConnectProxy(header) as proxy, ConnectProxy() as other:
        reach(spool, server, ca_file=tls.authority_file, proxy=proxy.url, proxy_credentials="env:LOGIN",
              api_key="env:KEY")
        spool.environment = {
            "LOGIN": login, "KEY": "sk-endpoint", "no_proxy": "127.0.0.1", "https_proxy": other.url}
        answered(spool)
        assert proxy.heads and not any("sk-endpoint" in line for head in proxy.heads for line in head)
        assert {request.headers["authorization"] for request in server.seen} == {"Bearer sk-endpoint"}
        assert not any("proxy-authorization" in request.headers for request in server.seen)
        assert other.heads == []


def test_a_proxy_that_refuses_us_is_no_spending(spool, tls):
    with MockServer(tls=tls.context()) as server, ConnectProxy("Basic nobody") as proxy:
        reach(spool, server, ca_file=tls.authority_file, proxy=proxy.url)
        refused(spool, server, "no connection", "407")


def test_a_proxy_of_the_environment_only_where_that_is_stated(spool, tls):
    with MockServer(tls=tls.context()) as server, ConnectProxy() as proxy:
        spool.environment = {"https_proxy": proxy.url, "HTTPS_PROXY": proxy.url, "ALL_PROXY": proxy.url}
        reach(spool, server, ca_file=tls.authority_file)
        answered(spool)
        assert proxy.heads == []
        reach(spool, server, ca_file=tls.authority_file, proxy="environment")
        spool.process("other.jsonl", chats(3, start=100))
        assert server.count == 6 and len(proxy.heads) >= 1


def test_an_answer_that_swells_is_given_up_at_the_limit(spool, mock):
    bomb = gzip.compress(bytes(400 << 20), 9)
    assert len(bomb) < 1 << 20
    mock.script = lambda request: {"body": bomb, "headers": {"Content-Encoding": "gzip"}}
    reach(spool, mock, answer_bytes_max=1 << 20)
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", chats(1))
        wait_for(lambda: results.jobs(spool), 60, lambda: f"the verdict\n{daemon.log}")
        status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
        peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
        assert peak < 300, f"{peak} MiB at the most"
    job = results.job_named(spool, "job.jsonl")
    assert "larger than the limit of 1048576 bytes" in job.errors()[0]["error"]["message"]
    assert mock.count == 4 and job.report["cost"]["unknown_usd"] != "0"


def test_a_rotated_credential_is_used_without_a_restart(spool, mock, tmp_path):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "key").write_text("sk-first\n")
    reach(spool, mock, api_key="credential:key")
    with spool.daemon(env={"CREDENTIALS_DIRECTORY": str(credentials)}) as daemon:
        spool.drop("first.jsonl", chats(2))
        wait_for(lambda: len(results.jobs(spool)) == 1, 30, lambda: f"the first\n{daemon.log}")
        (credentials / "new").write_text("sk-second\n")
        (credentials / "new").rename(credentials / "key")
        spool.drop("second.jsonl", chats(2, start=10))
        wait_for(lambda: len(results.jobs(spool)) == 2, 30, lambda: f"the second\n{daemon.log}")
    keys = [request.headers["authorization"] for request in mock.seen]
    assert keys == ["Bearer sk-first"] * 2 + ["Bearer sk-second"] * 2


def test_no_process_shows_a_secret(spool, mock, tmp_path):
    """Command lines are for everybody to read; what a program is started with, for whoever it runs as."""
    secret = "sk-" + "q" * 30
    told = tmp_path / "told"
    tell = tmp_path / "tell"
    tell.write_text(f"#!/bin/sh\ntr '\\0' '\\n' </proc/$$/environ >{told}.part && mv {told}.part {told}\n")
    tell.chmod(0o755)
    reach(spool, mock, api_key="env:THE_KEY")
    bobbin = (spool.config / "bobbin.toml").read_text()
    spool.write_config(bobbin=f'{bobbin}[notify]\nexec = ["{tell}", "{{event}}"]\n')
    mock.hold()
    with spool.daemon(env={"THE_KEY": secret, "OTHER": "stays", "BOBBIN_LOG": "debug"}) as daemon:
        spool.drop("job.jsonl", chats(2))
        mock.await_in_flight(2)
        family = [daemon.process.pid, *children(daemon.process.pid)]
        assert len(family) > 1, "there is no helper to look at"
        for pid in family:
            process = pathlib.Path(f"/proc/{pid}")
            assert secret.encode() not in (process / "cmdline").read_bytes()
            assert pid == daemon.process.pid or secret.encode() not in (process / "environ").read_bytes()
        mock.release()
        spool.drop("bad.jsonl", b"this is told\n")
        wait_for(told.exists, 30, lambda: f"the program\n{daemon.log}")
        assert secret not in daemon.log
    environment = told.read_text()
    assert "OTHER=stays" in environment and secret not in environment and "THE_KEY" not in environment


def children(pid):
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text().split()]
