"""A chat endpoint over HTTP/2 that ends connections and streams as a test wants.

A request counts once its last byte is here: that is what a provider may bill. `script` says what becomes of it:

    answer      a whole answer
    refuse      RST_STREAM with REFUSED_STREAM: by RFC 9113 §8.7 nothing was done with it
    reset       RST_STREAM with INTERNAL_ERROR
    goaway      GOAWAY that names an earlier stream as the last, and the connection is closed
    close       the connection is closed without a word
"""
import hashlib
import json
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events

import mock_answers
from loopback import LoopbackServer, shut


class H2Server(LoopbackServer):
    def __init__(self, context, script=lambda number, connection: "answer"):
        super().__init__()
        self.script = script
        self.seen = []  # SHA-256 of each whole request, in order
        self.headers = []
        self.connections = 0
        self.streams_max = 0  # open at once on one connection
        self.versions = set()
        self._lock = threading.Lock()
        self._context = context
        self._sockets = []

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def __exit__(self, *_):
        super().__exit__()
        for each in self._sockets:
            shut(each)

    def serve(self, plain):
        with self._context.wrap_socket(plain, server_side=True) as tls:
            self._sockets.append(tls)
            with self._lock:
                number = self.connections
                self.connections += 1
                self.versions.add(tls.selected_alpn_protocol())
            _Connection(self, tls, number).run()

    def arrived(self, body, headers, connection):
        with self._lock:
            self.seen.append(hashlib.sha256(body).hexdigest())
            self.headers.append(headers)
            return self.script(len(self.seen) - 1, connection)


class _Connection:
    def __init__(self, server, tls, number):
        self.server, self.tls, self.number = server, tls, number
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.bodies, self.headers = {}, {}
        self.answered_last = 0

    def run(self):
        if self.tls.selected_alpn_protocol() != "h2":
            return
        self.h2.initiate_connection()
        self.tls.sendall(self.h2.data_to_send())
        while data := self.tls.recv(65536):
            for event in self.h2.receive_data(data):
                if not self._handle(event):
                    self.tls.sendall(self.h2.data_to_send())
                    return shut(self.tls)
            self.tls.sendall(self.h2.data_to_send())

    def _handle(self, event):
        """False: the connection ends."""
        if isinstance(event, h2.events.RequestReceived):
            self.bodies[event.stream_id], self.headers[event.stream_id] = b"", dict(event.headers)
            self.server.streams_max = max(self.server.streams_max, len(self.bodies))
        elif isinstance(event, h2.events.DataReceived):
            self.bodies[event.stream_id] += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            body = self.bodies.pop(event.stream_id)
            headers = self.headers.pop(event.stream_id)
            return self._end(event.stream_id, body, self.server.arrived(body, headers, self.number), headers)
        elif isinstance(event, h2.events.ConnectionTerminated):
            return False
        return True

    def _end(self, stream, body, fate, headers):
        if fate == "answer":
            answer = mock_answers.success(headers[":path"], json.loads(body), body, {})
            self.h2.send_headers(stream, [(":status", "200"), ("content-type", "application/json")])
            self.h2.send_data(stream, json.dumps(answer).encode(), end_stream=True)
            self.answered_last = stream
        elif fate == "refuse":
            self.h2.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
        elif fate == "reset":
            self.h2.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
        elif fate == "goaway":
            self.h2.close_connection(last_stream_id=self.answered_last)
        return fate not in ("goaway", "close")
