#!/usr/bin/env bash
# Runs `make test` in a clone of HEAD, on machines that are not like the developer's:
#   root      as root; the checkout lies below a folder that other users cannot enter, and its path
#             has blanks and letters outside ASCII; umask 077; TZ=Asia/Kathmandu, LANG=C; the
#             environment is otherwise empty
#   ordinary  as an ordinary user; one core; no pseudo terminals; /tmp is another file system
# Needs root, to change the user and to mount. Both share what is compiled through ccache.
# usage: tools/hostile.sh [--target MAKE_TARGET] [root] [ordinary]
set -euo pipefail
source_dir=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")

say() { printf 'hostile: %s\n' "$*" >&2; }
die() { say "$*"; exit 2; }

target=test environments=()
while [ $# -gt 0 ]; do
  case $1 in
    --target) target=${2:?--target needs a make target}; shift ;;
    root | ordinary) environments+=("$1") ;;
    *) die "unknown argument '$1': expected --target, root or ordinary" ;;
  esac
  shift
done
[ ${#environments[@]} -gt 0 ] || environments=(root ordinary)
[ "$(id -u)" -eq 0 ] || die "must run as root: it changes users and mounts file systems"

base=${PENSTOCK_HOSTILE_DIR:-/var/tmp/penstock-hostile}
user=65534
mkdir -p "$base"
chmod 755 "$base"
work=$(mktemp -d -p "$base")
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"
compiled="$base/ccache"
mkdir -p "$compiled"
chmod 1777 "$compiled"
cache=(CCACHE_DIR="$compiled" CCACHE_UMASK=000 CCACHE_TEMPDIR="$compiled/tmp"
  CCACHE_SLOPPINESS=locale)
mkdir -p "$compiled/tmp"
chmod 1777 "$compiled/tmp"

# Clones HEAD to $1, with the libraries that set-up has already fetched.
clone() {
  git clone -q "file://$source_dir" "$1"
  [ ! -e "$source_dir/.deps" ] || cp -rL "$source_dir/.deps" "$1/.deps"
}

test_as_root() {
  local closed="$work/closed"
  mkdir -m 700 "$closed"
  local checkout="$closed/Prüf stand für Λ/penstock"
  mkdir -p "$(dirname "$checkout")"
  clone "$checkout"
  (cd "$checkout" && umask 077 &&
    env -i PATH="$PATH" TZ=Asia/Kathmandu LANG=C "${cache[@]}" make "$target")
}

test_as_ordinary_user() {
  local checkout="$work/penstock" home="$work/user"
  mkdir "$home"
  clone "$checkout"
  chown -R $user:$user "$checkout" "$home"
  # The mounts are seen by these processes only, and end with them.
  unshare --mount --propagation private bash -euc '
    mount -t tmpfs -o mode=1777 tmpfs /tmp
    [ ! -d /dev/pts ] || mount -t tmpfs -o mode=755 tmpfs /dev/pts
    cd "$1"; shift
    exec "$@"' hostile "$checkout" \
    taskset --cpu-list 0 setpriv --reuid=$user --regid=$user --clear-groups \
    env -i PATH="$PATH" HOME="$home" LANG=C.UTF-8 "${cache[@]}" make "$target"
}

status=0
for environment in "${environments[@]}"; do
  start=$SECONDS
  result=passed
  case $environment in
    root) (test_as_root) || result=failed ;;
    ordinary) (test_as_ordinary_user) || result=failed ;;
  esac
  [ $result = passed ] || status=1
  say "make $target, $environment: $result after $((SECONDS - start)) s"
done
exit $status
