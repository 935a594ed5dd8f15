#!/usr/bin/env bash
# Walks one application from the counter to the issued document, saying each step; ./run --headless calls it.
#
# Takes from its caller: OFFICE_BIN, DATA (the office's folder), SERVER (URL of the district), OFFICER (name),
# OUT (folder for the receipt), JUKUNG_PASSPHRASE, JUKUNG_OFFICER_PASSPHRASE. Fails at the first thing that is not so.
set -euo pipefail
cd "$(dirname "$0")/.."

SAMPLE="${SAMPLE:-tests/sample/01-ktp-damaged.json}"
mkdir -p "$OUT"
jar="$(mktemp)" answer="$(mktemp)"
trap 'rm -f "$jar" "$answer"' EXIT

step() { printf '\n-- %s\n' "$*"; }
stop() { printf 'The walk stopped: %s\n' "$*" >&2; exit 1; }
office() { "$OFFICE_BIN" --data "$DATA" "$@"; }

# api METHOD PATH [JSON]: one call of the officer's page; prints the answer, stops on anything but 2xx.
api() {
  local code
  code="$(curl -sS -o "$answer" -w '%{http_code}' -b "$jar" -c "$jar" -X "$1" -H 'Content-Type: application/json' \
    -H "Origin: $SERVER" ${3:+--data "$3"} "$SERVER/officer/api$2")"
  case "$code" in 2*) cat "$answer" ;; *) stop "$1 $2 answered $code: $(cat "$answer")" ;; esac
}

# The application's id at the district, by registration number.
find_id() { api GET "/applications?text=$1" | jq -er --arg n "$1" '.rows[] | select(.number == $n) | .id'; }
decide() { api POST "/applications/$id/$1" "$2" >/dev/null; }
status_of() { api GET "/applications/$id"  | jq -er .row.status; }
expect() { [ "$1" = "$2" ] || stop "expected status $2, found $1"; echo "   status at the Dinas: $1"; }

step "The counter checks the application"
office check "$SAMPLE" && echo "   nothing stands in the way of sending"
step "It is handed in: number and record in one transaction, no network needed"
office submit "$SAMPLE" | tee "$answer"
number="$(grep -oE '[0-9A-HJKMNP-RT-Z]{3}-[0-9]{4,5}-[0-9A-HJKMNP-RT-Z]' "$answer" | head -1)"
[ -n "$number" ] || stop "no registration number was printed"
step "Saved here: what the counter knows of $number"
office status | grep -F "$number" || office status
step "The receipt, rendered from what was committed"
office receipt "$number" -o "$OUT/receipt-$number.pdf"
echo "   $OUT/receipt-$number.pdf ($(wc -c <"$OUT/receipt-$number.pdf") bytes)"
step "Sync: everything waiting goes to the Dinas and its answers come back"
office sync
step "The Dinas signs in, finds it, and takes it in hand"
api POST /sign-in "$(jq -n --arg n "$OFFICER" --arg p "$JUKUNG_OFFICER_PASSPHRASE" '{name:$n,passphrase:$p}')" >/dev/null
id="$(find_id "$number")" || stop "the Dinas does not have $number"
decide take '{}'
expect "$(status_of)" IN_VERIFICATION
step "The Dinas returns it: the address is incomplete"
decide return '{"reason":"incomplete","target":"applicant.address","note":"Mohon lengkapi alamat dengan nomor rumah."}'
expect "$(status_of)" NEEDS_CORRECTION
step "The counter hears of it, corrects that field and sends it again"
office sync
office status | grep -F "$number" || true
fix="$(mktemp --suffix .json)"
jq '{service, fields: {"applicant.address": "Jalan Contoh Titian Nomor 4 A"}}' "$SAMPLE" >"$fix"
office correct "$number" "$fix"
rm -f "$fix"
office sync
expect "$(status_of)" SUBMITTED
step "The Dinas takes it again, approves it and marks it issued"
decide take '{}'
decide approve '{}'
decide issue '{"document":"6305-CONTOH-0001"}'
expect "$(status_of)" ISSUED
step "The counter pulls the answer"
office sync
office status | grep -F "$number" || office status
printf '\nThe walk is done: %s went from the counter to ISSUED.\n' "$number"
