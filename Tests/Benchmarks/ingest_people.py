"""ingest_people.py FILE DATABASE: the deduplication that people write around a batch. Prints lines and duplicates."""
import hashlib
import sqlite3
import sys

import orjson

database = sqlite3.connect(sys.argv[2])
database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
lines = duplicates = 0
with open(sys.argv[1], "rb") as file:
    for line in file:
        request = orjson.loads(line)
        body = orjson.dumps(request["body"], option=orjson.OPT_SORT_KEYS)
        key = hashlib.sha256(request["url"].encode() + b"\n" + body).digest()
        duplicates += 1 - database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount
        lines += 1
        if lines % 10_000 == 0:
            database.commit()
database.commit()
print(f"{lines} lines, {duplicates} duplicates")
