#!/usr/bin/env bash
# The figures of saving on an ext4 with a journal, as Debian and Ubuntu install it: an image is mounted as root, because the
# build machine's own file system has none. `tools/bench-journal.sh PROGRAM [FIGURE]`, with the program that
# `cargo bench --workspace --bench figures --no-run` names. It takes 600 MB in /var/tmp while it runs.
set -euo pipefail
program="$(realpath "$1")"
folder="$(mktemp -d /var/tmp/jukung-journal.XXXXXX)"
image="$folder.img"
trap 'umount "$folder" 2>/dev/null || true; rmdir "$folder"; rm -f "$image"' EXIT
truncate -s 600M "$image"
mkfs.ext4 -q -F "$image"
mount -o loop "$image" "$folder"
cd "$(dirname "$0")/../tests"
TMPDIR="$folder" "$program" --bench "${2:-save}"
