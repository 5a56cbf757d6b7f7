#!/bin/sh
# What does a request key cost over the bare hash? Run it after a change to Sources/BatchCore/JSON.
# Usage: Tests/Benchmarks/scan.sh [LINES]
set -eu
cd "$(dirname "$0")/../.."
lines=${1:-200000}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

swift build -c release --scratch-path .build --product bench-scan >&2
swift=$(swift build -c release --scratch-path .build --show-bin-path)/bench-scan
cc -O2 -o "$place/hash_only" Tests/Benchmarks/hash_only.c -lcrypto
python3 Tests/Benchmarks/chat_lines.py "$lines" >"$place/lines.jsonl"

# Alternately, so that a busy machine slows both.
for round in 1 2 3 4 5; do
    "$place/hash_only" "$place/lines.jsonl" >>"$place/hash"
    "$swift" "$place/lines.jsonl" >>"$place/key"
    "$swift" "$place/lines.jsonl" canonical >>"$place/canonical"
    "$swift" "$place/lines.jsonl" scan >>"$place/scan"
    "$swift" "$place/lines.jsonl" request >>"$place/request"
done
median() { sort -n "$1" | sed -n "3s/ .*//p"; }
bytes=$(wc -c <"$place/lines.jsonl")
echo "$lines lines of $((bytes / lines)) bytes, medians of 5, ns of CPU time a line:"
echo "  hash only (C)             $(median "$place/hash")"
echo "  scan                      $(median "$place/scan")"
echo "  scan + canonical          $(median "$place/canonical")"
echo "  scan + canonical + hash   $(median "$place/key")"
echo "  a request line, all of it $(median "$place/request")"
awk -v key="$(median "$place/key")" -v hash="$(median "$place/hash")" \
    'BEGIN { printf "  ratio to hash only        %.2f\n", key / hash }'
