#!/usr/bin/env bash
# Brings a machine to the point where `cmake --preset release` works: build tools and libraries from
# the distribution, Arrow C++ from the PyPI wheel of pyarrow where the system has none.
# Safe to repeat; takes a fraction of a second when nothing is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

ARROW_VERSION=26.0.1
ARROW_PYTHON=3.11 # only picks which wheel: the C++ libraries in it need no Python
declare -A ARROW_SHA256=(
  [x86_64]=39cb0f2418282c24bea6ceda77b03e5a8f0a5766b63a8bf194d4e2a2c423548c
  [aarch64]=22a96a225de107eb9acd1ad9a818198ca832df2a4c0952412f754a7ed2105a98
)

# What is needed: the Debian package, then how to tell that it is there: a command (cmd:), a header
# that the compiler finds (inc:) or a file (file:).
NEEDS="
g++                      cmd:${CXX:-c++}
cmake                    cmd:cmake
ninja-build              cmd:ninja
pkg-config               cmd:pkg-config
ccache                   cmd:ccache
mold                     cmd:mold
python3                  cmd:python3
libgtest-dev             inc:gtest/gtest.h
libbenchmark-dev         inc:benchmark/benchmark.h
nlohmann-json3-dev       inc:nlohmann/json.hpp
libyaml-cpp-dev          inc:yaml-cpp/yaml.h
libcli11-dev             inc:CLI/CLI.hpp
libfmt-dev               inc:fmt/format.h
libsqlite3-dev           inc:sqlite3.h
libisal-dev              inc:isa-l.h
libfast-float-dev        inc:fast_float/fast_float.h
libhowardhinnant-date-dev inc:date/tz.h
tzdata                   file:/usr/share/zoneinfo/America/Denver
"

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Prints the packages of NEEDS that are not there, one a line.
missing_packages() {
  local package probe headers=()
  while read -r package probe; do
    case $probe in
      cmd:*) command -v "${probe#cmd:}" >/dev/null || echo "$package" ;;
      file:*) [ -e "${probe#file:}" ] || echo "$package" ;;
      inc:*) headers+=("$package ${probe#inc:}") ;;
    esac
  done < <(grep . <<<"$NEEDS")
  missing_headers "${headers[@]}"
}

# Of "package header" pairs prints the packages whose header the compiler does not find. One run of
# the preprocessor answers for all; where there is no compiler yet, everything counts as missing.
missing_headers() {
  local pair
  if ! command -v "${CXX:-c++}" >/dev/null; then
    printf '%s\n' "${@%% *}"
    return
  fi
  for pair in "$@"; do
    printf '#if !__has_include(<%s>)\nmissing %s\n#endif\n' "${pair#* }" "${pair%% *}"
  done | "${CXX:-c++}" -E -P -x c++ -std=c++20 - | sed -n 's/^missing //p' | tr -d ' '
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "'$*' needs root, and there is no sudo: run it as root, then repeat this"
  fi
}

# Installs packages with apt; refreshes the package lists only when they do not suffice.
apt_install() {
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq
    --no-install-recommends -o Dpkg::Use-Pty=0 "$@")
  say "installing $*"
  as_root "${install[@]}" >/dev/null 2>&1 && return
  as_root apt-get update -qq || die "apt-get update failed: check the network, then repeat this"
  as_root "${install[@]}" >/dev/null ||
    die "apt-get could not install: $*. Install them by hand, then repeat this"
}

require_packages() {
  [ $# -gt 0 ] || return 0
  if command -v apt-get >/dev/null; then
    apt_install "$@"
  else
    die "missing, by their Debian names: $*. Install what your system calls them, repeat this"
  fi
}

# True when CMake finds an installed Arrow C++ with Parquet. The answer costs a second, so a yes is
# kept in .deps/system-arrow for as long as the file it names exists.
system_has_arrow() {
  local noted=.deps/system-arrow probe config
  [ -s "$noted" ] && [ -e "$(cat "$noted")" ] && return
  probe=$(mktemp -d)
  cat >"$probe/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(probe LANGUAGES CXX)
find_package(Arrow QUIET CONFIG)
find_package(Parquet QUIET CONFIG)
if(Arrow_FOUND AND Parquet_FOUND)
  file(WRITE "${CMAKE_BINARY_DIR}/found" "${Arrow_CONFIG}")
endif()
CMAKE
  cmake -S "$probe" -B "$probe/build" >/dev/null 2>&1 || true
  config=$(cat "$probe/build/found" 2>/dev/null || true)
  rm -rf "$probe"
  [ -n "$config" ] || return 1
  printf '%s\n' "$config" >"$noted"
}

# Downloads the wheel, checks it, and moves the unpacked package to .deps/pyarrow in one rename.
fetch_arrow() {
  local arch expected wheel found
  arch=$(uname -m)
  expected=${ARROW_SHA256[$arch]:-}
  [ -n "$expected" ] ||
    die "no Arrow wheel is known for $arch: install Arrow C++ $ARROW_VERSION so that CMake finds it"
  python3 -m pip --version >/dev/null 2>&1 || require_packages python3-pip ca-certificates
  rm -rf .deps/fetch-* # left by a run that was killed; the lock says that none is live
  work=$(mktemp -d .deps/fetch-XXXXXX) # on the same file system, for the rename
  trap 'rm -rf "$work"' EXIT
  say "fetching Arrow C++ $ARROW_VERSION (the pyarrow wheel, about 55 MB)"
  TMPDIR="$PWD/$work" python3 -m pip download "pyarrow==$ARROW_VERSION" --no-deps --quiet \
    --disable-pip-version-check --no-cache-dir --only-binary=:all: \
    --python-version "$ARROW_PYTHON" --implementation cp --abi "cp${ARROW_PYTHON/./}" \
    --platform "manylinux_2_28_$arch" --dest "$work" ||
    die "pip could not download pyarrow==$ARROW_VERSION: check the network or pip's index" \
      "settings and repeat this, or install Arrow C++ so that CMake finds it"
  wheel=$(echo "$work"/pyarrow-*.whl)
  found=$(sha256sum "$wheel" | cut -d' ' -f1)
  [ "$found" = "$expected" ] ||
    die "the pyarrow wheel has sha256 $found, expected $expected: not using it"
  python3 -m zipfile -e "$wheel" "$work/wheel" || die "could not unpack $wheel: is the disk full?"
  printf '%s\n' "$ARROW_VERSION" >"$work/wheel/pyarrow/.penstock"
  rm -rf .deps/pyarrow
  mv "$work/wheel/pyarrow" .deps/pyarrow
}

arrow_is_there() {
  [ "$(cat .deps/pyarrow/.penstock 2>/dev/null)" = "$ARROW_VERSION" ]
}

require_arrow() {
  arrow_is_there && return
  mkdir -p .deps
  exec 9>.deps/lock
  flock 9 # two at a time would move the same folder
  arrow_is_there || system_has_arrow || fetch_arrow
}

mapfile -t missing < <(missing_packages)
require_packages "${missing[@]}"
require_arrow
