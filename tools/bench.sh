#!/usr/bin/env bash
# Runs the benchmark programs, one after the other so that they do not disturb each other.
# usage: tools/bench.sh BIN_DIR
set -euo pipefail
bin=$(realpath "${1:?folder with the programs}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

found=0
for program in "$bin"/bench_*; do
  [ -x "$program" ] || continue
  found=1
  echo "== $(basename "$program")"
  "$program"
done
[ "$found" = 1 ] || { echo "bench: no programs named bench_* in $bin" >&2; exit 1; }
