#!/usr/bin/env bash
# Builds the Debian packages from programs already compiled: "jukung" (the counter) and "jukung-district" (the server).
#
# Use:  installer/build.sh [--profile debug|release] [--version X.Y.Z] [--out DIR] [--only office|district]
# Offline: plain dpkg-deb, no network, the same input gives the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=release out=target/packages only="" version=""
while [ $# -gt 0 ]; do
  case "$1" in
    --profile) profile="$2" ;;
    --version) version="$2" ;;
    --out) out="$2" ;;
    --only) only="$2" ;;
    *) echo "use: $0 [--profile debug|release] [--version X.Y.Z] [--out DIR] [--only office|district]" >&2; exit 2 ;;
  esac
  shift 2
done
[ -n "$version" ] || version="$(sed -nE 's/^version = "(.*)"/\1/p' Cargo.toml | head -1)"
bin="${CARGO_TARGET_DIR:-target}/$profile"
arch="$(dpkg --print-architecture)"
# One date for every file, so that two builds of one commit are the same bytes.
SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}"
export SOURCE_DATE_EPOCH
stage="$(mktemp -d)"
trap 'rm -rf "$stage"' EXIT
mkdir -p "$out"

# put MODE FROM TO: one file into the package.
put() { install -D -m "$1" "$2" "$root/$3"; }

# program NAME: a program without its debug information.
program() {
  [ -x "$bin/$1" ] || { echo "$bin/$1 is not there: cargo build --workspace --bins$([ "$profile" = debug ] || echo " --$profile")" >&2; exit 1; }
  put 0755 "$bin/$1" "usr/bin/$1"
  strip --strip-all "$root/usr/bin/$1"
}

# pack PACKAGE: closes the folder into a package and names it.
pack() {
  local package="$1" file="$out/$1_${version}_$arch.deb" how=(-Zxz -z6)
  # A package for a test is opened once: fast beats small.
  [ "$profile" = release ] || how=(-Znone)
  put 0644 LICENSE "usr/share/doc/$package/copyright"
  put 0644 README.md "usr/share/doc/$package/README.md"
  find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group "${how[@]}" --build "$root" "$file" >/dev/null
  echo "$file ($(($(wc -c <"$file") / 1024)) KiB)"
}

# control PACKAGE DEPENDS SUGGESTS SUMMARY DETAILS: what dpkg is told; the size comes from what lies in the folder.
control() {
  mkdir -p "$root/DEBIAN"
  cat >"$root/DEBIAN/control" <<TEXT
Package: $1
Version: $version
Architecture: $arch
Maintainer: Jukung maintainers <jukung@localhost>
Section: misc
Priority: optional
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $2
Suggests: $3
Description: $4
 $5
TEXT
}

office() {
  root="$stage/office"
  program jukung
  program jukung-office
  put 0755 installer/deb/office/jukung-loket usr/bin/jukung-loket
  put 0644 installer/deb/office/id.go.jukung.loket.desktop usr/share/applications/id.go.jukung.loket.desktop
  put 0644 installer/icon.svg usr/share/icons/hicolor/scalable/apps/jukung.svg
  put 0644 src-tauri/icons/32x32.png usr/share/icons/hicolor/32x32/apps/jukung.png
  put 0644 src-tauri/icons/128x128.png usr/share/icons/hicolor/128x128/apps/jukung.png
  put 0644 src-tauri/icons/128x128@2x.png usr/share/icons/hicolor/256x256/apps/jukung.png
  put 0644 docs/panduan.md usr/share/doc/jukung/panduan.md
  put 0644 installer/deb/office/jukung-kirim.service usr/lib/systemd/user/jukung-kirim.service
  put 0644 installer/deb/office/jukung-kirim.timer usr/lib/systemd/user/jukung-kirim.timer
  # Enabled for every person of this computer, as systemctl --global enable would.
  mkdir -p "$root/usr/lib/systemd/user/timers.target.wants"
  ln -s ../jukung-kirim.timer "$root/usr/lib/systemd/user/timers.target.wants/jukung-kirim.timer"
  put 0755 installer/deb/office/postrm DEBIAN/postrm
  # Built against Debian 12's glibc 2.36; Ubuntu 24.04 provides these names too.
  control jukung "libc6 (>= 2.35), libwebkit2gtk-4.1-0, libgtk-3-0 | libgtk-3-0t64" "espeak-ng" \
    "population administration at the village counter, also without internet" \
    "Takes in applications for civil records, prints the receipt, keeps everything encrypted and sends it when there is a network."
  pack jukung
}

district() {
  root="$stage/district"
  program jukung-district
  put 0644 installer/deb/district/jukung-district.service usr/lib/systemd/system/jukung-district.service
  put 0644 installer/deb/district/jukung-backup.service usr/lib/systemd/system/jukung-backup.service
  put 0644 installer/deb/district/jukung-backup.timer usr/lib/systemd/system/jukung-backup.timer
  put 0640 installer/deb/district/district.env etc/jukung/district.env
  put 0644 installer/nginx/jukung.conf usr/share/doc/jukung-district/examples/nginx.conf
  for script in postinst prerm postrm; do put 0755 "installer/deb/district/$script" "DEBIAN/$script"; done
  control jukung-district "libc6 (>= 2.35), passwd" "postgresql" \
    "server that takes in what Jukung's counters send" \
    "Keeps applications in SQLite or PostgreSQL, serves the officers' pages and answers the counters."
  echo /etc/jukung/district.env >"$root/DEBIAN/conffiles"
  pack jukung-district
}

case "$only" in
  "") office; district ;;
  office | district) "$only" ;;
  *) echo "--only office or district" >&2; exit 2 ;;
esac
