"""seeds.py DIRECTORY: what fuzz-readers begins with, a directory for each group: well-formed texts of each reader, each
behind the byte that names the reader. The numbers are places in the lists of Tests/Fuzz/readers."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIG = ROOT / "Spool" / "config"
SAMPLES = ROOT / "Spool" / "samples"
ZONE = pathlib.Path("/usr/share/zoneinfo/Europe/Berlin")
TIME = "2026-10-01T10:00:00.000Z"
USAGE = '"usage":{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}'
CHAT = '{"choices":[{"message":{"content":"four","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]},' + (
    '"finish_reason":"stop"}],' + USAGE + "}")
MESSAGE = '{"content":[{"type":"text","text":"four"},{"type":"tool_use","id":"t","name":"f","input":{}}],' + (
    '"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":3,"cache_read_input_tokens":2}}')
SHARD = '{"shard":1,"role":"canary","url":"/v1/chat/completions","model":"m","worst_usd":"0.1","worst_tokens":9,' + (
    '"lines":[1,[3,9]]}')
BODY = '{"model":"%s","messages":[{"role":"user","content":"hello"}],"max_tokens":10,"n":2,"seed":1%s}'
FORM = ',"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}}'
BOUNDS = '"at":"' + TIME + '","id":"j/1"'


def line(model, more=""):
    return '{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":' + BODY % (model, more) + "}"


SEEDS = {
    "requests": [
        (0, line("m")), (0, line("route", FORM)), (0, line("far", ',"tools":[],"temperature":0.5')),
        (0, line("m").replace("chat/completions", "embeddings").replace('"messages"', '"input"')),
        (1, '{"key":"' + "ab" * 32 + '","answer":{"status_code":200,"body":{}},"at":"' + TIME + '"}'),
        (2, '/a/0\n{"a":[1]}'),
    ],
    "answers": [
        (0, CHAT), (0, MESSAGE), (1, MESSAGE),
        (0, '{"output":[{"type":"message","content":[{"type":"output_text","text":"x"}]}],"status":"completed"}'),
        (0, '{"data":[{"embedding":[0.5]}],"usage":{"prompt_tokens":3}}'),
        (2, '{"line":3,"result":"completed","round":1,"attempts":1,"model":"m","usd":"0.01","tokens":12,'
         '"usage":[9,4,3,0],"response":{"status_code":200}}'),
        (3, '{"data":[{"id":"b","status":"completed"}],"has_more":false}'),
        (3, '{"id":"b","status":"failed","request_counts":{"total":3,"completed":1,"failed":2},'
         '"output_file_id":"f","errors":{"data":[{"code":"c","message":"m","line":3}]}}'),
        (3, '{"custom_id":"l1","response":{"status_code":200,"request_id":"r","body":' + CHAT + '},"error":null}'),
        (4, '{"id":"b","processing_status":"ended","request_counts":{"succeeded":1},"results_url":"u"}'),
        (4, '{"custom_id":"l1","result":{"type":"succeeded","message":' + MESSAGE + "}}"),
        (5, '{"verdict":"fail","reason":"wrong"}'), (5, '```json\n{"verdict":"pass"}\n```'),
    ],
    "headers": [
        (0, "120"), (0, "Fri, 31 Dec 1999 23:59:59 GMT"), (0, "Friday, 31-Dec-99 23:59:59 GMT"),
        (0, "Fri Dec 31 23:59:59 1999"), (0, "1.5"),
        (1, "x-ratelimit-remaining-requests:59\nx-ratelimit-reset-requests:2m59.56s"),
        (1, "anthropic-ratelimit-tokens-remaining:9\nanthropic-ratelimit-tokens-reset:" + TIME),
        (2, TIME), (2, "2026-10-01"), (2, "12.000000000001"), (3, ZONE.read_bytes() if ZONE.exists() else b"TZif2"),
        (4, b"1 2 /spool/inbox/a.jsonl\0O\0"),
        (5, b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"),
    ],
    "configuration": [(0, (CONFIG / "gate.toml").read_bytes())]
    + [(place, (CONFIG / name).read_bytes()) for place, name in
       enumerate(("bobbin.toml", "budget.toml", "models.toml", "gate.toml"), 1)]
    + [(5, '{"m":{"input_cost_per_token":1e-07,"output_cost_per_token":4e-07,"max_tokens":8192,"mode":"chat"}}')],
    "books": [
        (0, '{"v":1,"kind":"open","at":"' + TIME + '","day":"2026-10-01","time_zone":"UTC","cap_usd":"20"}'),
        (0, '{"v":1,"kind":"reserve",' + BOUNDS + ',"lane":"","usd":"1","tokens":9,"round":1,"model":"m","uid":0}'),
        (0, '{"v":1,"kind":"settle",' + BOUNDS + ',"usd":"1","tokens":9,"unknown_usd":"0","unknown_tokens":0,'
         '"open_usd":"0","open_tokens":0}'),
        (0, '{"v":1,"kind":"raise","at":"' + TIME + '","cap_usd":"20","by":"uid 0"}'),
        (1, '{"day":"2026-10-01","state":"opened"}\n{"day":"2026-10-02","state":"doubtful","reason":"x"}'),
        (2, '{"v":1,"job":"j","day":"2026-10-01","lane":"","prompts":[{"prompt":"p","answers":9,"defects":1}]}'),
        (3, '{"line":1,"shard":1,"round":1,"usd":"0.1","tokens":9,"model":"m","end":"unknown"}\n'),
        (4, '{"line":3,"result":"completed","usd":"0.01","tokens":12}\n'),
        (5, '{"key":"' + "ab" * 32 + '","answer":{"status_code":200},"at":"' + TIME + '"}'),
        (6, b"\x24\x05\x29\x00\x00hello\x6a\x1e\x6b\x5b"),
    ],
    "spool": [
        (0, '{"v":1,"name":"a.jsonl","sha256":"' + "ab" * 32 + '","size":9,"uid":0,"lane":"","arrived_at":"' + TIME
         + '","claimed_at":"' + TIME + '"}'),
        (1, '{"v":1,"state":"running","reason":"r","at":"' + TIME + '"}'),
        (2, '{"v":1,"shards":[' + SHARD + '],"duplicates":[[2,1]],"known_defects":[]}'),
        (3, '{"v":1,"interface":"openai","model":"m","round":1,"lines":[1,2],"name":"n","state":"made"}'),
        (4, '{"v":1,"shards":[],"lines":[],"rejectable":0.05}'),
        (5, '{"v":1,"at":"' + TIME + '","uid":0,"request":"r","verdicts":[],"shards":[]}'),
        (6, '{"verdicts":[{"line":1,"verdict":"pass","note":"n"}]}'),
        (7, '{"cause":"budget","day":"2026-10-01","subject":"","model":"m"}'),
        (8, '{"v":1,"raise":{"usd":"40"},"uid":0}'), (9, '{"v":1,"answers":1,"segments":2}'),
        (10, '{"v":1,"kind":"opened","at":"' + TIME + '","salt":"s"}\n'),
        (11, '{"line":1,"answer":"' + "ab" * 32 + '","judge":"j","verdict":"pass"}\n'),
        (12, "ab" * 32 + "  a.jsonl\n"), (13, "a%0Ab.jsonl"),
    ],
    "patterns": [
        (0, "^(a+)+$\naaaaaaaaaaaaaaaaaaaaaaaa!"), (0, "\\p{L}+(?=x)|[^\\d]{2,9}\n\u00e4x12"),
        (1, '{"type":"object","required":["a"],"properties":{"a":{"type":"array","items":{"pattern":"^x"},'
         '"uniqueItems":true}}}\n{"a":["x"]}'),
        (1, '{"$ref":"#/definitions/a","definitions":{"a":{"anyOf":[{"$ref":"#/definitions/a"},{"type":"null"}]}}}\n1'),
        (1, '{"format":"date-time","enum":[1,"a"],"multipleOf":0.1}\n"2026-10-01T10:00:00Z"'),
    ],
}


def main(directory):
    for group, seeds in SEEDS.items():
        place = pathlib.Path(directory, group)
        place.mkdir(parents=True, exist_ok=True)
        for number, (reader, text) in enumerate(seeds):
            content = text if isinstance(text, bytes) else text.encode()
            place.joinpath(f"seed-{number}").write_bytes(bytes([reader]) + content)


if __name__ == "__main__":
    main(*sys.argv[1:])
