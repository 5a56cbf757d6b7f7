"""What an answer is booked at, computed here from the usage that was served: decimal, and nothing of Bobbin's."""
import dataclasses
import decimal

D = decimal.Decimal
MILLION = 1_000_000


@dataclasses.dataclass(frozen=True)
class Booked:
    """Tokens; `cached` is a part of `input`, `reasoning` of `output`."""

    input: int
    cached: int
    output: int
    reasoning: int
    estimated: bool = False
    exceeds_bound: bool = False

    def usd(self, prices):
        """Of prices in USD for a million tokens."""
        cached = prices.get("cached_input_usd_per_million", prices["input_usd_per_million"])
        return (
            (self.input - self.cached) * D(prices["input_usd_per_million"]) + self.cached * D(cached)
            + self.output * D(prices["output_usd_per_million"])) / MILLION


def booked(line, answer, prices):
    """By the rules of Sources/README.md."""
    usage = answer.get("usage") or {}

    def detail(name, *members):
        found = [usage[member].get(name) for member in members if usage.get(member)]
        return next((value for value in found if value is not None), 0)

    return Booked(
        input=usage.get("prompt_tokens", usage.get("input_tokens")),
        cached=detail("cached_tokens", "prompt_tokens_details", "input_tokens_details"),
        output=usage.get("completion_tokens", usage.get("output_tokens", 0)),
        reasoning=detail("reasoning_tokens", "completion_tokens_details", "output_tokens_details"))
