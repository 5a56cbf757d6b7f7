"""A provider's batch interface on loopback, written from the OpenAI API reference: files, batches, and faults at each.

A batch ends when it was looked at `looks` times (or is held until `finish`), its lines are answered as the mock endpoint
answers them, and its output is shuffled.
"""
import dataclasses
import json
import random
import re
import urllib.parse

import mock_answers
from mock_server import MockServer


@dataclasses.dataclass
class Batch:
    id: str
    name: str
    file: str
    lines: list
    status: str = "in_progress"
    looks: int = 0
    output: bytes = b""
    errors: bytes = b""
    faults: list = dataclasses.field(default_factory=list)


class BatchProvider(MockServer):
    def __init__(self, port=0):
        super().__init__(port)
        self.files, self.batches, self.calls = {}, {}, []
        #: How often a batch is looked at before it has ended; None: never.
        self.looks = 2
        #: Ends a batch: sets status, output, errors and faults.
        self.end = complete
        #: verb -> faults for its next calls: (None or "before" or "after", status or "close" or "hang").
        self.faults = {}
        self._random = random.Random(7)

    # What a test asks.

    @property
    def names(self):
        return [batch.name for batch in self.batches.values()]

    def called(self, verb):
        return self.calls.count(verb)

    @property
    def run_ids(self):
        """The custom_id of every line that was run, in all batches."""
        return [json.loads(line)["custom_id"] for batch in self.batches.values() for line in batch.output.splitlines()]

    # The server.

    def beside(self, method, path, headers, raw):
        url = urllib.parse.urlsplit(path)
        parts = url.path.strip("/").split("/")
        if parts[:1] != ["v1"] or parts[1] not in ("files", "batches"):
            return super().beside(method, path, headers, raw)
        verb = {
            ("POST", "files", 2): "upload", ("GET", "files", 2): "files", ("GET", "files", 4): "results",
            ("POST", "batches", 2): "create", ("GET", "batches", 2): "batches", ("GET", "batches", 3): "look",
            ("POST", "batches", 4): "cancel"}[method, parts[1], len(parts)]
        self.calls.append(verb)
        when, fault = (self.faults.get(verb) or [(None, None)]).pop(0)
        if when == "before":
            return answer_of(fault)
        query = dict(urllib.parse.parse_qsl(url.query))
        answer = getattr(self, f"_{verb}")(parts[2] if len(parts) > 2 else None, query, headers, raw)
        return answer_of(fault) if when == "after" else answer

    def _upload(self, _, query, headers, raw):
        boundary = re.search(r'boundary="?([^";]+)', headers["content-type"]).group(1).encode()
        form = {}
        for part in raw.split(b"--" + boundary)[1:-1]:
            head, content = part[2:-2].split(b"\r\n\r\n", 1)
            name = re.search(rb' name="([^"]+)"', head).group(1).decode()
            form[name] = content
            if found := re.search(rb'filename="([^"]+)"', head):
                form["filename"] = found.group(1).decode()
        assert form["purpose"] == b"batch", form["purpose"]
        identity = f"file-{len(self.files) + 1:04}"
        self.files[identity] = form["filename"], form["file"]
        return 200, dump(self._file(identity))

    def _file(self, identity):
        name, content = self.files[identity]
        return {"id": identity, "object": "file", "bytes": len(content), "filename": name, "purpose": "batch"}

    def _files(self, _, query, headers, raw):
        return page([self._file(identity) for identity in reversed(self.files)], query)

    def _create(self, _, query, headers, raw):
        body = json.loads(raw)
        if body["input_file_id"] not in self.files or body["completion_window"] != "24h":
            return 400, dump(mock_answers.failure(400))
        lines = [json.loads(line) for line in self.files[body["input_file_id"]][1].splitlines()]
        assert all(line["url"] == body["endpoint"] and line["method"] == "POST" for line in lines)
        assert all(re.fullmatch("[A-Za-z0-9_-]{1,64}", line["custom_id"]) for line in lines)
        identity = f"batch_{len(self.batches) + 1:04}"
        self.batches[identity] = Batch(identity, body["metadata"]["bobbin"], body["input_file_id"], lines)
        return 200, dump(self._batch(self.batches[identity]))

    def _batches(self, _, query, headers, raw):
        return page([self._batch(batch) for batch in reversed(self.batches.values())], query)

    def _look(self, identity, query, headers, raw):
        if identity not in self.batches:
            return 404, dump(mock_answers.failure(404))
        batch = self.batches[identity]
        batch.looks += 1
        if batch.status in ("in_progress", "cancelling") and self.looks is not None and batch.looks >= self.looks:
            self.end(self, batch)
        return 200, dump(self._batch(batch))

    def _cancel(self, identity, query, headers, raw):
        self.batches[identity].status = "cancelling"
        return 200, dump(self._batch(self.batches[identity]))

    def _results(self, identity, query, headers, raw):
        kind, _, batch = identity.partition("-")
        content = self.batches[batch].output if kind == "out" else self.batches[batch].errors
        lines = content.splitlines(keepends=True)
        self._random.shuffle(lines)
        return 200, b"".join(lines)

    def _batch(self, batch):
        failed = len(batch.errors.splitlines())
        return {
            "id": batch.id, "object": "batch", "endpoint": batch.lines[0]["url"], "input_file_id": batch.file,
            "completion_window": "24h", "status": batch.status, "created_at": 1_790_000_000,
            "output_file_id": f"out-{batch.id}" if batch.output else None,
            "error_file_id": f"err-{batch.id}" if batch.errors else None,
            "errors": {"object": "list", "data": batch.faults} if batch.faults else None,
            "request_counts": {
                "total": len(batch.lines), "completed": len(batch.output.splitlines()), "failed": failed},
            "metadata": {"bobbin": batch.name}}


def complete(provider, batch):
    batch.status = "completed"
    batch.output = b"".join(result(line) for line in batch.lines)


def result(line):
    """The output line of a request that was answered."""
    raw = json.dumps(line["body"]).encode()
    body = mock_answers.success(line["url"], line["body"], raw, mock_answers.fault_of(line["body"]))
    return record(line, {"status_code": 200, "request_id": f"q-{line['custom_id']}", "body": body}, None)


def refusal(line, status):
    """An HTTP error, as OpenAI writes it: no error beside the response."""
    return record(line, {"status_code": status, "request_id": "q", "body": mock_answers.failure(status)}, None)


def error(line, code):
    """No HTTP response at all."""
    return record(line, None, {"code": code, "message": f"the mock says {code}"})


def record(line, response, fault):
    return dump({
        "id": f"batch_req_{line['custom_id']}", "custom_id": line["custom_id"], "response": response,
        "error": fault}) + b"\n"


def page(objects, query):
    start = 0
    if "after" in query:
        start = 1 + next(i for i, entry in enumerate(objects) if entry["id"] == query["after"])
    limit = min(int(query.get("limit", 20)), 2)  # pages are short here, so that they are turned
    data = objects[start:start + limit]
    return 200, dump({"object": "list", "data": data, "has_more": start + limit < len(objects)})


def answer_of(fault):
    return (fault, dump(mock_answers.failure(fault))) if isinstance(fault, int) else fault


def dump(value):
    return json.dumps(value, ensure_ascii=False).encode()
