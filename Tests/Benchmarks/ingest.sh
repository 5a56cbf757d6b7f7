#!/bin/sh
# What does `bobbin plan` of a large file cost over finding the line ends and hashing, and against the Python that
# people write? Prints wall time, CPU time, memory and ratios. The file has 1 KB requests, a fifth of them duplicates.
# Usage: Tests/Benchmarks/ingest.sh [MEGABYTES [ROUNDS]]
#   BOBBIN_BIN: a directory with a bobbin, instead of a release build; BOBBIN_PYTHON=no leaves the Python out.
set -eu
cd "$(dirname "$0")/../.."
megabytes=${1:-1000} rounds=${2:-3}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

if [ -z "${BOBBIN_BIN:-}" ]; then
    swift build -c release --scratch-path .build --product bobbin >&2
    BOBBIN_BIN=$(swift build -c release --scratch-path .build --show-bin-path)
fi
for program in ingest_lines ingest_floor; do
    cc -O2 -o "$place/$program" "Tests/Benchmarks/$program.c" -lcrypto
done
"$place/ingest_lines" "$megabytes" >"$place/lines.jsonl"
lines=$(wc -l <"$place/lines.jsonl")
bytes=$(wc -c <"$place/lines.jsonl")
echo "$lines lines of $((bytes / lines)) bytes, the best of $rounds; 64 MiB + 16 bytes a line are" \
    "$((64 + lines / 65536)) MiB"

mkdir "$place/config" "$place/spool"
cat >"$place/config/models.toml" <<END
[endpoints.local]
url = "http://127.0.0.1:9"
[models.smollm2-135m]
endpoint = "local"
input_usd_per_million = "0.15"
output_usd_per_million = "0.60"
max_output_tokens = 1024
END
printf '[day]\nusd = "1000000.00"\n' >"$place/config/budget.toml"
: >"$place/config/bobbin.toml"

set -- "$rounds" "$lines" "find lines, hash (C)=$place/ingest_floor $place/lines.jsonl" \
    "bobbin plan=$BOBBIN_BIN/bobbin plan --config $place/config --spool $place/spool $place/lines.jsonl"
if [ "${BOBBIN_PYTHON:-yes}" != no ]; then
    python3 -m venv "$place/venv"
    "$place/venv/bin/pip" install --quiet --disable-pip-version-check orjson >&2
    people="$place/venv/bin/python Tests/Benchmarks/ingest_people.py $place/lines.jsonl $place/seen.db"
    set -- "$@" "orjson, hashlib, sqlite3!=$people"
fi
python3 Tests/Benchmarks/ingest_measure.py "$@"
