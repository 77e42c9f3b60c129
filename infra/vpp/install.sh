#!/usr/bin/env bash
# Installs the released packages of FD.io VPP in the one version that Causeway works with, and keeps apt from replacing
# them. Debian 12, Ubuntu 22.04 and 24.04. VPP is not started: without settings, it would take every free network card.
#   install.sh            install
#   install.sh --locked   refuse what has no line in release.lock
#   install.sh --remove   remove the packages, the repository and its key
set -euo pipefail
export LC_ALL=C

version=26.06-release
packages=(libvppinfra vpp vpp-plugin-core vpp-plugin-dpdk)
site=https://packagecloud.io/fdio/release
lock=${VPP_LOCK:-$(dirname "${BASH_SOURCE[0]}")/release.lock}
# Another root for tests.
root=${VPP_INSTALL_ROOT:-}
key=$root/usr/share/keyrings/fdio-release.asc
list=$root/etc/apt/sources.list.d/fdio-release.list
pin=$root/etc/apt/preferences.d/fdio-release
policy=$root/usr/sbin/policy-rc.d
locked=

say() { printf 'vpp-install: %s\n' "$*"; }
fail() { printf 'vpp-install: %s\n' "$@" >&2; exit 1; }

require_programs() {
  local program
  for program in apt-get curl dpkg dpkg-query gpg sha256sum; do
    command -v "$program" >/dev/null || fail "$program is needed (Debian packages: apt, curl, dpkg, gnupg, coreutils)"
  done
  [ "$(id -u)" -eq 0 ] || fail 'root is needed: sudo make vpp-install'
}

# One field of os-release(5), which is a shell fragment.
# shellcheck disable=SC1091
os_release() { (. "$root/etc/os-release" && printf '%s' "${!1:-}"); }

# Sets distribution, codename and architecture, or refuses.
detect() {
  [ -r "$root/etc/os-release" ] || fail 'this machine does not say what it is (/etc/os-release)'
  distribution=$(os_release ID)
  local release
  release=$(os_release VERSION_ID)
  case "$distribution $release" in
    'debian 12') codename=bookworm ;;
    'ubuntu 22.04') codename=jammy ;;
    'ubuntu 24.04') codename=noble ;;
    *) fail "FD.io has no packages for ${distribution:-an unknown system} $release; Debian 12, Ubuntu 22.04 or 24.04 are needed" ;;
  esac
  architecture=$(dpkg --print-architecture)
  case "$architecture" in
    amd64 | arm64) ;;
    *) fail "FD.io has no packages for $architecture; amd64 or arm64 is needed" ;;
  esac
}

installed() {
  local package
  for package in "${packages[@]}"; do
    # shellcheck disable=SC2016
    [ "$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$package" 2>/dev/null)" = "installed $version" ] || return 1
  done
}

# locked_value KIND WORD...: the last word of the line that starts with these.
locked_value() {
  local words="$*"
  [ -r "$lock" ] || return 0
  awk -v words="$words" 'index($0, words " ") == 1 { print $NF; exit }' "$lock"
}

# agree WHAT VALUE KIND WORD...: the lock's value has to be VALUE; without one the line is kept for later.
new_lines=()
agree() {
  local what=$1 value=$2 expected
  shift 2
  expected=$(locked_value "$@")
  if [ -z "$expected" ]; then
    [ -z "$locked" ] || fail "$what has no line in $lock"
    new_lines+=("$* $value")
  elif [ "$expected" != "$value" ]; then
    fail "$what is not what $lock says" "  expected $expected" "  found    $value" 'nothing was installed'
  fi
}

fetch_key() {
  curl --fail --silent --show-error --location --proto '=https' --tlsv1.2 --max-time 60 --retry 3 \
    --output "$work/key.asc" "$site/gpgkey" || fail "the key of the repository could not be fetched from $site/gpgkey"
  local fingerprints
  fingerprints=$(gpg --batch --homedir "$work" --with-colons --show-keys "$work/key.asc" 2>/dev/null |
    awk -F: '$1 == "pub" { primary = 1 } $1 == "fpr" && primary { print $10; primary = 0 }')
  [ "$(printf '%s' "$fingerprints" | grep -c .)" -eq 1 ] || fail "$site/gpgkey holds no key, or more than one"
  agree 'the key of the repository' "$fingerprints" key
  say "the repository's key is $fingerprints"
}

# apt verifies the index by this key only, and each package by the index.
write_repository() {
  install -D -m 644 "$work/key.asc" "$key"
  mkdir -p "$(dirname "$list")" "$(dirname "$pin")"
  printf 'deb [arch=%s signed-by=%s] %s/%s/ %s main\n' "$architecture" "${key#"$root"}" "$site" "$distribution" "$codename" >"$list"
  printf 'Package: vpp vpp-* libvppinfra*\nPin: version %s\nPin-Priority: 1001\n' "$version" >"$pin"
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=180 "$@" </dev/null; }

download() {
  apt update || fail 'apt-get update failed; see above'
  (cd "$work/packages" && apt download "${packages[@]/%/=$version}") ||
    fail "the repository has no $version of ${packages[*]} for $codename $architecture"
  local file count=0
  for file in "$work"/packages/*.deb; do
    [ -e "$file" ] || break
    count=$((count + 1))
    agree "$(basename "$file")" "$(sha256sum "$file" | cut -d' ' -f1)" \
      sha256 "$codename" "$architecture" "$(basename "$file")"
  done
  [ "$count" -eq ${#packages[@]} ] || fail "$count packages were downloaded, ${#packages[@]} were expected"
}

# The package would start VPP with its own startup.conf: a policy of ours forbids it, unless there is one already.
install_packages() {
  if [ ! -e "$policy" ]; then
    mkdir -p "$(dirname "$policy")"
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    our_policy=1
  fi
  VPP_INSTALL_SKIP_SYSCTL=1 apt install --no-install-recommends --allow-downgrades "$work"/packages/*.deb ||
    fail 'apt-get install failed; see above'
  if [ -z "$had_unit" ] && command -v systemctl >/dev/null; then
    systemctl disable --quiet vpp.service >/dev/null 2>&1 || true
  fi
}

keep_new_lines() {
  [ ${#new_lines[@]} -gt 0 ] || return 0
  printf '%s\n' "${new_lines[@]}" >>"$lock"
  say "trusted on first use and added to $lock; compare and commit:"
  printf '  %s\n' "${new_lines[@]}"
}

clean_up() {
  rm -rf "$work"
  [ -z "$our_policy" ] || rm -f "$policy"
  [ -n "$done" ] || [ -n "$had_list" ] || rm -f "$list" "$pin" "$key"
}

remove() {
  apt purge "${packages[@]}" || fail 'apt-get purge failed; see above'
  rm -f "$list" "$pin" "$key"
  say 'removed'
}

case "${1:-}" in
  '' | --remove) ;;
  --locked) locked=1 ;;
  *) fail "unknown option $1 (--locked or --remove)" ;;
esac
detect
require_programs
if [ "${1:-}" = --remove ]; then
  remove
  exit 0
fi
if installed; then
  say "VPP $version is installed"
  exit 0
fi

done='' our_policy='' had_list='' had_unit=''
[ ! -e "$list" ] || had_list=1
[ ! -e "$root/usr/lib/systemd/system/vpp.service" ] && [ ! -e "$root/lib/systemd/system/vpp.service" ] || had_unit=1
work=$(mktemp -d)
trap clean_up EXIT
mkdir "$work/packages"
fetch_key
write_repository
download
install_packages
keep_new_lines
done=1
say "VPP $version is installed, not started. Next: docs/vpp.md"
