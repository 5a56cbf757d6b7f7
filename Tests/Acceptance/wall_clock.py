"""Moves the wall clock of the commands of a spool while they run, by the preload shim of wall_clock.c."""
import datetime
import mmap
import pathlib
import struct
import subprocess
import time

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class WallClock:
    """Commands that are started with `environment` see the time that is set here."""

    def __init__(self, directory):
        directory = pathlib.Path(directory)
        source, library = pathlib.Path(__file__).with_name("wall_clock.c"), directory / "wall_clock.so"
        subprocess.run(["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source], check=True)
        path = directory / "wall-clock"
        path.write_bytes(bytes(16))
        with open(path, "r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 16)
        self.environment = {"LD_PRELOAD": str(library), "WALL_CLOCK": str(path)}

    def stop_at(self, moment):
        """It shows this moment until the next call: for what is due at the last instant of a day and the first."""
        self._shared[:8] = struct.pack("=q", nanoseconds(moment))

    def go_from(self, moment):
        """It goes on from this moment at its usual pace."""
        self._shared[8:] = struct.pack("=q", nanoseconds(moment) - time.time_ns())
        self._shared[:8] = bytes(8)

    def now(self):
        stopped, offset = struct.unpack("=qq", self._shared)
        return EPOCH + datetime.timedelta(microseconds=(stopped or time.time_ns() + offset) // 1000)


def nanoseconds(moment):
    """Exact: a float does not hold them."""
    return (moment - EPOCH) // datetime.timedelta(microseconds=1) * 1000
