#!/usr/bin/env bash
# Makes the secrets of docker-compose.yml with random content. Files that are there already stay as they are.
set -euo pipefail
umask 077
folder="$(dirname "${BASH_SOURCE[0]}")/secrets"
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

# The containers read the files as user 10001, hence readable; the folder keeps other users of the host out.
write() {
  [ -s "$1" ] && return 0
  printf '%s\n' "$2" >"$1"
  chmod 444 "$1"
  echo "created $folder/$1"
}
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

write postgres-password "$(random)"
write database-url "postgres://causeway:$(cat postgres-password)@postgres:5432/causeway"
write radius-secret "$(random)"
write coa-secret "$(random)"
