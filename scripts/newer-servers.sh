#!/usr/bin/env bash
# Brings MySQL 9.7, Redis 8 and Valkey 9 into a folder, beside whatever servers the system has, so that
# the tests can run against them:
#
#   ORDERLY_MYSQLD="$(scripts/newer-servers.sh)/mysqld" npx vitest run test/decimal
#
# Usage: scripts/newer-servers.sh [FOLDER]      FOLDER defaults to .cache/newer-servers in the project.
#
# Needs apt on x86-64 and the mirror that apt is set up with, but no root: nothing is installed. The
# packages are Debian unstable's; since they want a newer C library than the system's, each program
# gets a wrapper in FOLDER/bin that starts it on the C library fetched with it. The last line printed
# is FOLDER/bin. About 75 MB; a second run downloads nothing.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(realpath -m "${1:-$project/.cache/newer-servers}")
bin=$folder/bin
programs=(mysqld redis-server redis-cli valkey-server)

# Prints the first mirror among apt's sources, in either of the two formats that they are written in.
mirror() {
  apt-get indextargets --no-release-info --format '$(SITE)' 2>/dev/null | grep -m1 . && return
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
    awk '$1 == "URIs:" { print $2; exit } $1 == "deb" { print ($2 ~ /^\[/ ? $3 : $2); exit }'
}

is_complete() {
  local program
  for program in "${programs[@]}"; do
    "$bin/$program" --version >/dev/null 2>&1 || return 1
  done
}

fetch() {
  local apt=$folder/apt site
  site=$(mirror)
  if [ -z "$site" ]; then
    echo "newer-servers: apt knows no mirror" >&2
    return 1
  fi
  mkdir -p "$apt"/lists/partial "$apt"/cache/archives/partial "$folder/root" "$bin"
  # No keyring of the system vouches for unstable everywhere; the files are for tests on this machine.
  echo "deb [trusted=yes] $site sid main" > "$apt/sources.list"
  # An empty list of installed packages: every library comes along, the C library included.
  : > "$apt/status"
  local options=(
    -qq
    -o "Dir::Etc::sourcelist=$apt/sources.list" -o "Dir::Etc::sourceparts=/dev/null"
    -o "Dir::State::Lists=$apt/lists" -o "Dir::State::status=$apt/status"
    -o "Dir::Cache=$apt/cache" -o "Debug::NoLocking=1" -o "APT::Install-Recommends=0"
  )
  apt-get "${options[@]}" update >&2
  apt-get "${options[@]}" -y --download-only install \
    mysql-server-core redis-server valkey-server >&2
  local package
  for package in "$apt"/cache/archives/*.deb; do
    dpkg -x "$package" "$folder/root"
  done
}

# Writes a wrapper for usr/$1/$2. What follows is appended to the arguments: mysqld wants --no-defaults first.
wrap() {
  local path=$folder/root/usr/$1/$2
  shift 2
  local libraries=$folder/root/usr/lib/x86_64-linux-gnu last=""
  [ $# -eq 0 ] || last=$(printf ' "%s"' "$@")
  # The links between the programs of Redis lead to one file, which goes by the name it is called.
  cat > "$bin/$(basename "$path")" <<WRAPPER
#!/bin/sh
exec "$libraries/ld-linux-x86-64.so.2" --argv0 "$path" --library-path "$libraries" "$(readlink -m "$path")" "\$@"$last
WRAPPER
  chmod +x "$bin/$(basename "$path")"
}

if ! is_complete; then
  fetch
  share=$folder/root/usr/share/mysql
  wrap sbin mysqld "--lc-messages-dir=$share" "--character-sets-dir=$share/charsets" \
    "--plugin-dir=$folder/root/usr/lib/mysql/plugin"
  wrap bin redis-server
  wrap bin redis-cli
  wrap bin valkey-server
  is_complete
fi
for program in mysqld redis-server valkey-server; do
  "$bin/$program" --version >&2
done
echo "$bin"
