"""Two hosts in a ring: what one has answered is the next file for the other; they share nothing but handing over."""
import concurrent.futures
import json
import threading
import time

import request_lines
from results import records
from two_hosts import Side, pairs
from waiting import wait_for


class RingSide(Side):
    """Takes finished jobs out of its own done/, whole, and makes the next file of each chain from the answers."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.results = self.spool.directory / "taken"  # on its file system
        self.results.mkdir()

    def start_chains(self, count):
        for chain in range(count):
            self._make(f"{chain:03}", 0, [f"Begin {number}." for number in range(self.random.randint(1, 5))])

    def _make(self, chain, hop, prompts):
        name = f"{chain}-{hop:05}.jsonl"
        self.write(name, [
            request_lines.chat(f"{name}/{number}", f"{name}: {prompt}") for number, prompt in enumerate(prompts)])

    def hand_on(self, peer, over, ending):
        while not over.is_set():
            for directory in sorted((self.spool.path / "done").iterdir()):
                if not directory.name.startswith("."):  # a start tries out there what it needs
                    self._take(directory.rename(self.results / directory.name), ending)
            if any(self.outgoing.iterdir()):
                self.send(peer)
            else:
                over.wait(0.05)

    def _take(self, job, ending):
        name = json.loads((job / "report.json").read_bytes())["name"]
        chain, hop = name.removesuffix(".jsonl").split("-")
        following = f"{chain}-{int(hop) + 1:05}.jsonl"
        # A file that was delivered again has a second job, and that has the same answers: nothing follows from it.
        if following not in self.made and not ending.is_set():
            answers = [record["response"]["body"]["choices"][0]["message"] for record in records(job / "output.jsonl")]
            self._make(chain, int(hop) + 1, [answer["content"] for answer in answers])


def at_rest(sides):
    return not any(any(side.outgoing.iterdir()) for side in sides) and all(
        side.is_idle and not side.spool.directories("done") for side in sides)


def go_round(sides, faults, chains, seconds):
    """`chains` files go round, under faults, for so long; then what is under way is worked off without."""
    over, ending = threading.Event(), threading.Event()
    for side in sides:
        side.start_daemon()
    sides[0].start_chains(chains)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        work = [pool.submit(side.hand_on, peer, over, ending) for side, peer in pairs(sides)]
        breaking = pool.submit(faults.run, ending)
        breaking.add_done_callback(lambda _: ending.set())
        until = time.monotonic() + seconds

        def is_enough():  # and each chain has come by the other side
            return time.monotonic() > until and len(sides[1].made) >= chains

        try:
            wait_for(lambda: is_enough() or any(future.done() for future in [breaking, *work]),
                     seconds + 120, lambda: f"the end of the ring: {[side.spool.status() for side in sides]}")
            ending.set()
            breaking.result()
            wait_for(lambda: any(future.done() for future in work) or at_rest(sides), 120,
                     lambda: f"rest: {[side.spool.status() for side in sides]}")
        finally:
            ending.set()
            over.set()
        for future in work:
            future.result()
    for side in sides:
        side.daemon.stop()
