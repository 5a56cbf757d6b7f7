"""A program as judge: what it lets pass is loaded, and whatever it does itself, it harms neither the daemon nor a verdict."""
import json
import pathlib
import uuid

import pytest

import results
from daemon import Daemon
from request_lines import chats
from waiting import wait_for

PASS = """echo '{"verdict": "pass"}'"""
FAIL = """echo '{"verdict": "fail", "reason": "it is not kind"}'"""


def set_judge(spool, script, interpreter="/bin/sh", **keys):
    """Writes the program beside gate.toml, and the table that names it."""
    new = spool.config / ".judge"
    new.write_text(f"#!{interpreter}\n{script}\n")
    new.chmod(0o755)
    new.rename(spool.config / "judge")
    stated = "".join(f"{name} = {json.dumps(value)}\n" for name, value in keys.items())
    spool.configure(gate=f'[judge]\nexec = ["./judge"]\n{stated}')


def sample(job, shard=0):
    return job.report["shards"][shard]["sample"]


def processes_with(word):
    """The command lines of processes that have this word in theirs."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:
            continue  # gone between two looks
        if word.encode() in command:
            found.append(command)
    return found


@pytest.mark.fast
def test_a_good_judge_is_asked_about_a_sample(spool, mock):
    set_judge(spool, "cat >> seen; " + PASS, workers=1)
    lines = chats(120)
    spool.process("job.jsonl", lines)
    job = results.job_named(spool, "job.jsonl")
    results.check_whole(job, lines, spool.directory)
    asked = [json.loads(line) for line in (spool.config / "seen").read_text().splitlines()]
    sampled = [shard["sample"]["sampled"] for shard in job.report["shards"]]
    assert len(asked) == sum(sampled) == len({a["custom_id"] for a in asked}) < 120 and all(sampled)
    answers = {record["custom_id"]: record["response"]["body"] for record in job.output()}
    bodies = {line["custom_id"]: line["body"] for line in lines}
    for answer in asked:
        assert set(answer) == {"custom_id", "url", "request", "response", "text"}
        assert answer["request"] == bodies[answer["custom_id"]] and answer["url"] == "/v1/chat/completions"
        assert answer["text"] == answer["response"]["choices"][0]["message"]["content"]
        assert answer["response"] == json.loads(json.dumps(answers[answer["custom_id"]], default=float))


def test_a_strict_judge_rejects_the_canary(spool, mock):
    set_judge(spool, FAIL)
    lines = chats(120)
    spool.process("job.jsonl", lines, code=None)
    job = results.job_named(spool, "job.jsonl")
    assert job.verdict == "rejected" and mock.count == 20 and not job.done
    assert sample(job)["defective"] == sample(job)["sampled"] > 0
    assert "did not pass the judge" in job.report["reason"] and len(job.reprocess()) == 120


def test_a_judge_in_python_fails_one_answer_of_an_accepted_shard(spool, mock):
    set_judge(spool, """
import json, os, sys
answer = json.load(sys.stdin)
try:
    os.close(os.open("first", os.O_CREAT | os.O_EXCL))
    open("bad", "w").write(answer["custom_id"])
    print(json.dumps({"verdict": "fail", "reason": "says " + answer["text"]}))
except FileExistsError:
    print(json.dumps({"verdict": "pass"}))
""", interpreter="/usr/bin/python3", workers=4, timeout="60s")
    gate = (spool.config / "gate.toml").read_text()
    spool.write_config(gate=gate + "[sample]\nacceptable = 0.2\nrejectable = 0.6\n[canary]\nlines = 0\n")
    spool.process("job.jsonl", chats(30))
    job = results.job_named(spool, "job.jsonl")
    bad = (spool.config / "bad").read_text()
    assert job.verdict == "accepted" and job.error_codes() == {"defective_answer": 1}
    assert [line["custom_id"] for line in job.reprocess()] == [bad]
    assert bad not in [record["custom_id"] for record in job.output()]
    assert "judge: says Answer" in job.errors()[0]["error"]["message"] and job.report["shards"][0]["defects"] == 1


HARMFUL = {
    "hangs": ("trap '' TERM INT HUP; sleep 1000", "took longer than"),
    "crashes": ("kill -SEGV $$", "ended by signal 11"),
    "fails": ("exit 1", "ended with exit code 1"),
    "changes its mind": (PASS + "; exit 1", "ended with exit code 1"),
    "garbage": ("head -c 5000 /dev/urandom", "is no JSON"),
    "endless output": ("exec yes '{\"verdict\": \"pass\"}'", "wrote more than"),
    "says nothing": ("cat > /dev/null", "is no JSON"),
    "forks and forks": (
        'bomb() { [ "$1" -le 0 ] || { bomb $(($1 - 1)) & bomb $(($1 - 1)) & }; exec sh -c "sleep 1000" WORD; }; bomb 6',
        "took longer than"),
    "leaves the group": ("setsid setsid sh -c 'sleep 1000' WORD & sleep 1000", "took longer than"),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_a_judge_that_gives_no_verdict_parks_the_job(spool, mock, name):
    script, reason = HARMFUL[name]
    word = f"word{uuid.uuid4().hex}"
    set_judge(spool, script.replace("WORD", word), timeout="1s")
    spool.drop("job.jsonl", chats(20))
    spool.once(code=75)
    [parked] = spool.parked()
    assert "the judge ./judge gives no verdict on line" in parked["reason"] and reason in parked["reason"]
    assert not spool.directories("done", "rejected") and not processes_with(word)
    spool.run("budget", "verify")
    # It says nothing about the answers: once it is mended they are loaded, and nothing is paid for again.
    set_judge(spool, PASS)
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    assert job.verdict == "accepted" and mock.count == 20 and job.report["parked"]["times"] == 1
    assert job.report["parked"]["notes"][0]["cause"] == "judge"


def test_a_judge_that_does_not_read_and_one_that_leaves_its_output_open(spool, mock):
    word = f"word{uuid.uuid4().hex}"
    set_judge(spool, f"sh -c 'sleep 1000' {word} &\n{PASS}")
    mock.script = lambda request: {"content": "long " * 100_000}
    spool.process("job.jsonl", chats(20))
    assert results.job_named(spool, "job.jsonl").verdict == "accepted" and not processes_with(word)


def test_the_daemon_and_other_jobs_go_on_while_a_judge_hangs(spool, mock):
    set_judge(spool, "touch hangs; sleep 1000", timeout="1000s")
    gate = (spool.config / "gate.toml").read_text()
    spool.write_config(gate=gate + "[lanes.plain.judge]\nexec = []\n")
    spool.write_config(bobbin=(spool.config / "bobbin.toml").read_text() + "[lanes.plain]\nconcurrency = 4\n")
    with spool.daemon(env={"WATCHDOG_USEC": "1000000"}) as daemon:
        spool.drop("judged.jsonl", chats(20))
        wait_for((spool.config / "hangs").exists, 20, "the judge to be asked")
        fed = daemon.messages().count("WATCHDOG=1")
        spool.drop("plain.jsonl", chats(200, start=100), lane="plain")
        wait_for(lambda: results.jobs_named(spool, "plain.jsonl"), 30, "the other job")
        wait_for(lambda: daemon.messages().count("WATCHDOG=1") > fed + 2, 20, "the watchdog to be fed")
        assert results.job_named(spool, "plain.jsonl").verdict == "accepted"
        # A stop does not wait for it either: the daemon ends in time, and the judge with it.
    set_judge(spool, PASS)
    spool.once()
    assert results.job_named(spool, "judged.jsonl").verdict == "accepted" and mock.count == 220


def test_a_mended_judge_is_asked_again_on_a_reload(spool, mock):
    set_judge(spool, "exit 1")
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", chats(20))
        spool.parked()
        set_judge(spool, PASS)
        daemon.reload()
        wait_for(lambda: results.jobs_named(spool, "job.jsonl"), 20, "the job to be judged")
        assert daemon.log.count("job.resumed") == 1
    assert mock.count == 20


def test_kill_9_ends_the_judge_and_nobody_is_asked_twice(spool, mock):
    word = f"word{uuid.uuid4().hex}"
    script = f"""
cat > answer.$$; id=$(sed 's/^{{"custom_id":"//;s/".*//' answer.$$)
[ "$(ls judged.* 2>/dev/null | wc -l)" -ge 5 ] && [ ! -e mended ] && exec sh -c 'sleep 1000' {word}
touch "judged.$id.$$"; {PASS}"""
    set_judge(spool, script, workers=1, timeout="1000s")
    spool.drop("job.jsonl", chats(20))
    daemon = Daemon(spool)
    try:
        wait_for(lambda: processes_with(word), 30, "the sixth answer to be judged")
        daemon.kill()
    finally:
        daemon.end()
    wait_for(lambda: not processes_with(word), 10, "the judge to end with the daemon")
    (spool.config / "mended").touch()
    spool.once()
    job = results.job_named(spool, "job.jsonl")
    asked = [path.name.split(".")[1] for path in spool.config.glob("judged.*")]
    assert job.verdict == "accepted" and mock.count == 20
    assert len(asked) == len(set(asked)) == sample(job)["sampled"]
