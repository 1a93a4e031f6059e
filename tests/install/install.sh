#!/usr/bin/env bash
# Installs the build, moves the result elsewhere, and builds and runs a user's program against it.
# usage: install.sh CMAKE BUILD_DIR COMPILER
set -euo pipefail
cmake=$1 build=$2 compiler=$3
consumer=$(cd "$(dirname "${BASH_SOURCE[0]}")/consumer" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/first" >"$work/install.log" ||
  { cat "$work/install.log"; exit 1; }
mv "$work/first" "$work/moved" # an absolute path left in the package would now be wrong
if grep -rn "$work/first" "$work"/moved/lib*/cmake; then
  echo "the installed package names the prefix it was installed to"
  exit 1
fi

"$cmake" -S "$consumer" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$work/moved" >"$work/configure.log" 2>&1 ||
  { cat "$work/configure.log"; exit 1; }
"$cmake" --build "$work/build"
"$work/build/consumer" | tee "$work/said"
grep -q '^installed and linked: yes$' "$work/said"

# The installed program finds Arrow from where it lies now.
if [ -x "$work/moved/bin/cems" ]; then
  env -u LD_LIBRARY_PATH "$work/moved/bin/cems" --version
fi
