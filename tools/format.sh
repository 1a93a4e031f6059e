#!/usr/bin/env bash
# Lays out every C++ file as .clang-format says.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for tool in clang-format-19 clang-format; do
  if command -v "$tool" >/dev/null; then
    git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cc' | xargs -0 -r "$tool" -i
    exit 0
  fi
done
echo "format: no clang-format found; on Debian: apt-get install clang-format-19" >&2
exit 1
