"""Every mistake is named with file and line before anything starts, and a bad reload keeps the old configuration."""
import datetime
import subprocess

import pytest

import results
import scratch_spool
from request_lines import chats
from waiting import holds_for, wait_for

#: file, text that replaces it whole ("+": is added to it), what the message must name beside the file.
MISTAKES = {
    "an unknown key": ("bobbin", "[lanes.default]\nconcurency = 3\n", ["concurency", "concurrency", ":2"]),
    "an unknown table": ("bobbin", "[lane.default]\n", ["lane", "lanes", ":1"]),
    "an unknown key in budget": ("budget", '[day]\nused = "1.00"\n', ["used", "usd", ":2"]),
    "an unknown key in gate": ("gate", "[checks]\nnonempty = true\n", ["nonempty", "non_empty", ":2"]),
    "an unknown key in models": ("models", '+\ninputs_usd_per_million = "1"\n',
                                 ["inputs_usd_per_million", "did you mean", "input_usd_per_million"]),
    "no TOML": ("bobbin", "spool = \n", [":1"]),
    "money as a number": ("budget", "[day]\nusd = 25.0\n", ["usd", ":2", '"25']),
    "money with a sign": ("budget", '[day]\nusd = "-1"\n', ["usd", ":2"]),
    "a price too fine": ("models", '+\n[models.x]\nendpoint = "mock"\ninput_usd_per_million = "0.0000001"\n'
                                   'output_usd_per_million = "1"\n', ["input_usd_per_million"]),
    "one price alone": ("models", '+\n[models.x]\nendpoint = "mock"\ninput_usd_per_million = "1"\n',
                        ["output_usd_per_million"]),
    "a zero price": ("models", '+\n[models.x]\nendpoint = "mock"\ninput_usd_per_million = "0"\n'
                               'output_usd_per_million = "0"\n', ["free"]),
    "an unknown endpoint": ("models", '+\n[models.x]\nendpoint = "mok"\n', ["mok"]),
    "an unknown model in a route": ("models", '+\n[routes.r]\nmodels = ["nothing"]\n', ["nothing"]),
    "no endpoint": ("models", "", ["endpoint"]),
    "a url with /v1": ("models", '[endpoints.e]\nurl = "http://127.0.0.1:1/v1"\n', ["/v1"]),
    "a key in the clear": ("models", '[endpoints.e]\nurl = "http://127.0.0.1:1"\napi_key = "sk-secret"\n', ["api_key"]),
    "a duration without unit": ("bobbin", "[retry]\nbase = 5\n", ["base", ":2"]),
    "a duration of another form": ("bobbin", '[retry]\nbase = "soon"\n', ["soon", ":2"]),
    "a window of another form": ("bobbin", '[lanes.default]\nwindows = ["25:00-06:00"]\n', ["25:00", ":2"]),
    "concurrency of nothing": ("bobbin", "[lanes.default]\nconcurrency = 0\n", ["concurrency", ":2"]),
    "a time zone that is none": ("budget", 'time_zone = "Mars/Olympus"\n', ["Mars/Olympus", ":1"]),
    "a lane nobody has": ("budget", '[lanes.ghost]\nusd = "1"\n', ["ghost"]),
    "a pattern that is none": ("gate", '[checks]\nmust_match = "("\n', ["must_match", ":2"]),
    "a share above one": ("gate", "[sample]\nrejectable = 1.5\n", ["rejectable", ":2"]),
    "a wrong type": ("gate", "[canary]\nlines = \"twenty\"\n", ["lines", ":2"]),
    "a check that cannot be done": ("gate", '[checks]\njson_schema = "a.json"\n', ["json_schema", ":2"]),
    "a judge that cannot be asked": ("gate", '[judge]\nexec = ["./judge"]\n', ["judge"]),
}


@pytest.mark.fast
@pytest.mark.parametrize("file, text, named", MISTAKES.values(), ids=MISTAKES.keys())
def test_is_refused_with_78(spool, mock, file, text, named):
    path = spool.config / f"{file}.toml"
    path.write_text(path.read_text() + text[1:] if text.startswith("+") else text)
    refused = spool.run("doctor", code=78)
    said = refused.err + refused.out
    for part in [f"{file}.toml", *named]:
        assert part in said, f"{part!r} is not in:\n{said}"
    assert "sk-secret" not in said


def test_every_command_that_needs_it_refuses(spool, mock):
    spool.write_config(gate="[checks]\nnonempty = true\n")
    path = spool.write("x.jsonl", chats(1))
    for command in (["daemon", "--once"], ["run", path], ["plan", path], ["doctor"]):
        assert "gate.toml" in spool.run(*command, code=78).err + spool.run(*command, code=78).out
    assert mock.count == 0


def test_all_mistakes_are_told_at_once(spool):
    spool.write_config(gate="[checks]\nnonempty = true\n", budget='[day]\nusd = 1\ntokns = 4\n')
    said = spool.run("doctor", code=78)
    for part in ("nonempty", "usd", "tokns"):
        assert part in said.err + said.out


def test_no_directory_is_said(spool, tmp_path):
    spool.config = tmp_path / "nowhere"
    refused = spool.run("doctor", code=78)
    assert "nowhere" in refused.err + refused.out


def test_the_smallest_configuration_works(spool, mock):
    for file in ("bobbin", "budget", "gate"):
        (spool.config / f"{file}.toml").unlink()
    spool.drop("job.jsonl", chats(3))
    spool.run("daemon", "--once", "--spool", spool.path)
    assert results.job_named(spool, "job.jsonl").verdict == "accepted"


def test_the_environment_names_the_directory(spool, binary):
    env = scratch_spool.environment(BOBBIN_CONFIG=str(spool.config))
    done = subprocess.run([binary, "status", "--json"], env=env, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_a_good_reload_takes_effect(spool, mock):
    spool.configure(budget='[day]\nusd = "0.000001"\n')
    with spool.daemon() as daemon:
        spool.configure()
        daemon.reload()
        daemon.await_log("budget.raised")
        spool.drop("job.jsonl", chats(3))
        wait_for(lambda: results.jobs(spool), 30, "the verdict")
    assert results.job_named(spool, "job.jsonl").verdict == "accepted"


def test_a_change_is_noticed_without_a_signal(spool, mock):
    with spool.daemon() as daemon:
        spool.configure(lane="concurrency = 3")
        daemon.await_log("daemon.reloaded", seconds=75)
        mock.hold()
        spool.drop("job.jsonl", chats(30))
        mock.await_in_flight(3)
        mock.release()
        wait_for(lambda: results.jobs(spool), 30, "the verdict")
    assert mock.max_in_flight == 3


@pytest.mark.fast
def test_a_bad_reload_keeps_the_old_one_and_says_so(spool, mock):
    with spool.daemon() as daemon:
        spool.write_config(gate="[checks]\nnonempty = true\n")
        daemon.reload()
        daemon.await_log("nonempty")
        assert daemon.is_alive
        spool.drop("job.jsonl", chats(3))
        wait_for(lambda: results.jobs(spool), 30, "the verdict")
    assert results.job_named(spool, "job.jsonl").verdict == "accepted"


@pytest.mark.fast
def test_the_sample_configuration_is_good(spool, top):
    spool.config = top / "Spool" / "config"
    said = spool.run("doctor", "--spool", spool.path)
    assert "smollm2-135m" in said.out


def test_doctor_shows_every_cap_the_thresholds_and_the_spool_that_it_tried(spool, tmp_path):
    spool.configure(
        budget='thresholds = [0.25]\n[models.mock-1]\nusd = "8.01"\n[uid]\nusd = "9.02"\n[uids.1000]\ntokens = 77\n')
    shown = spool.json("doctor", "--spool", tmp_path / "other")["configuration"]
    assert "$8.01" in shown["models.mock-1"] and "$0.075 cached" in shown["models.mock-1"]
    assert (shown["uid"], shown["uids.1000"], shown["thresholds"]) == ("$9.02", "77 tokens", "0.25")
    assert shown["spool"] == str(tmp_path / "other")


def test_a_job_that_waits_for_money_waits_for_its_window_too(spool, mock):
    now = datetime.datetime.now(datetime.UTC)
    hours = {(now.hour + i) % 24 for i in (0, 1)}
    spool.configure(
        lane=f'windows = ["{now.hour:02}:00-{(now.hour + 2) % 24:02}:00"]', budget='[day]\nusd = "0.0001"\n')
    mock.script = lambda request: {"usage": {"prompt_tokens": 60, "completion_tokens": 32, "total_tokens": 92}}
    spool.process("job.jsonl", chats(40), code=75)
    [job] = spool.parked()
    at = datetime.datetime.fromisoformat(job["resumes_at"])
    assert at.hour == (0 if 0 in hours else now.hour) and at.minute == 0 and at > now, job


def test_a_closed_window_waits_with_a_reason(spool, mock):
    now = datetime.datetime.now(datetime.UTC)
    opens, closes = (f"{(now.hour + hours) % 24:02}:00" for hours in (3, 4))
    spool.configure(lane=f'windows = ["{opens}-{closes}"]')
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", chats(3))

        def waits():
            status = spool.status()
            entries = status["jobs"] + status["waiting"]
            return [entry for entry in entries if entry["name"] == "job.jsonl" and opens in (entry["reason"] or "")]
        wait_for(waits, 20, lambda: f"a reason that names {opens}: {spool.status()}")
        holds_for(lambda: mock.count == 0, 0.5, "nothing is sent")
        spool.configure()
        daemon.reload()
        wait_for(lambda: results.jobs(spool), 75, lambda: f"the job to start: {spool.status()}")
