"""Requests of one known worst case, and the server that uses all of it: what tests of caps count in."""
import decimal

from request_lines import chats

#: Prices at which money is tokens.
FLAT = {"input_usd_per_million": "1.00", "output_usd_per_million": "1.00"}
NO_CANARY = "[canary]\nlines = 0\n"


def worst_cases(spool, lines):
    """(money, tokens) of one request, from the dry run; the lines are made so that all have the same bound."""
    plan = spool.json("plan", spool.write("plan.jsonl", lines))
    assert plan["lines"]["refused"] == 0
    usd, tokens = decimal.Decimal(plan["worst_usd"]) / len(lines), plan["worst_tokens"] // len(lines)
    assert usd > 0 and tokens * len(lines) == plan["worst_tokens"], plan
    return usd, tokens


def dearest(tokens, max_tokens=32):
    """A server that uses all that was reserved."""
    usage = {"prompt_tokens": tokens - max_tokens, "completion_tokens": max_tokens, "total_tokens": tokens}
    return lambda request: {"usage": usage}


def even_chats(count, start=10000, **body):
    """Requests of one length."""
    return chats(count, start=start, **body)
