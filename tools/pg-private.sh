#!/usr/bin/env bash
# A private PostgreSQL cluster for tests: its own folder, its own unix socket, no network, gone afterwards.
#
# Use:  tools/pg-private.sh start DIR   makes and starts it, prints its URL on stdout
#       tools/pg-private.sh stop DIR    ends it by its own process id and removes DIR
#       tools/pg-private.sh end DIR     only ends it
# PostgreSQL refuses to run as root; as root it runs as user "postgres", which Debian's package makes.
set -euo pipefail

# A unix socket's path may have 107 bytes; the socket's own name takes 16 of them.
DIR_CHARS_MAX=90
# First start on a loaded two-core machine was seen to take 6 s.
START_TIMEOUT_S=60

deed="${1:-}" dir="${2:-}"
[ -n "$dir" ] || { echo "use: $0 start|stop|end DIR" >&2; exit 2; }

# Debian keeps the server's programs out of PATH; the newest version wins.
bin="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -1 || true)"
[ -x "$bin/initdb" ] || bin="$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/initdb)")"
[ -x "$bin/initdb" ] || { echo "PostgreSQL is not installed (apt-get install postgresql)" >&2; exit 3; }

as_postgres() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

start() {
  [ "${#dir}" -le "$DIR_CHARS_MAX" ] || { echo "$dir is too long for a unix socket" >&2; exit 2; }
  mkdir -p "$dir"
  [ "$(id -u)" != 0 ] || chown postgres "$dir"
  # C locale and UTF-8: what the district asks of every PostgreSQL (architecture.md).
  as_postgres "$bin/initdb" -D "$dir/data" -U postgres -A trust --locale=C --encoding=UTF8 --no-sync >"$dir.log" 2>&1 \
    || { cat "$dir.log" >&2; exit 1; }
  # Durability is tested on SQLite's own files; here only SQL is, so nothing waits for the disk.
  as_postgres "$bin/pg_ctl" -D "$dir/data" -w -t "$START_TIMEOUT_S" -l "$dir/log" \
    -o "-k '$dir' -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=200" start >>"$dir.log" 2>&1 \
    || { cat "$dir.log" "$dir/log" >&2; exit 1; }
  rm -f "$dir.log"
  echo "postgresql:///postgres?host=$dir&user=postgres"
}

end() { [ ! -f "$dir/data/postmaster.pid" ] || as_postgres "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null; }

case "$deed" in
  start) start ;;
  stop) end; rm -rf "$dir" ;;
  end) end ;;
  *) echo "use: $0 start|stop|end DIR" >&2; exit 2 ;;
esac
