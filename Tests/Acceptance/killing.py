"""A daemon that is killed at a chosen moment, and moments to choose from."""
import time


def daemon_that_dies(spool, moment):
    """Starts a daemon and kills it when `moment(daemon)` is true, or leaves it when there is nothing left to do."""
    from daemon import Daemon

    daemon = Daemon(spool)
    try:
        deadline = time.monotonic() + 60
        while not moment(daemon):
            assert daemon.is_alive, f"the daemon ended by itself: {daemon.process.poll()}\n{daemon.log}"
            assert time.monotonic() < deadline, f"the moment to kill did not come\n{daemon.log}"
        daemon.kill()
    finally:
        daemon.end()


def recorded_bytes(spool):
    """Of all that is written down about money: reservations and settlements, attempts, outcomes."""
    total = 0
    for pattern in ("budget/*.jsonl", "processing/*/attempts.jsonl", "processing/*/shards/*.jsonl"):
        for path in spool.path.glob(pattern):
            try:
                total += path.stat().st_size
            except FileNotFoundError:
                pass  # its job has been published meanwhile
    return total


def records_grown(spool, by):
    """A moment: the records have grown by so many bytes since now."""
    wanted = recorded_bytes(spool) + by
    return lambda daemon: recorded_bytes(spool) >= wanted
