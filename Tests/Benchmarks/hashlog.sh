#!/bin/sh
# What does the hash log hold, and how fast? Run it after a change to the key log or its index.
# Usage: Tests/Benchmarks/hashlog.sh [KEYS [KEYS_OF_PEERS]]; 64 bytes of disk a key, about 150 for the peers. 0: no peers.
set -eu
cd "$(dirname "$0")/../.."
keys=${1:-10000000}
peers=${2:-$keys}
group=10000
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

swift build -c release --scratch-path .build --product bench-hashlog >&2
ours=$(swift build -c release --scratch-path .build --show-bin-path)/bench-hashlog

mkdir "$place/ours"
echo "Bobbin, $keys keys in groups of $group, killed at its end:"
"$ours" fill "$place/ours" "$keys" "$group" 0 kill || true
echo "start after kill -9, and probes:"
"$ours" probe "$place/ours" "$keys"
echo "one group more, and a clean end:"
"$ours" fill "$place/ours" "$((keys + 100000))" 100000 "$keys" | grep close
echo "start after it:"
"$ours" probe "$place/ours" "$((keys + 100000))"
rm -rf "$place/ours"

[ "$peers" != 0 ] || exit 0
Spool/prepare libsqlite3-dev liblmdb-dev
cc -O2 -o "$place/peers" Tests/Benchmarks/hashlog_peers.c -lsqlite3 -llmdb
for peer in sqlite lmdb; do
    mkdir "$place/$peer"
    echo "$peer, $peers keys in groups of $group:"
    "$place/peers" $peer "$place/$peer" "$peers" "$group"
    rm -rf "$place/$peer"
done
