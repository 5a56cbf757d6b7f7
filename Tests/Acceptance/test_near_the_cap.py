"""A guard that is not shy: what requests did not use pays for others, until nothing more fits under the cap."""
import os

import budget_file
import results
from waiting import wait_for
from worst_case import FLAT, NO_CANARY, even_chats, worst_cases

#: The worst case is so many times the real cost.
TIMES = 8
COUNT = 10_000 if os.environ.get("BOBBIN_LONG") else 2_000


def test_a_cap_for_half_of_thousands_of_requests_is_spent_to_98_percent(spool, mock):
    lines = even_chats(COUNT, max_tokens=64)
    spool.configure(model=FLAT)
    usd, tokens = worst_cases(spool, lines[:2])
    spare = -tokens % TIMES
    lines = even_chats(COUNT, max_tokens=64 + spare)
    usd, tokens = worst_cases(spool, lines)
    real, cap = usd / TIMES, usd / TIMES * COUNT / 2
    spool.configure(
        lane="concurrency = 64", model={**FLAT, "max_output_tokens": 64 + TIMES},
        gate=NO_CANARY, budget=f'[day]\nusd = "{cap}"\n')
    mock.script = lambda request: {"usage": {
        "prompt_tokens": tokens // TIMES - 2, "completion_tokens": 2, "total_tokens": tokens // TIMES}}
    mock.hold()
    with spool.daemon() as daemon:
        spool.drop("job.jsonl", lines)
        mock.await_in_flight(64)
        mock.release()
        [parked] = spool.parked(seconds=300)
        assert f"{cap:f}".rstrip("0").rstrip(".") in parked["reason"], parked
        day = budget_file.today(spool)  # replayed: never above the cap, at no record
        assert day.spent == mock.count * real and day.reserved == day.unknown == 0
        share = day.spent / cap
        print(f"{mock.count} of {COUNT} sent, {100 * share:.3f} % of the cap spent, at most {day.peak / cap:.4%} "
              f"committed, {len(day.records)} records")
        assert 0.98 <= share <= 1 and day.peak <= cap
        assert mock.max_in_flight == 64
        spool.run("budget", "raise", 3 * cap)
        wait_for(lambda: results.jobs(spool), 300, lambda: f"the rest: {spool.status()}\n{daemon.log}")
    results.check_whole(results.job_named(spool, "job.jsonl"), lines, spool.directory)
    assert (mock.count, mock.distinct) == (COUNT, COUNT)
    assert budget_file.today(spool).spent == 2 * cap
    spool.run("budget", "verify")
