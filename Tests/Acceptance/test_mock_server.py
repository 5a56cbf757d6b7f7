"""The mock itself: a test that trusts it must know that it counts, holds and fails as told."""
import concurrent.futures
import http.client
import json

import pytest

import check_output
from mock_answers import marker
from request_lines import chat, jsonl
from waiting import wait_for

pytestmark = pytest.mark.fast


def post(mock, prompt, path="/v1/chat/completions", **body):
    connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=10)
    try:
        connection.request("POST", path, json.dumps(chat("x", prompt, **body)["body"]))
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read()
    finally:
        connection.close()


def test_counts_each_body(mock):
    for prompt in ("one", "two", "one"):
        assert post(mock, prompt)[0] == 200
    assert (mock.count, mock.distinct, mock.resent) == (3, 2, 1)


def test_answers_what_the_sdk_reads(mock, tmp_path):
    lines = [chat(f"r{i}", f"prompt {i}") for i in range(3)]
    output = [
        {"id": f"o{i}", "custom_id": f"r{i}", "error": None, "response": {
            "status_code": 200, "request_id": "q", "body": json.loads(post(mock, f"prompt {i}")[2])}} for i in range(3)]
    for name, items in (("in", lines), ("out", output), ("disordered", output[::-1]), ("short", output[:2])):
        (tmp_path / name).write_bytes(jsonl(items))
    assert check_output.check(tmp_path / "in", tmp_path / "out") == []
    assert any("out of order" in p for p in check_output.check(tmp_path / "in", tmp_path / "disordered"))
    assert any("missing" in p for p in check_output.check(tmp_path / "in", tmp_path / "short"))


@pytest.mark.parametrize("path", ["/v1/completions", "/v1/embeddings", "/v1/responses"])
def test_answers_the_other_paths_in_their_types(mock, path):
    status, _, text = post(mock, "hello", path=path)
    assert status == 200
    assert check_output.judge_body(path, json.loads(text)) == []


def test_fails_by_marker_a_number_of_times(mock):
    prompt = "x " + marker(status=429, retry_after="7", times=2)
    assert [post(mock, prompt)[0] for _ in range(3)] == [429, 429, 200]
    assert post(mock, marker(status=429, retry_after="7"))[1]["Retry-After"] == "7"


def test_usage_and_finish_reason_by_marker(mock):
    assert "usage" not in json.loads(post(mock, marker(usage="missing"))[2])
    told = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
    assert json.loads(post(mock, marker(usage=told))[2])["usage"] == told
    assert json.loads(post(mock, marker(finish_reason="length"))[2])["choices"][0]["finish_reason"] == "length"


def test_closes_and_cuts(mock):
    with pytest.raises(http.client.RemoteDisconnected):
        post(mock, marker(close=True))
    with pytest.raises(http.client.IncompleteRead):
        post(mock, marker(cut=True))
    assert [request.outcome for request in mock.seen] == ["closed", "cut"]


def test_holds_and_releases(mock):
    mock.hold()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        posts = [pool.submit(post, mock, f"held {i}") for i in range(8)]
        wait_for(lambda: mock.in_flight == 8, 5, "eight in flight")
        mock.release(3)
        wait_for(lambda: mock.in_flight == 5, 5, "three answered")
        mock.release()
        assert all(p.result()[0] == 200 for p in posts)
    assert mock.max_in_flight == 8


def test_sees_a_client_leave(mock):
    connection = http.client.HTTPConnection("127.0.0.1", mock.port)
    connection.request("POST", "/v1/chat/completions", json.dumps(chat("x", marker(hang=True))["body"]))
    wait_for(lambda: mock.in_flight == 1, 5, "the request")
    connection.close()
    wait_for(lambda: mock.seen[0].outcome == "left", 5, "the client to be missed")


def test_can_die_and_come_back_on_its_port(mock):
    from mock_server import MockServer

    mock.stop()
    with pytest.raises(ConnectionError):
        post(mock, "anyone?")
    with MockServer(mock.port) as again:
        assert post(again, "anyone?")[0] == 200
