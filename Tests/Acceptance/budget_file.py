"""The daily budget file, recomputed here with nothing of Bobbin's: checksums, sums, and the cap at every record."""
import dataclasses
import decimal
import json

D = decimal.Decimal


def _table():
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _table()


def crc32c(data):
    """CRC-32C (Castagnoli), RFC 3720 appendix B.4."""
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def checked(line):
    """A record, its checksum recomputed over the bytes before `,"sum":`."""
    before, _, after = line.rpartition(b',"sum":')
    record = json.loads(line)
    assert after == b'"%08x"}' % crc32c(before), f"checksum of {line!r}"
    return record


@dataclasses.dataclass
class Reservation:
    reserved: D
    spent: D = D(0)
    unknown: D = D(0)
    open: D = D(0)
    tokens: int = 0


class Day:
    """One day's file, replayed. `peak` is the most that was ever committed: spent + unknown + still reserved.

    `bounded` is False for a server that claims more tokens than it was allowed to make: its claim is booked in full, so
    only a reservation must then stay below the cap.
    """

    def __init__(self, path, bounded=True):
        # A last line without its end was being written when its writer was killed.
        self.records = [checked(line) for line in path.read_bytes().split(b"\n")[:-1]]
        self.cap, self.peak, self.closed, self.live, self.bounded = D(0), D(0), [], {}, bounded
        # Of what is closed, kept as it goes: summed up after every record, a day of ten thousand jobs takes minutes.
        self._closed_spent, self._closed_unknown = D(0), D(0)
        for record in self.records:
            getattr(self, record["kind"])(record)
            if bounded or record["kind"] == "reserve":
                assert self.committed <= self.cap, f"{self.committed} of {self.cap} after {record}"
            self.peak = max(self.peak, self.committed)

    def open(self, record):
        assert record is self.records[0], "a day is opened once, by its first line"
        self.cap = D(record.get("cap_usd", "Infinity"))

    def reserve(self, record):
        assert record["id"] not in self.live, f"{record['id']} reserved again before it was settled"
        self.live[record["id"]] = Reservation(D(record["usd"]), open=D(record["usd"]))

    def settle(self, record):
        entry = self.live[record["id"]]
        spent, unknown, open_ = D(record["usd"]), D(record["unknown_usd"]), D(record["open_usd"])
        assert spent >= entry.spent and unknown >= 0, f"a settlement takes back: {record}"
        if self.bounded:
            assert spent + unknown + open_ <= entry.reserved, f"more than was reserved: {record}"
        entry.spent, entry.unknown, entry.open, entry.tokens = spent, unknown, open_, record["tokens"]
        if open_ == 0:
            self.closed.append(self.live.pop(record["id"]))
            self._closed_spent += spent
            self._closed_unknown += unknown

    def __getattr__(self, name):
        if name == "raise":
            return self._raise
        raise AttributeError(name)

    def _raise(self, record):
        self.cap = D(record.get("cap_usd", "Infinity"))

    @property
    def entries(self):
        return self.closed + list(self.live.values())

    @property
    def spent(self):
        return sum((entry.spent for entry in self.live.values()), self._closed_spent)

    @property
    def unknown(self):
        return sum((entry.unknown for entry in self.live.values()), self._closed_unknown)

    @property
    def reserved(self):
        return sum((entry.open for entry in self.live.values()), D(0))  # a closed one has none

    @property
    def committed(self):
        return self.spent + self.unknown + self.reserved


def days(spool):
    return [Day(path) for path in sorted((spool.path / "budget").glob("*.jsonl"))]


def today(spool):
    """The newest day. (A test that crosses midnight has two; what it looks at is in the newest or in both.)"""
    return days(spool)[-1]


def total_spent(spool):
    return sum((day.spent for day in days(spool)), D(0))


def total_unknown(spool):
    return sum((day.unknown for day in days(spool)), D(0))
