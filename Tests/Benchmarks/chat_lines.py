"""Writes COUNT chat requests of about 1 KB each, the same ones every time: chat_lines.py COUNT > FILE

They are what json.dumps makes of them (a space behind each comma and colon, members as they come to mind), because
that is what producers drop. One in ten holds text that is not ASCII, half of those escaped.
"""
import json
import random
import sys

WORDS = (
    "batch answer model price token summary customer order invoice shipment refund carefully short long the a of and to "
    "in for with that this from by please explain list three reasons why it is not \"quoted\" line\nbreak it's 42 3.5%"
).split(" ")
FOREIGN = "größe façade naïve 東京 価格 цена заказ 😀 €100".split(" ")


def prose(pick, length, words):
    text = ""
    while len(text) < length:
        text += pick.choice(words) + " "
    return text.strip()


def request(pick, number, words):
    system = prose(pick, pick.randint(120, 220), words)
    user = prose(pick, pick.randint(380, 640), words)
    return {
        "custom_id": f"request-{number:07}",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": "smollm2-135m",
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
            "temperature": pick.choice([0, 0.2, 0.7, 1.0]),
            "top_p": 0.95,
            "max_tokens": pick.choice([64, 256, 1000]),
            "seed": pick.randint(0, 2**31),
            "stop": ["\n\n", "###"],
            "response_format": {"type": "json_object"},
        },
    }


pick = random.Random(20261124)
for number in range(int(sys.argv[1])):
    foreign = number % 10 == 0
    line = request(pick, number, WORDS + FOREIGN * 3 if foreign else WORDS)
    print(json.dumps(line, ensure_ascii=number % 20 == 0))
