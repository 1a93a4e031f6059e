#!/usr/bin/env bash
# Runs the EPA CEMS job on the archives that come with the repository and says where the result is.
# usage: tools/demo.sh CEMS_PROGRAM OUT_DIR
set -euo pipefail
cems=$(realpath "${1:?the cems program}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p "${2:?folder for the result}"
out=$(realpath "$2")

export PENSTOCK_HOME="$out/home" CEMS_OUTPUT="$out"
"$cems" job run epacems_etl
echo
echo "result and run history: $out"
find "$out" -name '*.parquet' -printf '  %9s bytes  %P\n' | sort -k3
echo "look around:  PENSTOCK_HOME=$PENSTOCK_HOME $cems run list"
