"""When jobs are expected to start and to end: said by `plan` and `status`, and about as it comes."""
import datetime
import time

import results
from request_lines import chats
from waiting import wait_for


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def test_nothing_is_invented(spool):
    expected = spool.json("plan", spool.write("a.jsonl", chats(3)))["expected"]
    assert expected["basis"] == "no request was measured yet"
    assert expected["starts_at"] is None and expected["ends_at"] is None and expected["meets_deadline"] is None


def test_the_end_comes_about_when_it_was_expected(spool, mock):
    mock.delay = 0.2
    spool.configure(lane='concurrency = 8\nshard_lines = 40\ndeadline = "5s"')
    with spool.daemon():
        spool.drop("before.jsonl", chats(80))
        wait_for(lambda: results.jobs(spool), 30, "the first job")
        wait_for(lambda: (spool.path / "pace.json").exists(), 10, "pace.json")
        path = spool.write("next.jsonl", chats(320, start=1000))
        began = time.time()
        expected = spool.json("plan", path)["expected"]
        predicted = moment(expected["ends_at"]) - began
        # 320 requests in 8 slots: eight seconds and what comes on top.
        assert 6 < predicted < 16, expected
        assert expected["meets_deadline"] is False and expected["deadline"]
        assert "IT CANNOT MEET" in spool.run("plan", path).out
        began = time.time()
        spool.drop("next.jsonl", chats(320, start=1000))

        def seen():
            return [job for job in spool.status()["jobs"] if job["expected_end"]]
        job = wait_for(seen, 10, lambda: f"an expected end: {spool.status()}")[0]
        assert began - 1 < moment(job["expected_start"]) < began + 10
        assert began < moment(job["expected_end"]) < began + 25
        wait_for(lambda: len(results.jobs(spool)) == 2, 40, "the second job")
        real = time.time() - began
        assert 0.5 < predicted / real < 2, f"predicted {predicted:.1f} s, took {real:.1f} s"
