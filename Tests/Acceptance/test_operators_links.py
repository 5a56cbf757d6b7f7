"""What an operator has laid out by links works: links are refused in what others may write to."""
import os

from request_lines import chats
from waiting import wait_for

import results


def test_a_spool_that_is_a_link(spool, mock):
    elsewhere = spool.directory / "elsewhere"
    spool.path.rename(elsewhere)
    os.symlink(elsewhere, spool.path)
    spool.run("doctor")
    with spool.daemon() as daemon:
        spool.drop("a.jsonl", chats(2))
        wait_for(lambda: results.jobs_named(spool, "a.jsonl"), 30, lambda: daemon.log)
        spool.run("submit", spool.write("b.jsonl", chats(1)))
        spool.run("budget", "raise", "4.00")
        # The lock is one, whatever the way that leads to it.
        spool.run("daemon", "--once", "--spool", elsewhere, code=75)
    spool.run("run", spool.write("c.jsonl", chats(3)))
    assert spool.json("budget", "verify")["ok"]


def test_a_key_that_is_a_link(spool, mock):
    """As secrets are mounted: NAME -> ..data/NAME, and ..data is a link to the latest version."""
    secrets = spool.directory / "secrets"
    (secrets / "..1").mkdir(parents=True)
    (secrets / "..1" / "key").write_text("the-key-of-today\n")
    os.symlink("..1", secrets / "..data")
    os.symlink("..data/key", secrets / "key")
    spool.configure(endpoint='api_key = "credential:key"\n')
    spool.environment = {"CREDENTIALS_DIRECTORY": str(secrets)}
    spool.process("a.jsonl", chats(1))
    assert mock.seen[-1].headers["authorization"] == "Bearer the-key-of-today"


def test_a_time_zone_by_an_older_name(spool, mock):
    spool.configure(budget='time_zone = "US/Eastern"\n')
    spool.run("doctor")
    spool.process("a.jsonl", chats(1))
    [job] = results.jobs_named(spool, "a.jsonl")
    assert job.verdict == "accepted"
