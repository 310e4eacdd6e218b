#!/bin/sh
# Runs the Node.js that `npm ci` brought (npm puts it first on the PATH). Its binary needs a library that a minimal Debian does
# not have, and without it says so little that nobody would know what to do.
set -eu

install="apt-get install -y --no-install-recommends libatomic1"

say() { echo "$*" >&2; }

if ! problem=$(node --version 2>&1); then
  case $problem in
    *libatomic.so.1*) ;;
    *) say "node does not run: $problem"; exit 1 ;;
  esac
  if [ -n "${LDC_NO_INSTALL:-}" ] || [ "$(id -u)" != 0 ] || ! grep -q '^ID=debian$' /etc/os-release 2>/dev/null; then
    say "Node.js 26 needs the library libatomic.so.1, which is not installed. On Debian or Ubuntu run"
    say "  sudo apt-get update && sudo $install"
    exit 1
  fi
  say "Node.js 26 needs the library libatomic.so.1, which is not installed. Installing it (LDC_NO_INSTALL=1 forbids this):"
  say "  $install"
  export DEBIAN_FRONTEND=noninteractive
  options="-q -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 -o Acquire::http::Timeout=30"
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  # shellcheck disable=SC2086 -- both are lists of words
  if ! apt-get $options ${install#apt-get } >"$log" 2>&1; then
    say "  apt-get update (the first attempt failed)"
    if ! { apt-get $options update && apt-get $options ${install#apt-get }; } >"$log" 2>&1; then
      cat "$log" >&2
      exit 1
    fi
  fi
  rm -f "$log"
fi
exec node "$@"
