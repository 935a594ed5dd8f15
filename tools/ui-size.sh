#!/usr/bin/env bash
# Fails when what the window or an officer's browser has to read grew past ux.md 5.2, row 11 (sizes as gzip makes them).
# Use: tools/ui-size.sh   after npm run build in ui/
set -euo pipefail
cd "$(dirname "$0")/.."

# Old counters read these from a slow disk; the officers' pages cross a village's line.
JS_BYTES_MAX=$((150 * 1024)) CSS_BYTES_MAX=$((15 * 1024)) FONT_BYTES_MAX=$((60 * 1024)) PAGE_BYTES_MAX=$((60 * 1024))
failed=0

# weigh NAME LIMIT FILE…: no file at all is a failure too.
weigh() {
  local name="$1" most="$2" bytes=0 file
  shift 2
  for file in "$@"; do
    [ -f "$file" ] || { echo "$name: $file is not there (npm run build in ui/)"; failed=1; return; }
    bytes=$((bytes + $(gzip -9c "$file" | wc -c)))
  done
  echo "$name: $bytes of $most bytes"
  [ "$bytes" -le "$most" ] || failed=1
}

weigh scripts "$JS_BYTES_MAX" ui/dist/assets/*.js
weigh styles "$CSS_BYTES_MAX" ui/dist/assets/*.css
weigh fonts "$FONT_BYTES_MAX" ui/dist/assets/*.woff2
# The licence beside a script is for people; no browser reads it.
weigh "officers' pages" "$PAGE_BYTES_MAX" district/pages/*.{js,css,html} ui/texts/id/district.json
exit "$failed"
