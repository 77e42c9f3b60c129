#!/usr/bin/env bash
# Runs VPP in the foreground with the startup.conf rendered from a YAML. Ends with Ctrl-C.
#   VPP_SETTINGS  the YAML; infra/vpp/lab.yaml when not set
#   VPP_BIN       the program; vpp on PATH when not set
# Further arguments go to render (--force, --root DIR).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() { printf 'vpp-run: %s\n' "$@" >&2; exit 1; }

settings=${VPP_SETTINGS:-infra/vpp/lab.yaml}
folder=${VPP_RUN_FOLDER:-.run/vpp}
bin=${VPP_BIN:-$(command -v vpp || true)}
[ -x "$bin" ] || fail 'there is no vpp: make vpp-install, or set VPP_BIN'
[ "$(id -u)" -eq 0 ] || fail 'VPP needs root: sudo make vpp-run'
mkdir -p "$folder"
if [ -s "$folder/pid" ] && kill -0 "$(cat "$folder/pid")" 2>/dev/null; then
  fail "a VPP of this checkout is running already (process $(cat "$folder/pid"))"
fi

node dist/infra/vpp/render.js --settings "$settings" --output "$folder/startup.conf" "$@"
# VPP makes the folders of its sockets only when they are its runtime folder.
awk '$1 == "socket-name" || $1 == "cli-listen" || ($1 == "socket" && $2 ~ /^\//) || $1 == "log" { print $2 }' \
  "$folder/startup.conf" | while read -r path; do mkdir -p "$(dirname "$path")"; done
# Sockets are writable for VPP's group.
umask 0002
echo $$ >"$folder/pid"
exec "$bin" -c "$(realpath "$folder/startup.conf")"
