"""An OpenAI-compatible endpoint on loopback that counts, holds and fails as a test wants. Standard library alone.

It knows nothing of Bobbin: every request that arrives whole is one entry in `seen`, in order, with the SHA-256 of its
body, so that what was sent twice shows. `python3 mock_server.py PORT` runs it by hand; GET /stats tells the counts.
"""
import asyncio
import collections
import dataclasses
import hashlib
import json
import math
import sys
import threading
import time

import mock_answers
import mock_messages
import mock_wire
from waiting import holds_for, wait_for


@dataclasses.dataclass
class Seen:
    number: int
    path: str
    headers: dict
    raw: bytes
    body: object
    sha256: str
    at: float
    outcome: str = "in flight"  # then: answered, closed, cut, left (the client went away first)
    status: int = 0

    @property
    def text(self):
        return "\n".join(mock_answers.texts(self.body))


class MockServer:
    """`with MockServer() as mock:` serves until the block ends. All attributes may be read from any thread."""

    def __init__(self, port=0, tls=None):
        self.port = port
        self.tls = tls
        self.seen = []
        self.in_flight = 0
        self.max_in_flight = 0
        self.connections = 0
        self.delay = 0.0
        #: Seen -> dict as in `mock_answers.marker`, for all requests; a marker in the body goes before it.
        self.script = lambda request: {}
        #: A `mock_limits.Limits`: what is above gets a 429 with Retry-After, in whole seconds.
        self.limits = None
        self._sightings = collections.Counter()
        self._holding = False
        self._freed = 0
        self._loop = asyncio.new_event_loop()
        self._changed = None
        self._tasks = set()
        self._thread = threading.Thread(target=self._run, name="mock", daemon=True)
        self._started = threading.Event()

    # What a test asks.

    @property
    def url(self):
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    @property
    def count(self):
        return len(self.seen)

    @property
    def distinct(self):
        return len(set(self.bodies()))

    @property
    def resent(self):
        """Requests beyond the first of each body."""
        return self.count - self.distinct

    def bodies(self, start=0, end=None):
        return [request.sha256 for request in self.seen[start:end]]

    # What a test tells.

    def hold(self):
        """From now on requests are read and counted, and answered after `release`."""
        self._call(self._set_holding, True, 0)

    def release(self, count=None):
        """Answers `count` of the held requests (or the next that come); without a count: all, and for good."""
        self._call(self._set_holding, count is not None, count or 0)

    def await_in_flight(self, count, seconds=30):
        """After `hold`: so many requests are in flight, no more come, and none has left."""
        wait_for(lambda: self.in_flight >= count, seconds, lambda: f"{count} in flight, {self.in_flight} are")
        holds_for(lambda: self.in_flight == count, 0.5, lambda: f"{count} in flight: {self.in_flight}")

    def start(self):
        self._thread.start()
        assert self._started.wait(10), "the mock did not start"
        return self

    def stop(self):
        """Closes the port and every connection, as a dying server does. A new one may take the port over."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(10)
            assert not self._thread.is_alive(), "the mock did not end"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # The server.

    def _call(self, function, *arguments):
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (function(*arguments), done.set()))
        assert done.wait(10), "the mock does not answer"

    def _set_holding(self, holding, freed):
        self._holding = holding
        self._freed = self._freed + freed if holding else 0
        self._changed.set()
        self._changed = asyncio.Event()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self):
        self._stopping, self._changed = asyncio.Event(), asyncio.Event()
        server = await asyncio.start_server(
            self._connection, "127.0.0.1", self.port, backlog=1024, limit=1 << 26, reuse_address=True, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stopping.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connection(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client or the test went away: `seen` tells what became of the request
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _request(self, reader, writer):
        """One request and its answer. False: the connection is used up."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        raw = await self._body(reader, headers)
        if (beside := self.beside(method, path, headers, raw)) is not None:
            return await self._answer_beside(beside, reader, writer)
        sha256 = hashlib.sha256(raw).hexdigest()
        request = Seen(len(self.seen), path, headers, raw, _json(raw), sha256, time.monotonic())
        self._sightings[request.sha256] += 1
        self.seen.append(request)
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            return await self._answer(request, reader, writer)
        finally:
            self.in_flight -= 1
            if request.outcome == "in flight":
                request.outcome = "left"

    def beside(self, method, path, headers, raw):
        """The answer to what is no completion, as `_answer_beside` takes it; None: it is one."""
        if method != "GET":
            return None
        answer = {"/health": {"status": "ok"}, "/stats": self.stats()}.get(path, {"object": "list", "data": []})
        return 200, json.dumps(answer).encode()

    async def _answer_beside(self, answer, reader, writer):
        """(status, body), or "close" for none, or "hang" for none while the client stays."""
        if answer == "hang":
            await reader.read(1)
        if answer in ("close", "hang"):
            return False
        writer.write(mock_wire.message(*answer, {}))
        await writer.drain()
        return True

    async def _body(self, reader, headers):
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return await reader.readexactly(int(headers.get("content-length", 0)))
        raw = b""
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            raw += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
        return raw

    async def _answer(self, request, reader, writer):
        fault = {"delay": self.delay, **self.script(request), **mock_answers.fault_of(request.body)}
        if self._sightings[request.sha256] > fault.get("times", sys.maxsize):
            fault = {"delay": self.delay}
        if self.limits and fault.get("status", 200) == 200:
            usage = mock_answers.success(request.path, request.body, request.raw, fault).get("usage") or {}
            wait = self.limits.admit(usage.get("total_tokens", 0))
            if wait is not None:
                fault = {"delay": 0, "status": 429, "retry_after": str(math.ceil(wait))}
        if not await self._unless_client_leaves(reader, self._pause(fault)):
            return False
        reset = fault.get("reset")
        if reset:
            mock_wire.reset_on_close(writer)
        if fault.get("close") or reset == "before":
            request.outcome = "closed"
            return False
        request.status = fault.get("status", 200)
        if request.path == "/v1/messages" and (why := mock_messages.refusal(request.headers, request.body)):
            request.status = 400
            fault = {"body": json.dumps({"type": "error", "error": {"type": "invalid_request_error", "message": why}})}
        if request.status == 200:
            answer = mock_answers.success(request.path, request.body, request.raw, fault)
        else:
            answer = _failures(request).failure(request.status)
        text = fault.get("body", json.dumps(answer, ensure_ascii=False))
        text = text if isinstance(text, bytes) else text.encode()
        extra = dict(fault.get("headers", {}))
        if "retry_after" in fault:
            extra["Retry-After"] = fault["retry_after"]
        message = mock_wire.message(request.status, text, extra)
        if fault.get("cut") or reset == "in":
            writer.write(message[:-len(text) // 2])
            await writer.drain()
            request.outcome = "cut"
            return False
        if "drip" in fault:
            if not await self._unless_client_leaves(reader, mock_wire.drip(writer, message, fault["drip"])):
                return False
        else:
            writer.write(message)
        await writer.drain()
        request.outcome = "answered"
        return not reset

    async def _pause(self, fault):
        while fault.get("hang"):
            await asyncio.sleep(3600)
        while self._holding:
            if self._freed > 0:
                self._freed -= 1
                break
            await self._changed.wait()
        if fault["delay"]:
            await asyncio.sleep(fault["delay"])

    async def _unless_client_leaves(self, reader, work):
        """Does `work`; False if the client closed its end first. A client that waits for an answer sends nothing."""
        working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return working.done()
        finally:
            for task in (working, leaving):
                task.cancel()
            await asyncio.gather(working, leaving, return_exceptions=True)

    def stats(self):
        return {
            "requests": self.count, "distinct": self.distinct, "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight, "by_status": collections.Counter(r.status for r in self.seen)}


def _failures(request):
    return mock_messages if request.path == "/v1/messages" else mock_answers


def _json(raw):
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")


if __name__ == "__main__":
    with MockServer(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as mock:
        print(mock.url, flush=True)
        threading.Event().wait()
