#!/bin/sh
# What do the checks of the gate cost over the scan alone? Run it after a change to Sources/Gates.
# Usage: Tests/Benchmarks/gate.sh [ANSWERS]
set -eu
cd "$(dirname "$0")/../.."
swift build -c release --scratch-path .build --product bench-gate >&2
"$(swift build -c release --scratch-path .build --show-bin-path)/bench-gate" "${1:-1000000}"
