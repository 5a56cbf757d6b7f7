#!/usr/bin/env python3
"""check_output.py INPUT.jsonl OUTPUT.jsonl [ERRORS.jsonl]: do the result files of a batch fit its input file?

Judges by the OpenAI Batch format alone and by the types of the official SDK (`pip install openai`):
- every line has id (unique), custom_id, response {status_code, request_id, body} and error;
- the body of a 2xx is what the SDK expects at the url of the input line, with its usage, and has no error beside it;
- a failed line has a response with a status of 400 or more, or an error {code, message}; failures stand in ERRORS,
  successes in OUTPUT;
- each custom_id of INPUT comes back exactly as often as it stands there; OUTPUT keeps the order of INPUT.
A line of INPUT without a custom_id may have one line of ERRORS whose custom_id is null.
Exit status: 0 no problem, 1 problems (listed), 2 wrong usage.
"""
import collections
import json
import sys

from openai.types import Completion, CreateEmbeddingResponse
from openai.types.chat import ChatCompletion
from openai.types.responses import Response
from pydantic import ValidationError

TYPES = {
    "/v1/chat/completions": ChatCompletion, "/v1/completions": Completion,
    "/v1/embeddings": CreateEmbeddingResponse, "/v1/responses": Response}
COUNTS = {"/v1/embeddings": ("prompt_tokens", "total_tokens"), "/v1/responses": ("input_tokens", "output_tokens")}


def check(source, output, errors=None):
    """The problems, as a list of sentences; paths as in the usage above, a missing file of results is an empty one."""
    wanted = Wanted(source)
    for path, is_errors in ((output, False), (errors, True)):
        wanted.last = -1
        for number, line in numbered_lines(path):
            where = f"{path}:{number}"
            try:
                record = strict_json(line)
            except ValueError as problem:
                wanted.problems.append(f"{where}: {problem}")
                continue
            wanted.see(record, where, is_errors, separate=errors is not None)
    wanted.finish()
    return wanted.problems


class Wanted:
    """What the input asks for, and what of it has come."""

    def __init__(self, source):
        self.problems, self.places, self.urls, self.nameless = [], collections.defaultdict(list), {}, 0
        for number, line in numbered_lines(source):
            try:
                record = json.loads(line)
                custom_id = record["custom_id"]
                assert isinstance(custom_id, str)
            except (ValueError, LookupError, TypeError, AssertionError):
                self.nameless += 1
                continue
            self.places[custom_id].append(number)
            self.urls.setdefault(custom_id, record.get("url"))
        self.seen, self.ids, self.last = collections.Counter(), set(), -1

    def see(self, record, where, is_errors, separate):
        kind, wrong = judge(record, self.urls)
        if isinstance(record, dict):
            if record.get("id") in self.ids:
                wrong.append(f"the id {record['id']} for the second time")
            self.ids.add(record.get("id"))
            wrong += self.place(record.get("custom_id"), kind, in_order=not is_errors)
        if kind == "success" and is_errors:
            wrong.append("a success among the errors")
        if kind == "failure" and separate and not is_errors:
            wrong.append("a failure in the output")
        self.problems += [f"{where}: {problem}" for problem in wrong]

    def place(self, custom_id, kind, in_order):
        if custom_id is None and kind == "failure" and self.nameless:
            self.nameless -= 1
            return []
        if custom_id not in self.places:
            return [f"custom_id {custom_id!r} is not in the input"]
        self.seen[custom_id] += 1
        places = self.places[custom_id]
        if self.seen[custom_id] > len(places):
            return [f"custom_id {custom_id!r} comes more often than in the input"]
        if in_order:
            later = [place for place in places if place > self.last]
            if not later:
                return [f"custom_id {custom_id!r} is out of order"]
            self.last = later[0]
        return []

    def finish(self):
        for custom_id, places in self.places.items():
            if self.seen[custom_id] < len(places):
                self.problems.append(f"custom_id {custom_id!r} is missing {len(places) - self.seen[custom_id]} times")


def judge(record, urls):
    """("success" or "failure" or None where that cannot be told, what is wrong)."""
    if not isinstance(record, dict):
        return None, ["not an object"]
    if missing := {"id", "custom_id", "response", "error"} - record.keys():
        return None, [f"without {', '.join(sorted(missing))}"]
    response, error = record["response"], record["error"]
    wrong = [] if isinstance(record["id"], str) and record["id"] else ["id is no text"]
    if error is not None:
        members = [error.get(name) for name in ("code", "message")] if isinstance(error, dict) else [None]
        if not all(isinstance(member, str) and member for member in members):
            wrong.append("error is not {code, message}")
    if response is None:
        return ("failure", wrong) if error is not None else (None, wrong + ["response and error are both null"])
    if not isinstance(response, dict) or not {"status_code", "request_id", "body"} <= response.keys():
        return None, wrong + ["response is not {status_code, request_id, body}"]
    status = response["status_code"]
    if type(status) is not int or not (200 <= status < 300 or 400 <= status < 600):
        return None, wrong + [f"status_code is {status!r}"]
    if not isinstance(response["request_id"], str):
        wrong.append("request_id is no text")
    if status >= 400:
        return "failure", wrong
    if error is not None:
        return "failure", wrong + [f"status_code {status} and an error beside it"]
    return "success", wrong + judge_body(urls.get(record["custom_id"]), response["body"])


def judge_body(url, body):
    if url not in TYPES:
        return []
    try:
        TYPES[url].model_validate(body, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        return [f"body is no {TYPES[url].__name__}: {'.'.join(map(str, first['loc']))}: {first['msg']}"]
    usage = body.get("usage") or {}
    names = COUNTS.get(url, ("prompt_tokens", "completion_tokens", "total_tokens"))
    return [f"usage without {name}" for name in names if type(usage.get(name)) is not int]


def strict_json(line):
    def pairs(items):
        if len(dict(items)) != len(items):
            raise ValueError("a member name twice in one object")
        return dict(items)

    def constant(name):
        raise ValueError(f"{name} is not JSON")

    return json.loads(line.decode("utf-8"), parse_constant=constant, object_pairs_hook=pairs)


def numbered_lines(path):
    """Only \\n ends a line: U+2028 may stand inside one."""
    try:
        with open(path, "rb") as file:
            return [(n, line) for n, line in enumerate(file.read().split(b"\n"), 1) if line.strip()]
    except (FileNotFoundError, TypeError):
        return []


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    found = check(*sys.argv[1:])
    print("\n".join(found[:10] + [f"{len(found)} problems"]))
    sys.exit(1 if found else 0)
