"""Who asked to be told is told, once, by a signed webhook or a program, whatever happens to it or to the daemon."""
import contextlib
import json
import re

import pytest

import results
from request_lines import chat, chats
from scratch_spool import environment
from waiting import holds_for, wait_for
from webhook_receiver import SECRET, WebhookReceiver

ENV = {"HOOK_SECRET": SECRET}


def notify(url, more="", base="20ms"):
    return f'[notify]\nwebhook = "{url}"\nwebhook_secret = "env:HOOK_SECRET"\nretry_base = "{base}"\n{more}'


@pytest.fixture
def hook():
    with WebhookReceiver() as receiver:
        yield receiver
        assert not receiver.problems


def outbox(spool):
    path = spool.path / "outbox" / "notices.jsonl"
    # The last line may be half written.
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []


def exhausting(mock):
    """Each answer costs what was set aside for it, nearly."""
    mock.script = lambda request: {"usage": {"prompt_tokens": 60, "completion_tokens": 32, "total_tokens": 92}}


CAP = '[day]\nusd = "0.0004"\n'


@pytest.mark.fast
def test_a_webhook_is_signed_and_told_each_event_once(spool, mock, hook):
    spool.configure(bobbin=notify(hook.url), budget=CAP)
    exhausting(mock)
    with spool.daemon(env=ENV) as daemon:
        spool.drop("job.jsonl", chats(40))
        job = spool.parked()[0]["job"]
        wait_for(lambda: hook.count("budget.exhausted"), 20, lambda: f"the events\n{hook.deliveries}\n{daemon.log}")
        assert hook.events("job.parked")[0].data["job"] == job
        wait_for(lambda: hook.count("budget.threshold") == 2, 20, lambda: f"the thresholds\n{hook.deliveries}")
        assert [event.data["threshold"] for event in hook.events("budget.threshold")] == ["0.5", "0.8"]
        wait_for(lambda: spool.status()["notices"] == {"pending": 0, "failed": 0}, 20, spool.status)
        spool.run("budget", "raise", "1.00")
        wait_for(lambda: results.jobs(spool), 30, lambda: f"the verdict\n{daemon.log}")
        wait_for(lambda: hook.count("job.resumed"), 20, lambda: f"{hook.deliveries}")
        assert hook.count("budget.raised") == 1
    assert not hook.repeats() and hook.count("job.parked") == hook.count("budget.exhausted") == 1
    assert not re.search("whsec_|room=spool", daemon.log + json.dumps(outbox(spool))), "a secret was written down"


def test_a_threshold_that_was_reached_between_two_daemons_is_told_and_tokens_count_too(spool, mock, hook):
    spool.configure(bobbin=notify(hook.url), budget='[day]\nusd = "100.00"\ntokens = 6000\n')
    exhausting(mock)
    spool.run("run", spool.write("job.jsonl", chats(40)), "--json")  # no daemon: it tells nobody
    for _ in range(2):
        with spool.daemon(env=ENV) as daemon:
            wait_for(lambda: hook.count("budget.threshold"), 20, lambda: f"the threshold\n{daemon.log}")
            [told] = hook.events("budget.threshold")
            assert (told.data["threshold"], told.data["tokens"], told.data["cap_tokens"]) == ("0.5", "3680", "6000")
    assert not hook.repeats()


def test_a_cap_that_refuses_instead_of_parking_is_told_too(spool, mock, hook):
    spool.configure(bobbin=notify(hook.url), budget='when_exhausted = "reject"\n' + CAP)
    exhausting(mock)
    with spool.daemon(env=ENV) as daemon:
        spool.drop("job.jsonl", chats(40))
        wait_for(lambda: hook.count("budget.exhausted"), 20, lambda: f"the event\n{daemon.log}")
        wait_for(lambda: results.jobs(spool), 20, "the verdict")
    assert hook.count("budget.exhausted") == 1 and hook.count("job.parked") == 0


@pytest.mark.fast
def test_what_fails_is_sent_again_and_a_redirect_is_not_followed(spool, mock, hook):
    statuses = iter([500, 302, 503])
    hook.headers = {"location": hook.url, "retry-after": "0"}
    hook.answer = lambda delivery: next(statuses, 204)
    spool.configure(bobbin=notify(hook.url))
    with spool.daemon(env=ENV) as daemon:
        spool.drop("bad.jsonl", [b"{"])
        wait_for(lambda: hook.count("job.rejected"), 20, lambda: f"{hook.deliveries}\n{daemon.log}")
        assert [delivery.status for delivery in hook.deliveries] == [500, 302, 503, 204]
        assert len({delivery.id for delivery in hook.deliveries}) == 1, "each attempt has the same id"
        assert daemon.log.count("notify.failed") == 1, "it is said once"


def test_a_receiver_that_is_away_is_told_after_a_restart(spool, mock):
    with WebhookReceiver() as hook:
        port = hook.port
    spool.configure(bobbin=notify(hook.url, base="5s"))
    with spool.daemon(env=ENV) as daemon:
        spool.drop("bad.jsonl", [b"{"])
        daemon.await_log("notify.failed")
        assert spool.status()["notices"] == {"pending": 1, "failed": 0}
        assert "1 not told yet" in spool.run("status").out
        daemon.kill()
    with WebhookReceiver(port) as hook, spool.daemon(env=ENV) as daemon:
        wait_for(lambda: hook.count("job.rejected"), 20, lambda: f"the event\n{daemon.log}")
        wait_for(lambda: spool.status()["notices"]["pending"] == 0, 20, spool.status)
        assert not hook.problems and not hook.repeats()


def test_a_stuck_notice_does_not_hold_up_the_others_and_goes_with_them_once_they_get_through(spool, mock, hook):
    hook.answer = lambda delivery: 500 if len(hook.deliveries) == 0 else 200
    spool.configure(bobbin=notify(hook.url, base="1h"))
    with spool.daemon(env=ENV):
        spool.drop("first.jsonl", [b"{"])
        wait_for(lambda: hook.deliveries, 20, "the first attempt")
        spool.drop("second.jsonl", [b"{"])
        wait_for(lambda: len(hook.accepted) == 2, 20, lambda: f"{hook.deliveries}")
        assert [delivery.data["job"].split(".")[0] for delivery in hook.accepted] == ["second", "first"]


def test_a_receiver_that_is_gone_is_left_alone(spool, mock, hook):
    hook.answer = lambda delivery: 410
    spool.configure(bobbin=notify(hook.url))
    with spool.daemon(env=ENV) as daemon:
        spool.drop("one.jsonl", [b"{"])
        daemon.await_log("webhook.gone")
        spool.drop("two.jsonl", [b"{"])
        wait_for(lambda: len(results.jobs(spool)) == 2, 20, "the second verdict")
    with spool.daemon(env=ENV):
        spool.drop("three.jsonl", [b"{"])
        wait_for(lambda: len(results.jobs(spool)) == 3, 20, "the third verdict")
        holds_for(lambda: len(hook.deliveries) == 1, 0.3, lambda: f"{hook.deliveries}")
    assert spool.status()["notices"] == {"pending": 0, "failed": 1}


def test_doctor_says_that_a_receiver_is_gone_or_is_no_program(spool, mock, hook):
    hook.answer = lambda delivery: 410
    spool.environment = ENV
    spool.configure(bobbin=notify(hook.url, 'exec = ["/nowhere/tell"]\n'))
    assert "410" not in spool.json("doctor")["configuration"]["notify.webhook"]
    with spool.daemon() as daemon:
        spool.drop("one.jsonl", [b"{"])
        daemon.await_log("webhook.gone")
    shown = spool.json("doctor")["configuration"]
    assert "410" in shown["notify.webhook"] and "no program" in shown["notify.exec"]
    spool.configure(bobbin='[notify]\nexec = ["tell"]\n')
    assert "/usr/local/bin/tell" in spool.run("doctor", code=78).err


def test_a_receiver_that_asks_for_time_is_left_alone_with_every_notice(spool, mock, hook):
    hook.answer = lambda delivery: 429
    hook.headers = {"retry-after": "3600"}
    spool.configure(bobbin=notify(hook.url, base="5s"))
    with spool.daemon(env=ENV) as daemon:
        spool.drop("first.jsonl", [b"{"])
        daemon.await_log("notify.failed")
        spool.drop("second.jsonl", [b"{"])
        wait_for(lambda: spool.status()["notices"]["pending"] == 2, 20, spool.status)
        holds_for(lambda: len(hook.deliveries) == 1, 0.5, lambda: f"{hook.deliveries}")
    hook.answer = lambda delivery: 200
    with spool.daemon(env=ENV):
        wait_for(lambda: len(hook.accepted) == 2, 20, lambda: f"{hook.deliveries}")


def test_an_outbox_that_cannot_be_read_does_not_keep_status_from_the_rest(spool, mock):
    (spool.path / "outbox" / "notices.jsonl").mkdir(parents=True)
    said = spool.run("status")
    assert "spent" in said.out and "notices are left out" in said.err


def test_a_program_and_a_webhook_have_their_own_accounts(spool, mock, hook):
    script, out = spool.directory / "tell", spool.directory / "told"
    # It fails the first time.
    script.write_text(f'#!/bin/sh\nt="{out}"\n[ -e "$t.failed" ] || {{ touch "$t.failed"; exit 3; }}\n'
                      'cat >> "$t"; echo " $1 $2" >> "$t"\n')
    script.chmod(0o755)
    spool.configure(bobbin=notify(hook.url, f'exec = ["{script}", "{{event}}", "{{id}}"]\n'))
    with spool.daemon(env=ENV) as daemon:
        spool.drop("bad.jsonl", [b"{"])
        wait_for(lambda: out.exists() and out.read_text().endswith("\n"), 20, lambda: daemon.log)
        wait_for(lambda: hook.count("job.rejected"), 20, lambda: daemon.log)
    body, event, id = out.read_text().rsplit(" ", 2)
    assert json.loads(body)["id"] == id.strip() == hook.events()[0].id
    assert event == json.loads(body)["type"] == "job.rejected"


def test_a_program_that_goes_on_failing_is_given_up_and_said(spool, mock):
    spool.configure(bobbin='[notify]\nexec = ["/bin/false"]\nretry_base = "1ms"\n')
    with spool.daemon() as daemon:
        spool.drop("bad.jsonl", [b"{"])
        daemon.await_log("notice.lost")
        wait_for(lambda: spool.status()["notices"] == {"pending": 0, "failed": 1}, 10, spool.status)


def test_once_delivers_what_is_due_before_it_ends(spool, mock, hook):
    spool.configure(bobbin=notify(hook.url), model={"endpoint": "mock", "max_output_tokens": 64})
    spool.drop("job.jsonl", [*chats(2), chat("x", "Say it.", model="mock-1")])
    spool.start("daemon", "--once", env=environment(**ENV)).wait(60)
    assert hook.count("price.unknown") == 1 and hook.events("price.unknown")[0].data["lines"] == "3"
    assert spool.status()["notices"]["pending"] == 0


def test_an_endpoint_out_of_quota_is_an_event_of_its_own_and_its_recovery_is_told_after_a_restart(spool, mock, hook):
    body = '{"error":{"message":"You exceeded your quota","type":"insufficient_quota","code":"insufficient_quota"}}'
    mock.script = lambda request: {"status": 429, "body": body}
    spool.configure(bobbin=notify(hook.url))
    with spool.daemon(env=ENV):
        spool.drop("job.jsonl", chats(2))
        wait_for(lambda: hook.count("endpoint.quota") and hook.count("job.parked"), 20, lambda: f"{hook.deliveries}")
        tried = mock.count
        wait_for(lambda: mock.count > tried, 20, "another try")
        spool.parked()
        assert hook.count("job.resumed") == 0, "it was only tried again"
    mock.script = lambda request: {}
    with spool.daemon(env=ENV):
        wait_for(lambda: hook.count("endpoint.recovered") and hook.count("job.resumed"), 30, lambda: f"{hook.deliveries}")
    assert hook.count("endpoint.quota") == 1 and hook.count("endpoint.unavailable") == 0


def test_damaged_books_are_told_although_the_daemon_does_not_start(spool, mock, hook):
    spool.configure(bobbin=notify(hook.url))
    spool.process("job.jsonl", chats(2))
    book = next((spool.path / "budget").glob("*.jsonl"))
    good = book.read_bytes()
    book.write_bytes(good.replace(b'"usd":"0.', b'"usd":"1.', 1))
    for _ in range(2):
        daemon = spool.start("daemon", env=environment(**ENV))
        assert daemon.wait(30) == 74
    assert hook.count("ledger.damaged") == 1 and not hook.repeats()
    assert book.name in hook.events("ledger.damaged")[0].data["reason"]


@pytest.mark.fast
def test_an_unsigned_webhook_is_refused_and_doctor_shows_what_is_configured(spool, mock):
    spool.configure(bobbin='[notify]\nwebhook = "http://127.0.0.1:9/hook"\n')
    assert "webhook_secret" in spool.run("daemon", "--once", code=78).err
    spool.configure(bobbin=notify("http://127.0.0.1:9/hook?room=spool"))
    shown = spool.json("doctor")["configuration"]["notify.webhook"]
    assert "http://127.0.0.1:9/hook" in shown and "room" not in shown and "HOOK_SECRET, which is not set" in shown


def test_each_event_exactly_once_over_fifty_restarts(spool, mock, hook, seeded):
    """Jobs are parked by the day's cap, by their endpoint and for want of a price; the daemon is killed at any moment or
    stopped, the receiver fails now and then; in the end the cap is raised and everything goes on."""
    hook.answer = lambda delivery: seeded.choice([200, 200, 500])
    models = ('[models.free]\nendpoint = "mock"\nmax_output_tokens = 8\n'
              '[endpoints.away]\nurl = "http://127.0.0.1:9"\n'
              '[models.away]\nendpoint = "away"\ninput_usd_per_million = "0.01"\noutput_usd_per_million = "0.01"\n')
    spool.configure(bobbin=notify(hook.url), budget=CAP, models=models, lane="concurrency = 2\nshard_lines = 5")
    exhausting(mock)
    spool.drop("cap.jsonl", chats(40))
    spool.drop("away.jsonl", chats(2, prompt="Away {}.", model="away"))
    spool.drop("mixed.jsonl", [*chats(30, prompt="More {}."), chat("x", "No price.", model="free")])
    kills = 0
    for turn in range(50):
        with spool.daemon(env=ENV) as daemon:
            if turn < 40 and seeded.random() < 0.6:
                # Anything from no record of the outbox to a few more than there were.
                size = len(outbox(spool)) + seeded.randrange(0, 4)
                with contextlib.suppress(AssertionError):
                    wait_for(lambda: len(outbox(spool)) >= size, 0.3, "records")
                daemon.kill()
                kills += 1
            else:
                wait_for(lambda: any(j["state"] == "parked" for j in spool.status()["jobs"]), 20, spool.status)
    with spool.daemon(env=ENV) as daemon:
        wait_for(lambda: sum(j["state"] == "parked" for j in spool.status()["jobs"]) == 3, 20, spool.status)
        wait_for(lambda: hook.count("job.parked") >= 3, 20, lambda: f"{hook.events()}")
        spool.run("budget", "raise", "5.00")
        wait_for(lambda: len(results.jobs(spool)) == 2, 60, lambda: f"two verdicts\n{daemon.log}")
        hook.answer = lambda delivery: 200
        wait_for(lambda: spool.status()["notices"]["pending"] == 0, 60, lambda: f"{spool.status()}\n{daemon.log}")
    events = sorted((e.event, e.data.get("job", e.data.get("threshold", "")), e.data.get("cap", "")) for e in hook.events())
    assert len(events) == len(set(events)), f"told twice: {events}"
    kinds = [event for event, _, _ in events]
    wanted = {"budget.threshold": 2, "job.parked": 3, "job.resumed": 2, "price.unknown": 1, "budget.raised": 1,
              "endpoint.unavailable": 1, "budget.exhausted": 1}
    assert {kind: kinds.count(kind) for kind in set(kinds)} == wanted
    # A kill between the answer and its record is the one reason to be told again, and the id says so.
    assert sum(count - 1 for count in hook.repeats().values()) <= kills
