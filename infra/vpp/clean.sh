#!/usr/bin/env bash
# Removes what `make vpp-run` leaves behind: the rendered startup.conf, VPP's sockets and shared memory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=${VPP_RUN_FOLDER:-.run/vpp}
shared_memory=${VPP_SHARED_MEMORY:-/dev/shm}
conf=$folder/startup.conf
if [ -s "$folder/pid" ] && kill -0 "$(cat "$folder/pid")" 2>/dev/null; then
  printf 'vpp-clean: VPP is running (process %s); end it first\n' "$(cat "$folder/pid")" >&2
  exit 1
fi
[ -e "$conf" ] || { rm -rf "$folder"; exit 0; }

awk '$1 == "socket-name" || $1 == "cli-listen" || ($1 == "socket" && $2 ~ /^\//) { print $2 }' "$conf" |
  while read -r socket; do [ ! -S "$socket" ] || rm -f "$socket"; done
# Only with a name of its own; the shared memory of other programs stays.
prefix=$(awk '$1 == "prefix" { print $2 }' "$conf")
[ -z "$prefix" ] || rm -f "$shared_memory/$prefix-global_vm" "$shared_memory/$prefix-vpe-api"
rm -rf "$folder"
