"""Anthropic Message Batches on loopback, with the faults of `mock_batches`."""
import json
import urllib.parse

import mock_answers
import mock_batches
import mock_messages
from mock_batches import Batch, answer_of, dump


class MessageBatchProvider(mock_batches.BatchProvider):
    """A batch has no name here: the one that its custom_ids begin with stands for it, and `expired` ends its lines."""

    def __init__(self, port=0):
        super().__init__(port)
        self.end = complete

    def beside(self, method, path, headers, raw):
        url = urllib.parse.urlsplit(path)
        parts = url.path.strip("/").split("/")
        if parts[:3] != ["v1", "messages", "batches"]:
            return super().beside(method, path, headers, raw)
        assert headers["anthropic-version"] == "2023-06-01" and "authorization" not in headers
        verb = {
            ("POST", 3): "create", ("GET", 3): "batches", ("GET", 4): "look", ("GET", 5): "results",
            ("POST", 5): "cancel"}[method, len(parts)]
        self.calls.append(verb)
        when, fault = (self.faults.get(verb) or [(None, None)]).pop(0)
        if when == "before":
            return answer_of(fault)
        query = dict(urllib.parse.parse_qsl(url.query))
        answer = getattr(self, f"_{verb}")(parts[3] if len(parts) > 3 else None, query, headers, raw)
        return answer_of(fault) if when == "after" else answer

    def _create(self, _, query, headers, raw):
        lines = json.loads(raw)["requests"]
        for line in lines:
            assert set(line) == {"custom_id", "params"} and len(line["custom_id"]) <= 64
            assert mock_messages.refusal(headers, line["params"]) is None
        identity = f"msgbatch_{len(self.batches) + 1:04}"
        name = lines[0]["custom_id"].rpartition("-")[0]
        self.batches[identity] = Batch(identity, name, "", lines)
        return 200, dump(self._batch(self.batches[identity]))

    def _batches(self, _, query, headers, raw):
        # Times are not kept here: every batch is younger than what is looked for.
        found = [self._batch(batch) for batch in reversed(self.batches.values())]
        start = 0
        if "after_id" in query:
            start = 1 + next(i for i, entry in enumerate(found) if entry["id"] == query["after_id"])
        return 200, dump({"data": found[start:start + 2], "has_more": start + 2 < len(found)})

    def _results(self, identity, query, headers, raw):
        lines = self.batches[identity].output.splitlines(keepends=True)
        self._random.shuffle(lines)
        return 200, b"".join(lines)

    def _batch(self, batch):
        ended = batch.status == "ended"
        kinds = [json.loads(line)["result"]["type"] for line in batch.output.splitlines()]
        counts = {kind: kinds.count(kind) for kind in ("succeeded", "errored", "canceled", "expired")}
        return {
            "id": batch.id, "type": "message_batch", "processing_status": batch.status,
            "created_at": "2099-01-01T00:00:00Z", "results_url": f"{self.url}/nowhere" if ended else None,
            "request_counts": {"processing": 0 if ended else len(batch.lines), **counts}}


def complete(provider, batch):
    batch.status = "ended"
    batch.output = b"".join(map(succeeded, batch.lines))


def succeeded(line):
    raw = json.dumps(line["params"]).encode()
    fault = mock_answers.fault_of(line["params"])
    message = mock_answers.success("/v1/messages", line["params"], raw, fault)
    return dump({"custom_id": line["custom_id"], "result": {"type": "succeeded", "message": message}}) + b"\n"


def ended(line, kind):
    """`canceled` or `expired`."""
    return dump({"custom_id": line["custom_id"], "result": {"type": kind}}) + b"\n"


def errored(line, kind):
    error = {"type": "error", "error": {"type": kind, "message": "the mock says so"}}
    return dump({"custom_id": line["custom_id"], "result": {"type": "errored", "error": error}}) + b"\n"
