#!/usr/bin/env bash
# Fails when what the window or an officer's browser has to read grew past ux.md 5.2, row 11 (sizes as gzip makes them).
# Use: tools/ui-size.sh   after npm run build in ui/
set -euo pipefail
cd "$(dirname "$0")/.."

# Old counters read these from a slow disk; the officers' pages cross a village's line.
JS_BYTES_MAX=$((150 * 1024)) CSS_BYTES_MAX=$((15 * 1024)) FONT_BYTES_MAX=$((60 * 1024)) PAGE_BYTES_MAX=$((60 * 1024))
# All pages and parts of the officers together, as a browser keeps them after a day.
PAGES_BYTES_MAX=$((120 * 1024))
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

# read_by FILE: a script, what it imports before it runs, and the sentences it asks for.
read_by() {
  local todo=("$1") seen=() file next
  while [ "${#todo[@]}" -gt 0 ]; do
    file="${todo[0]}" todo=("${todo[@]:1}")
    case " ${seen[*]-} " in *" $file "*) continue ;; esac
    seen+=("$file")
    case "$file" in
      *.js)
        while read -r next; do todo+=("district/pages/$next"); done < <(grep -oP '^import .* from "/officer/\K[^"]+' "$file" || true)
        while read -r next; do
          [ "$next" = texts.json ] && next=district.json
          todo+=("ui/texts/id/$next")
        done < <(grep -oP 'loadTexts\((from = )?"/officer/\K[^"]+' "$file" || true)
        ;;
    esac
  done
  printf '%s\n' "${seen[@]}"
}

weigh scripts "$JS_BYTES_MAX" ui/dist/assets/*.js
weigh styles "$CSS_BYTES_MAX" ui/dist/assets/*.css
weigh fonts "$FONT_BYTES_MAX" ui/dist/assets/*.woff2
# The licence beside a script is for people; no browser reads it.
for page in officer families deliver figures; do
  mapfile -t files < <(read_by "district/pages/$page.js")
  weigh "officers' page $page" "$PAGE_BYTES_MAX" "district/pages/$page.html" district/pages/officer.css "${files[@]}"
done
weigh "officers' pages together" "$PAGES_BYTES_MAX" district/pages/*.{js,css,html} ui/texts/id/{district,delivery,doubt,family,figures,reveal}.json
exit "$failed"
