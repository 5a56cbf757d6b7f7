"""A real receiver of webhooks on loopback, which verifies each signature by itself. Standard library alone."""
import base64
import collections
import dataclasses
import hashlib
import hmac
import http.server
import json
import threading
import time

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@dataclasses.dataclass
class Delivery:
    id: str
    event: str
    data: dict
    status: int


class WebhookReceiver:
    """`with WebhookReceiver() as hook:`. What arrives is in `deliveries`; what is not as the specification says, in
    `problems`. `answer` is called for each delivery and returns the status."""

    def __init__(self, port=0, key=KEY):
        self.key = key
        self.deliveries = []
        self.problems = []
        self.headers = {}
        self.answer = lambda delivery: 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                receiver._take(self)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._lock = threading.Lock()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook?room=spool"

    @property
    def accepted(self):
        return [delivery for delivery in self.deliveries if 200 <= delivery.status < 300]

    def events(self, event=None):
        """What a receiver that drops repeats has: one delivery an id, in order."""
        first = {}
        for delivery in self.accepted:
            first.setdefault(delivery.id, delivery)
        return [delivery for delivery in first.values() if event in (None, delivery.event)]

    def count(self, event):
        return len(self.events(event))

    def repeats(self):
        return {id: n for id, n in collections.Counter(d.id for d in self.accepted).items() if n > 1}

    def _take(self, request):
        raw = request.rfile.read(int(request.headers.get("content-length", 0)))
        problem = self._problem(request, raw)
        body = json.loads(raw)
        delivery = Delivery(request.headers.get("webhook-id", ""), body.get("type", ""), body.get("data", {}), 0)
        with self._lock:
            if problem:
                self.problems.append(problem)
            delivery.status = 401 if problem else self.answer(delivery)
            self.deliveries.append(delivery)
        request.send_response(delivery.status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        request.send_header("content-length", "0")
        request.end_headers()

    def _problem(self, request, raw):
        """Standard Webhooks 1.0.0, from the receiver's side."""
        id, stamp = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
        if not id or "." in id:
            return f"webhook-id {id!r}"
        if not stamp.isdigit() or abs(int(stamp) - time.time()) > 300:
            return f"webhook-timestamp {stamp!r}"
        signed = hmac.new(self.key, f"{id}.{stamp}.".encode() + raw, hashlib.sha256).digest()
        wanted = "v1," + base64.b64encode(signed).decode()
        if wanted not in request.headers.get("webhook-signature", "").split(" "):
            return f"webhook-signature {request.headers.get('webhook-signature')!r}, not {wanted!r}"
        body = json.loads(raw)
        if set(body) != {"type", "timestamp", "data"} or not body["timestamp"].endswith("Z"):
            return f"payload {raw!r}"
        if request.headers.get("content-type") != "application/json":
            return f"content-type {request.headers.get('content-type')!r}"
        return None

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
