"""The one place in which a test waits: for a condition, with a deadline and a name."""
import time


def wait_for(condition, seconds, what):
    """Polls `condition` until it is true and returns what it returned.

    `what` is the end of the sentence "waited N s for ...". It may be a function, asked at the deadline, so that the
    failure shows what was there instead.
    """
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what() if callable(what) else what}")
        time.sleep(0.01)


def holds_for(condition, seconds, what):
    """The opposite: `condition` stays true for `seconds`. For what must not happen, and so has no event."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"no longer true: {what() if callable(what) else what}"
        time.sleep(0.01)
