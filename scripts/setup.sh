#!/usr/bin/env bash
# Installs what building, the demo and the tests need. Safe to run again: it does nothing when nothing is missing.
# Debian 12 and Ubuntu 24.04; elsewhere the named programs have to be there already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$@" >&2; exit 1; }

require_node() {
  command -v node >/dev/null || fail 'Node.js 20 or newer is needed and was not found (https://nodejs.org/en/download).'
  command -v npm >/dev/null || fail 'npm is needed and was not found; it comes with Node.js.'
  local version
  version=$(node -p process.versions.node)
  [ "${version%%.*}" -ge 20 ] || fail "Node.js 20 or newer is needed, this is $version (https://nodejs.org/en/download)."
}

# program:package pairs, one a line. Names are those of Debian 12 and Ubuntu 24.04.
neighbours='
nats-server:nats-server
freeradius:freeradius
radclient:freeradius-utils
kea-dhcp4:kea-dhcp4-server
kea-dhcp6:kea-dhcp6-server
perfdhcp:kea-admin
dhclient:isc-dhcp-client
promtool:prometheus
ip:iproute2
ethtool:ethtool
openssl:openssl
'

# The same for what single tests need, which are skipped without it.
extras='
faketime:faketime
'

missing_packages() {
  local pair
  for pair in ${1:-$neighbours}; do
    command -v "${pair%%:*}" >/dev/null || printf '%s\n' "${pair#*:}"
  done
}

# The words before a command that needs root: nothing as root, sudo otherwise (never asking when nobody can answer).
root_prefix() {
  if [ "$(id -u)" -eq 0 ]; then return 0; fi
  command -v sudo >/dev/null || return 1
  if sudo -n true 2>/dev/null; then printf 'sudo -n'; elif [ -t 0 ] && [ -z "${CI:-}" ]; then printf 'sudo'; else return 1; fi
}

# Packages start their daemons when installed and at boot. We want the programs only: a policy-rc.d of ours forbids
# the start while apt runs, and units that were not there before are disabled afterwards.
install_packages() {
  local packages="$*" prefix
  prefix=$(root_prefix) || fail \
    'programs are missing, and neither root nor a usable sudo is at hand. Install them once with:' \
    "  sudo apt-get install --no-install-recommends $packages"
  say "installing $packages"
  $prefix env DEBIAN_FRONTEND=noninteractive bash -s -- $packages <<'AS_ROOT'
set -euo pipefail
policy=/usr/sbin/policy-rc.d
units() { find /usr/lib/systemd/system /lib/systemd/system -name '*.service' ! -name '*@*' -printf '%f\n' 2>/dev/null | sort -u || true; }
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
before=$(units)
log=$(mktemp)
apt-get -qq update >"$log" 2>&1 || echo 'setup: apt-get update failed, going on with the lists at hand' >&2
apt-get -q -y -o DPkg::Lock::Timeout=180 -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" </dev/null >>"$log" 2>&1 || {
  tail -n 40 "$log" >&2
  rm -f "$log"
  exit 1
}
rm -f "$log"
if command -v systemctl >/dev/null; then
  comm -13 <(printf '%s\n' "$before") <(units) | while read -r unit; do
    systemctl disable --quiet "$unit" >/dev/null 2>&1 || true
  done
fi
AS_ROOT
}

ensure_programs() {
  local missing
  missing=$(missing_packages | sort -u | tr '\n' ' ')
  [ -z "${missing// /}" ] && return 0
  command -v apt-get >/dev/null || fail "these Debian packages (or the same programs) are missing: $missing"
  # shellcheck disable=SC2086
  install_packages $missing
  missing=$(missing_packages | tr '\n' ' ')
  [ -z "${missing// /}" ] || fail "still missing after the installation: $missing"
}

# Never fails: without them a test or two is skipped.
ensure_extras() {
  local missing
  missing=$(missing_packages "$extras" | tr '\n' ' ')
  [ -z "${missing// /}" ] && return 0
  command -v apt-get >/dev/null || return 0
  # shellcheck disable=SC2086
  (install_packages $missing) >/dev/null 2>&1 || say "not installed, tests that need them are skipped: $missing"
}

# Install scripts are not needed by anything here, so they never run: the same result whatever npm's settings are.
ensure_modules() {
  node scripts/modules-current.mjs && return 0
  say 'installing node modules'
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null ||
    fail 'npm ci failed; see above. A registry must be reachable for the first installation.'
  node scripts/modules-current.mjs || fail 'node_modules is incomplete after npm ci.'
}

require_node
ensure_programs
ensure_extras
ensure_modules
