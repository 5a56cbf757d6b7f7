"""Requests and tokens a minute, enforced as providers do: what is above is turned away with a real 429."""
import collections
import math
import time


class Limits:
    """Counts what is let in. `kind`: "sliding", the last `seconds`; "fixed", those of the clock, as a counter that starts
    anew each minute; "bucket", which holds as much as the limit and fills up evenly."""

    def __init__(self, requests=None, tokens=None, kind="sliding", seconds=60):
        self.limits = (requests or math.inf, tokens or math.inf)
        self.kind = kind
        self.seconds = seconds
        #: (when, 1, tokens) of each that was let in; and how many were not.
        self.admitted = []
        self.refused = []
        self._open = collections.deque()
        self._used = [0, 0]
        self._begun = time.monotonic()

    def admit(self, tokens):
        """None: let in. Else the seconds after which to come again."""
        now = time.monotonic()
        self._forget(now)
        over = [used + more - limit for used, more, limit in zip(self._used, (1, tokens), self.limits)]
        if max(over) > 1e-6:
            self.refused.append(now)
            return max(self._wait(now, over), 0.01)
        self._used = [self._used[0] + 1, self._used[1] + tokens]
        self._open.append((now, 1, tokens))
        self.admitted.append((now, 1, tokens))
        return None

    def _forget(self, now):
        if self.kind == "bucket":
            rate = (now - self._begun) / self.seconds
            self._used = [max(0, used - (0 if limit == math.inf else limit * rate))
                          for used, limit in zip(self._used, self.limits)]
            self._begun = now
        elif self.kind == "fixed":
            if now - self._begun >= self.seconds:
                self._begun += (now - self._begun) // self.seconds * self.seconds
                self._used = [0, 0]
        else:
            while self._open and self._open[0][0] <= now - self.seconds:
                _, *gone = self._open.popleft()
                self._used = [used - less for used, less in zip(self._used, gone)]

    def _wait(self, now, over):
        if self.kind == "bucket":
            return max(more / limit * self.seconds for more, limit in zip(over, self.limits) if limit != math.inf)
        if self.kind == "fixed":
            return self._begun + self.seconds - now
        for at, *parts in self._open:
            over = [more - part for more, part in zip(over, parts)]
            if max(over) <= 0:
                return at + self.seconds - now
        return self.seconds

    def most(self, part, seconds=None):
        """The most that any 60 seconds have let in; `part`: 1 requests, 2 tokens."""
        window, total, most = collections.deque(), 0, 0
        for entry in self.admitted:
            window.append(entry)
            total += entry[part]
            while window[0][0] <= entry[0] - (seconds or self.seconds):
                total -= window.popleft()[part]
            most = max(most, total)
        return most
