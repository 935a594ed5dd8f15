#!/usr/bin/env bash
# The point-in-time restore of docs/operations.md, on a PostgreSQL cluster of its own: a base copy, an application, a moment,
# another application, everything dropped, and back to the moment. The counter then brings back what the district lost.
# Needs PostgreSQL's programs; binaries of `cargo build --workspace --bins`.
set -euo pipefail
cd "$(dirname "$0")/.."

bin="${CARGO_TARGET_DIR:-target}/debug"
pg="$(ls -d /usr/lib/postgresql/*/bin | sort -t/ -k5 -n | tail -1)"
dir="$(mktemp -d)"
chmod 711 "$dir"
port=18711
export JUKUNG_PASSPHRASE="sungai tapin perahu jukung"
trap 'kill $(jobs -p) 2>/dev/null || true; postgres_ends 2>/dev/null || true; rm -rf "$dir"' EXIT

as_postgres() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }
fails() { echo "FAIL $*" >&2; exit 1; }
postgres_starts() {
  as_postgres "$pg/pg_ctl" -D "$dir/pg/data" -w -l "$dir/pg/log" -o "-k '$dir/pg' -c listen_addresses=''" start >/dev/null
}
postgres_ends() { as_postgres "$pg/pg_ctl" -D "$dir/pg/data" -m fast -w stop >/dev/null; }
sql() { psql -qtAX -h "$dir/pg" -U postgres "$@"; }
url="postgresql:///jukung?host=$dir/pg&user=postgres"
office() { "$bin/jukung-office" --data "$dir/office" "$@"; }
serve() {
  "$bin/jukung-district" serve --data "$dir/district" --database "$url" --listen "127.0.0.1:$port" >"$dir/district.log" 2>&1 &
  district=$!
  until curl -fsS "http://127.0.0.1:$port/healthz" >/dev/null 2>&1; do
    kill -0 "$district" 2>/dev/null || { cat "$dir/district.log" >&2; fails "the district ended"; }
    sleep 0.1
  done
}
applications() { sql jukung -c "SELECT count(*) FROM app"; }

mkdir -p "$dir/pg/wal"
[ "$(id -u)" != 0 ] || chown -R postgres "$dir/pg"
as_postgres "$pg/initdb" -D "$dir/pg/data" -U postgres -A trust --locale=C --encoding=UTF8 >/dev/null
as_postgres tee -a "$dir/pg/data/postgresql.conf" >/dev/null <<EOF
archive_mode = on
archive_command = 'test ! -f $dir/pg/wal/%f && cp %p $dir/pg/wal/%f'
EOF
postgres_starts
sql -c "CREATE DATABASE jukung TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
serve
code="$("$bin/jukung-district" enrol --data "$dir/district" --database "$url" --office 63.05.04.1004 --approve-at-once | tail -1)"
office enrol --server "http://127.0.0.1:$port" --code "$code" --name Rahmah >/dev/null
as_postgres "$pg/pg_basebackup" -h "$dir/pg" -U postgres -D "$dir/pg/base" -X none -c fast
office submit tests/sample/01-ktp-damaged.json >/dev/null
office sync >/dev/null
[ "$(applications)" = 1 ] || fails "one application"
moment="$(sql -c 'SELECT now()')"
office submit tests/sample/01-ktp-damaged.json >/dev/null
office sync >/dev/null
[ "$(applications)" = 2 ] || fails "two applications"
kill "$district" && wait "$district" 2>/dev/null || true
sql jukung -c "DROP TABLE event CASCADE; DROP TABLE app CASCADE"
sql -c "SELECT pg_switch_wal()" >/dev/null
postgres_ends
as_postgres rm -rf "$dir/pg/data"
as_postgres mv "$dir/pg/base" "$dir/pg/data"
as_postgres tee -a "$dir/pg/data/postgresql.conf" >/dev/null <<EOF
restore_command = 'cp $dir/pg/wal/%f %p'
recovery_target_time = '$moment'
recovery_target_action = 'promote'
EOF
as_postgres touch "$dir/pg/data/recovery.signal"
postgres_starts
until [ "$(sql -c 'SELECT pg_is_in_recovery()')" = f ]; do sleep 0.1; done
[ "$(applications)" = 1 ] || fails "after the restore: $(applications) applications"
echo "ok   back at the moment: one application of two"
serve
office sync >/dev/null
office sync >/dev/null
[ "$(applications)" = 2 ] || fails "after the counter called: $(applications)"
events="$(sql jukung -c "SELECT count(*) || ' ' || count(DISTINCT uid) FROM event")"
[ "${events% *}" = "${events#* }" ] || fails "doubled: $events"
office doctor >/dev/null || fails "the counter's doctor"
echo "ok   the counter brought back what was lost, once"
