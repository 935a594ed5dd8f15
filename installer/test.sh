#!/usr/bin/env bash
# Goal: both packages install, start, upgrade with a full queue without losing anything, and leave records behind when
# removed. Runs on this very machine as root, and refuses where Jukung is really in use.
#
# Use:  installer/test.sh [--profile debug|release]
set -uo pipefail
cd "$(dirname "$0")/.."

OFFICE_CODE=63.05.04.1004
# Applications waiting in the counter's queue while it is upgraded.
QUEUED=12
# First start with an empty disk cache under load; every wait ends here.
WAIT_S=60
OLD=0.1.0 NEW=0.1.1
profile=debug
[ "${1:-}" != --profile ] || profile="$2"

export JUKUNG_PASSPHRASE="sungai tapin perahu jukung"
export JUKUNG_OFFICER_PASSPHRASE="rantau kiwa pasar terapung"
work="" server_pid="" port="" passed=0 failed=0 ours=no

check() { # check CLAIM COMMAND…
  local claim="$1"; shift
  if "$@" >"$work/last" 2>&1; then passed=$((passed + 1)); echo "ok: $claim"; else
    failed=$((failed + 1)); echo "NOT OK: $claim"; sed 's/^/    /' "$work/last" | tail -15
  fi
}

finish() {
  stop_server
  if [ "$ours" = yes ]; then
    JUKUNG_PURGE=yes dpkg --purge jukung jukung-district >/dev/null 2>&1
    rm -rf "$work"
  fi
}

refuse() { # refuse REASON: a failure under CI, said and left out elsewhere
  if [ "${CI:-}" = true ]; then echo "NOT OK: $1"; echo "test result: FAILED. 0 passed; 1 failed;"; exit 1; fi
  echo "skipped: $1"
  exit 0
}

wait_for() { # wait_for COMMAND…: until it succeeds, at most WAIT_S
  local left=$((WAIT_S * 4))
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1)); [ "$left" -gt 0 ] || return 1
    sleep 0.25
  done
}

answers() { curl -fsS "http://127.0.0.1:$port/healthz"; }
setting() { sed -nE "s/^$1=(.*)$/\1/p" /etc/jukung/district.env; }

# The unit's own ExecStart line, with its settings filled in, as its own user: what systemd would start.
start_server() {
  local line
  line="$(sed -nE 's/^ExecStart=(.*)$/\1/p' /usr/lib/systemd/system/jukung-district.service)"
  line="${line//\$\{JUKUNG_DATA\}/$(setting JUKUNG_DATA)}"
  line="${line//\$\{JUKUNG_LISTEN\}/$(setting JUKUNG_LISTEN)}"
  # shellcheck disable=SC2086  # the line is words
  (cd / && umask 0077 && exec runuser -u jukung -- $line) >>"$work/server.log" 2>&1 &
  server_pid=$!
  wait_for answers || { tail -5 "$work/server.log"; return 1; }
}

stop_server() {
  [ -n "$server_pid" ] || return 0
  # runuser passes the signal on to its only child.
  kill -TERM "$server_pid" 2>/dev/null
  wait "$server_pid" 2>/dev/null
  server_pid=""
}

district() { (cd / && runuser -u jukung -- env JUKUNG_OFFICER_PASSPHRASE="$JUKUNG_OFFICER_PASSPHRASE" jukung-district "$@"); }
office() { jukung-office --data "$work/office" "$@"; }
numbers() { office status | grep -oE '[0-9A-HJKMNP-RT-Z]{3}-[0-9]{4,5}-[0-9A-HJKMNP-RT-Z]' | sort -u; }
mode_of() { [ "$(stat -c '%U %a' "$2")" = "$1" ]; }
version_is() { [ "$(dpkg-query -W -f='${Version}' "$2")" = "$1" ]; }
links_whole() { ! ldd "/usr/bin/$1" | grep -F 'not found'; }
same() { diff "$1" "$2"; }
has_lines() { [ "$(wc -l <"$2")" -ge "$1" ]; }

at_district() { # whether the Dinas has every number of FILE, each exactly once
  local n jar="$work/jar" base="http://127.0.0.1:$port/officer/api" have=0
  jq -n --arg p "$JUKUNG_OFFICER_PASSPHRASE" '{name:"Verifikator",passphrase:$p}' |
    curl -fsS -c "$jar" -H 'Content-Type: application/json' -H "Origin: http://127.0.0.1:$port" --data @- "$base/sign-in" >/dev/null || return 1
  while read -r n; do
    curl -fsS -b "$jar" "$base/applications?text=$n" | jq -e --arg n "$n" '[.rows[] | select(.number == $n)] | length == 1' >/dev/null &&
      have=$((have + 1))
  done <"$1"
  echo "$have of $(wc -l <"$1") at the Dinas"
  [ "$have" = "$(wc -l <"$1")" ]
}

window_opens() { # the installed window, on a screen of its own, until its web process is there
  timeout "$WAIT_S" dbus-run-session -- xvfb-run -a -s "-screen 0 1366x768x24" env XDG_DATA_HOME="$work/window" HOME="$work" bash -c '
    jukung-loket >"$1" 2>&1 & pid=$!
    for _ in $(seq 120); do
      kill -0 "$pid" 2>/dev/null || { cat "$1"; exit 1; }
      if ps -o comm= --ppid "$pid" | grep -q WebKitWebProces; then kill "$pid"; wait "$pid" 2>/dev/null; exit 0; fi
      sleep 0.25
    done
    kill "$pid"; exit 1' _ "$work/window.log"
}

prepare() {
  [ "$(id -u)" = 0 ] || refuse "installing packages needs root"
  if dpkg-query -W -f='${Status}' jukung jukung-district 2>/dev/null | grep -q 'ok installed' || [ -e /var/lib/jukung ]; then
    refuse "Jukung is installed here or has records in /var/lib/jukung; this test would remove them"
  fi
  work="$(mktemp -d)" ours=yes
  trap finish EXIT
  chmod 755 "$work"
  check "both packages are built" installer/build.sh --profile "$profile" --version "$OLD" --out "$work/old"
  check "a newer version of both is built" installer/build.sh --profile "$profile" --version "$NEW" --out "$work/new"
  port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null || echo 18717)"
  for _ in $(seq "$QUEUED"); do jq -c . tests/sample/01-ktp-damaged.json; done >"$work/queue.jsonl"
  cp tests/sample/*.jpg "$work/"
}

installs_and_starts() {
  check "the server installs" dpkg -i "$work"/old/jukung-district_*.deb
  check "the counter's program installs" dpkg -i "$work"/old/jukung_*.deb
  for name in jukung jukung-office jukung-district; do check "$name finds its libraries" links_whole "$name"; done
  check "the records' folder is the server's own and closed" mode_of "jukung 700" /var/lib/jukung
  command -v systemd-analyze >/dev/null &&
    check "systemd accepts the unit" systemd-analyze verify --man=no /usr/lib/systemd/system/jukung-{district.service,backup.service,backup.timer}
  sed -i "s/^JUKUNG_LISTEN=.*/JUKUNG_LISTEN=127.0.0.1:$port/" /etc/jukung/district.env
  check "the server starts as its own user" start_server
  check "an officer's account is made" district officer --data /var/lib/jukung --name Verifikator
  local code
  code="$(district enrol --data /var/lib/jukung --office "$OFFICE_CODE" --approve-at-once | tail -1)"
  check "a counter enrols" office enrol --server "http://127.0.0.1:$port" --code "$code" --name Rahmah
  check "the window opens" window_opens
  check "one application goes through" office submit tests/sample/01-ktp-damaged.json
  check "it is sent" office sync
  numbers >"$work/first"
  check "the Dinas has it" at_district "$work/first"
  check "the nightly backup copies records, key and scans" backup_has_all
}

backup_has_all() { # the unit's own condition and ExecStart line, with its settings, as its own user
  local unit=/usr/lib/systemd/system/jukung-backup.service line condition place="$work/cadangan"
  condition="$(sed -nE "s/^ExecCondition=(.*)$/\1/p" "$unit")"
  line="$(sed -nE 's/^ExecStart=(.*)$/\1/p' "$unit")"
  line="${line//\$\{JUKUNG_DATA\}/$(setting JUKUNG_DATA)}"
  line="${line//\$\{JUKUNG_BACKUP\}/$place}"
  install -d -m 0700 -o jukung -g jukung "$place"
  ! bash -c "$condition" || { echo "runs without a place"; return 1; }
  JUKUNG_BACKUP="$place" bash -c "$condition" || { echo "does not run with a place"; return 1; }
  # shellcheck disable=SC2086  # the line is words
  (cd / && umask 0077 && runuser -u jukung -- $line) || return 1
  [ "$(find "$place" -name 'district-*.db' | wc -l)" = 1 ] && [ -s "$place/district.key" ] &&
    [ "$(find "$place/scans" -type f | wc -l)" = "$(find "$(setting JUKUNG_DATA)/scans" -type f | wc -l)" ]
}

upgrades_with_a_full_queue() {
  stop_server
  check "$QUEUED applications are handed in without a network" office submit "$work/queue.jsonl"
  numbers >"$work/before"
  check "all of them wait" has_lines $((QUEUED + 1)) "$work/before"
  check "the counter's program upgrades" dpkg -i "$work"/new/jukung_*.deb
  check "the server upgrades" dpkg -i --force-confold "$work"/new/jukung-district_*.deb
  check "it is the newer counter" version_is "$NEW" jukung
  check "it is the newer server" version_is "$NEW" jukung-district
  check "the changed setting is kept" grep -q "127.0.0.1:$port" /etc/jukung/district.env
  numbers >"$work/after"
  check "the queue is what it was" same "$work/before" "$work/after"
  check "the newer server starts with the old records" start_server
  check "the Dinas still has what it had" at_district "$work/first"
  check "the queue is sent" office sync
  check "the Dinas has all of it, once" at_district "$work/before"
}

leaves_records_behind() {
  stop_server
  check "both are removed" dpkg -r jukung jukung-district
  check "the programs are gone" bash -c '! command -v jukung && ! command -v jukung-office && ! command -v jukung-district'
  check "the Dinas' records stay" test -n "$(ls -A /var/lib/jukung)"
  check "the counter's records stay" test -n "$(ls -A "$work/office")"
  check "both install again" dpkg -i "$work"/new/jukung_*.deb "$work"/new/jukung-district_*.deb
  check "the server starts again with the records" start_server
  check "nothing went missing" at_district "$work/before"
  stop_server
  check "purging without saying so keeps the records" bash -c 'dpkg --purge jukung jukung-district </dev/null && [ -n "$(ls -A /var/lib/jukung)" ]'
  check "purging installs nothing back" bash -c '! command -v jukung-district'
  check "the server installs once more" dpkg -i "$work"/new/jukung-district_*.deb
  check "purging with a yes deletes them" bash -c 'JUKUNG_PURGE=yes dpkg --purge jukung-district && [ ! -e /var/lib/jukung ]'
  check "its user is gone" bash -c '! getent passwd jukung'
}

prepare
[ "$failed" != 0 ] || installs_and_starts
[ "$failed" != 0 ] || upgrades_with_a_full_queue
[ "$failed" != 0 ] || leaves_records_behind
verdict=ok
[ "$failed" = 0 ] || { verdict=FAILED; tail -20 "$work/server.log" 2>/dev/null | sed 's/^/    server: /'; }
echo "test result: $verdict. $passed passed; $failed failed;"
[ "$failed" = 0 ]
