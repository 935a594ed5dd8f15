#!/usr/bin/env bash
# Makes the pictures of docs/screens anew: every screen the window test passes, in both themes, and the receipts as printed.
#
# Use: tools/screens.sh [FOLDER]      (after ./test window; needs imagemagick to make the pictures small)
# Says at the end how large they are together; the tree carries at most 6 MB of them.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v convert >/dev/null || { echo "imagemagick is missing: apt install imagemagick" >&2; exit 1; }
out=docs/screens
bin="${CARGO_TARGET_DIR:-target}/debug"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
# Screens whose second theme is kept too: where colour says something.
BOTH="masuk antrean ktp-pemohon galat-birth_cert ktp-bukti ktp-setuju perlu-perhatian foto"
# Left by a test that failed.
LEFT_OUT=waited-in-vain

small() { convert "$1" +dither -colors 24 -depth 8 -define png:compression-level=9 -strip "PNG8:$2"; }

take() {
  mkdir "$work/png"
  JUKUNG_SCREENS="$work/png" dbus-run-session -- xvfb-run -a -s "-screen 0 1366x768x24" \
    cargo test --locked --workspace --test window -- --test-threads=1
}

keep() {
  mkdir -p "$out"
  # What was taken by hand in a browser stays.
  find "$out" -name '*.png' ! -name 'keluarga-*' ! -name 'dinas-antar*' ! -name dinas-komputer-hilang.png -delete
  local file name
  for file in "$work"/png/*.png; do
    name="$(basename "$file" .png)"
    case "$name" in
      "$LEFT_OUT") continue ;;
      galat-*) [ "${name%-contrast}" = galat-birth_cert ] || continue ;;
      akta-dikenal-* | ktp-dikenal-*) continue ;;
      115-* | 130-* | 150-* | jarak-*) continue ;; # 200 % shows what these would
      layar-kedua-kosong | baca-terkunci) continue ;; # nothing stands there
    esac
    case "$name" in *-contrast) [[ " $BOTH " == *" ${name%-contrast} "* ]] || continue ;; esac
    small "$file" "$out/$name.png"
  done
}

# The receipt as it comes out of the printer, of one made-up application, at 100 dpi.
receipts() {
  local address code number paper
  export JUKUNG_PASSPHRASE="sungai tapin perahu jukung"
  "$bin/jukung-district" settings --data "$work/d" --file tests/sample/district/settings.json >/dev/null
  code="$("$bin/jukung-district" enrol --data "$work/d" --office 63.05.04.1004 --approve-at-once | tail -1)"
  "$bin/jukung-district" serve --data "$work/d" --listen 127.0.0.1:0 >"$work/address" &
  local server=$!
  until grep -q '^' "$work/address"; do kill -0 "$server"; done
  address="$(head -1 "$work/address" | grep -oE '127[0-9.]+:[0-9]+')"
  "$bin/jukung-office" --data "$work/o" enrol --server "http://$address" --code "$code" --name Rahmah >/dev/null
  kill "$server"
  number="$("$bin/jukung-office" --data "$work/o" submit tests/sample/02-birth-child.json | grep -oE '[0-9A-Z]{3}-[0-9]{4,5}-[0-9A-Z]')"
  for paper in a5 a4; do
    "$bin/jukung-office" --data "$work/o" receipt "$number" --paper "$paper" -o "$work/$paper.pdf" >/dev/null
    pdftoppm -r 100 -png -singlefile "$work/$paper.pdf" "$work/$paper"
    convert "$work/$paper.png" +dither -colors 16 -strip "PNG8:$out/receipt-$paper.png"
  done
}

# A folder of pictures that a run left already (JUKUNG_SCREENS) may be given instead of running anew.
if [ -n "${1:-}" ]; then cp -r "$1" "$work/png"; else take; fi
keep
receipts
du -ch "$out"/*.png | tail -1
