"""What the tests of providers' batches share: their configuration, and what holds after any fault."""
import collections
import decimal

import budget_file
import results

D = decimal.Decimal
#: As in scratch_spool.PRICES, for a token.
INPUT, OUTPUT = D("0.15") / 1_000_000, D("0.60") / 1_000_000
SHARDS = 4


def configure(spool, endpoint='batch = "openai"\n', timeout="20s", **more):
    """Four shards of 40 lines, batches looked at often, and looked up for no longer than a few looks."""
    retry = f'[retry]\nattempts = 4\nbase = "10ms"\ncap = "100ms"\nrequest_timeout = "{timeout}"\n'
    endpoint += 'batch_poll = "20ms"\n' + ("" if "batch_lookup" in endpoint else 'batch_lookup = "1ms"\n')
    spool.configure(
        lane="shard_lines = 10", gate="[canary]\nlines = 0\n", endpoint=endpoint, bobbin=retry, **more)


def check(spool, provider, lines, unknown=0, batches=SHARDS):
    """Never a batch twice, no line lost, and the money to the picodollar."""
    job = results.job_named(spool, "job.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    twice = {name: count for name, count in collections.Counter(provider.names).items() if count > 1}
    assert not twice, twice
    assert len(provider.names) == batches, provider.names
    # Half of what the usage costs in the price list, line by line and in all.
    wanted = D(0)
    for record in job.output():
        usage = record["response"]["body"]["usage"]
        cost = (usage["prompt_tokens"] * INPUT + usage["completion_tokens"] * OUTPUT) / 2
        assert D(record["bobbin"]["cost_usd"]) == cost
        wanted += cost
    assert budget_file.total_spent(spool) == wanted == job.spent
    assert budget_file.total_unknown(spool) == D(report["cost"]["unknown_usd"])
    assert (budget_file.total_unknown(spool) == 0) == (unknown == 0)
    for day in budget_file.days(spool):
        assert day.reserved == 0
        spool.run("budget", "verify", "--day", day.records[0]["day"])
    return job, report
