#!/usr/bin/env bash
# Fuzzes each decoder for some seconds, two at a time, from the inputs in tests/fuzz/corpus.
# Inputs that reach new code are written to out/fuzz/found, inputs that crash to out/fuzz/crashes.
# usage: tools/fuzz.sh FUZZ_MAIN SECONDS [TARGET...]
set -euo pipefail
fuzz_main=$(realpath -e "${1:?the program fuzz_main}")
seconds=${2:?seconds for each decoder}
shift 2
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ $# -eq 0 ]; then
  all=$("$fuzz_main" --list)
  mapfile -t all <<<"$all"
  set -- "${all[@]}"
fi

# A request for memory that no input justifies is an error, as a crash is.
export ASAN_OPTIONS=max_allocation_size_mb=2048:detect_leaks=0
export UBSAN_OPTIONS=print_stacktrace=1
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} "$fuzz_main" --seconds "$seconds" --seed "$RANDOM" \
  --corpus tests/fuzz/corpus --keep out/fuzz/found --crashes out/fuzz/crashes {}
