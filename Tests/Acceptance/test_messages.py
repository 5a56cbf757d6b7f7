"""Anthropic's interface: lines of url /v1/messages, and chats that are translated there and back."""
import decimal
import json

import pytest

import budget_file
import results
from mock_answers import marker
from request_lines import MODEL, chat, chats, line
from waiting import wait_for

D = decimal.Decimal
KEYS = {
    "endpoint": "mock", "max_output_tokens": 64, "input_usd_per_million": "1", "cached_input_usd_per_million": "0.1",
    "cache_write_usd_per_million": "1.25", "output_usd_per_million": "5"}


@pytest.fixture
def anthropic(spool):
    spool.configure(model=KEYS, gate='[checks]\nfinish_reason = ["stop"]\n')
    text = (spool.config / "models.toml").read_text()
    stated = 'interface = "anthropic"\napi_key = "env:KEY"\n'
    spool.write_config(models=text.replace("[models.", f"{stated}[models.", 1))
    spool.environment = {"KEY": "sk-ant-x"}
    return spool


def message(custom_id, prompt, **body):
    return line(custom_id, {
        "model": MODEL, "max_tokens": 32, "messages": [{"role": "user", "content": prompt}], **body}, "/v1/messages")


@pytest.mark.fast
def test_messages_go_out_as_they_are_and_come_back_as_answered(anthropic, mock):
    usage = {"input_tokens": 10, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 40, "output_tokens": 2}
    lines = [message("a", "hello", system="brief"), message("b", marker(usage=usage))]
    anthropic.process("job.jsonl", lines)
    job = results.job_named(anthropic, "job.jsonl")
    assert {request.path for request in mock.seen} == {"/v1/messages"}
    assert {request.headers["x-api-key"] for request in mock.seen} == {"sk-ant-x"}
    assert {json.dumps(request.body) for request in mock.seen} == {json.dumps(sent["body"]) for sent in lines}
    first, second = job.output()
    assert first["response"]["body"]["type"] == "message" and first["error"] is None
    assert second["response"]["body"]["usage"]["cache_read_input_tokens"] == 40
    plain = first["response"]["body"]["usage"]
    spent = plain["input_tokens"] + 5 * plain["output_tokens"] + 10 + D("1.25") * 20 + D("0.1") * 40 + 5 * 2
    assert budget_file.total_spent(anthropic) == spent / 1_000_000


def test_a_chat_is_translated_there_and_back(anthropic, mock):
    lines = [
        chat("a", "hello", temperature=0.5, stop=["END"], user="u"),
        line("b", {"model": MODEL, "max_completion_tokens": 16, "messages": [
            {"role": "system", "content": "brief"}, {"role": "user", "content": "hi"}]})]
    anthropic.process("job.jsonl", lines)
    job = results.job_named(anthropic, "job.jsonl")
    sent = {request.text: request.body for request in mock.seen}
    assert sent["hello"] == {
        "model": MODEL, "max_tokens": 32, "messages": [{"role": "user", "content": "hello"}], "temperature": 0.5,
        "stop_sequences": ["END"], "metadata": {"user_id": "u"}}
    assert sent["hi"]["system"] == "brief" and sent["hi"]["max_tokens"] == 16
    bodies = {record["custom_id"]: record["response"]["body"] for record in job.output()}
    assert bodies["a"]["object"] == "chat.completion"
    assert bodies["a"]["choices"][0]["message"]["content"].startswith("Answer ")
    usage = bodies["a"]["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


@pytest.mark.parametrize("ask", [chat, message])
def test_the_gate_reads_why_an_answer_ended(anthropic, mock, ask):
    anthropic.process("job.jsonl", [ask("cut", marker(finish_reason="length"))], code=None)
    report = results.job_named(anthropic, "job.jsonl").report
    assert report["verdict"] == "rejected" and mock.count == 1


def test_what_would_be_lost_is_refused_by_its_name_and_never_sent(anthropic, mock):
    anthropic.process("job.jsonl", [*chats(30), chat("lost", "a", seed=7)], code=None)
    [error] = results.job_named(anthropic, "job.jsonl").errors()
    assert error["error"]["code"] == "untranslatable" and "seed: it has no" in error["error"]["message"]
    assert mock.count == 30


def test_messages_for_a_model_elsewhere_are_refused(spool, mock):
    spool.process("job.jsonl", [*chats(30), message("m", "a")])
    [error] = results.job_named(spool, "job.jsonl").errors()
    assert error["error"]["code"] == "unsupported_url" and "/v1/messages" in error["error"]["message"]
    assert mock.count == 30


def test_an_overloaded_server_is_asked_again_at_no_cost(anthropic, mock):
    anthropic.process("job.jsonl", [message("a", marker(status=529, times=2))])
    job = results.job_named(anthropic, "job.jsonl")
    assert job.output()[0]["bobbin"]["attempts"] == 3 and budget_file.total_unknown(anthropic) == 0


def test_an_account_without_credit_stops_the_endpoint_and_fails_no_line(anthropic, mock):
    error = {"type": "invalid_request_error", "message": "Your credit balance is too low to access the Anthropic API."}
    mock.script = lambda request: {"status": 400, "body": json.dumps({"type": "error", "error": error})}
    with anthropic.daemon():
        anthropic.drop("job.jsonl", [message(f"m{i}", f"{i}") for i in range(100)])
        [parked] = anthropic.parked()
        assert "paid" in parked["reason"] and mock.count <= 32
    mock.script = lambda request: {}
    anthropic.once()
    assert results.job_named(anthropic, "job.jsonl").report["lines"]["answered"] == 100


def test_doctor_says_which_interface(anthropic):
    assert "Anthropic's interface" in anthropic.json("doctor")["configuration"]["endpoints.mock"]


def test_the_key_of_another_header_is_in_no_log(anthropic, mock):
    with anthropic.daemon(env={"BOBBIN_LOG": "debug"}) as daemon:
        anthropic.drop("job.jsonl", [message("a", "hello")])
        wait_for(lambda: results.jobs(anthropic), 30, lambda: f"the verdict\n{daemon.log}")
        assert "sk-ant-x" not in daemon.log
