#!/usr/bin/env bash
# Installs what Penstock is compared with into .deps/peers, a Python environment of its own.
# The versions are pinned: a ratio means nothing without them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

peers=(polars==2.1.0 duckdb==2.0.0 pandas==3.1.1 pyarrow==26.0.1
  dagster==1.13.27 dagster-webserver==1.13.27 dagster-graphql==1.13.27)
wanted="${peers[*]}"

if [ "$(cat .deps/peers/installed 2>/dev/null)" = "$wanted" ]; then
  echo "peers: installed already, in .deps/peers"
  exit 0
fi
rm -rf .deps/peers
mkdir -p .deps
python3 -m venv .deps/peers || {
  echo "peers: python3 -m venv failed; on Debian: apt-get install python3-venv" >&2
  exit 1
}
.deps/peers/bin/python -m pip install --quiet --disable-pip-version-check "${peers[@]}"
printf '%s\n' "$wanted" >.deps/peers/installed
echo "peers: ${wanted// /, } in .deps/peers"
