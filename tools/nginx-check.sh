#!/usr/bin/env bash
# Runs installer/nginx/jukung.conf before a district of its own, with a certificate made for it, and sends an application
# with the real program through it. Needs nginx and openssl; binaries of `cargo build --workspace --bins`.
#
#   tools/nginx-check.sh          prints one line for each claim, and fails with the first that does not hold
set -euo pipefail
cd "$(dirname "$0")/.."

bin="${CARGO_TARGET_DIR:-target}/debug"
dir="$(mktemp -d)"
district_port=18710 tls_port=18743 plain_port=18780
export JUKUNG_PASSPHRASE="sungai tapin perahu jukung"
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT

holds() { echo "ok   $*"; }
fails() { echo "FAIL $*" >&2; exit 1; }
ask() { curl -sS --max-time 30 --cacert "$dir/ca.pem" --resolve "localhost:$tls_port:127.0.0.1" "$@"; }
status() { ask -o /dev/null -w '%{http_code}' "$@"; }

certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=Jukung test" \
    -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
    -keyout "$dir/key.pem" -out "$dir/request.pem" 2>/dev/null
  openssl x509 -req -in "$dir/request.pem" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 2 \
    -extfile <(echo "subjectAltName=DNS:localhost") -out "$dir/fullchain.pem" 2>/dev/null
}

# The committed file with other ports, paths and name, inside the frame that Debian gives it.
nginx_starts() {
  sed -e "s/127.0.0.1:8710/127.0.0.1:$district_port/; s/listen 443/listen 127.0.0.1:$tls_port/; s/listen 80/listen 127.0.0.1:$plain_port/" \
    -e "s#/etc/jukung/tls#$dir#; s/loket.example.go.id/localhost/" installer/nginx/jukung.conf >"$dir/jukung.conf"
  cat >"$dir/nginx.conf" <<EOF
pid $dir/nginx.pid; error_log $dir/error.log; daemon off; worker_processes 1;
events { worker_connections 512; }
http { access_log off; client_body_temp_path $dir/body; proxy_temp_path $dir/proxy; fastcgi_temp_path $dir/f;
  uwsgi_temp_path $dir/u; scgi_temp_path $dir/s; include $dir/jukung.conf; }
EOF
  nginx -p "$dir" -c "$dir/nginx.conf" &
}

certificate
"$bin/jukung-district" serve --data "$dir/district" --listen "127.0.0.1:$district_port" >"$dir/district.log" 2>&1 &
nginx_starts
tries=0
until [ "$(status "https://localhost:$tls_port/healthz" 2>/dev/null)" = 200 ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 600 ] || { cat "$dir/error.log" >&2; fails "nothing answers"; }
  sleep 0.1
done
holds "the district answers behind TLS"

[ "$(status "https://localhost:$tls_port/metrics")" = 404 ] || fails "/metrics is told to the world"
[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$district_port/metrics")" = 200 ] || fails "/metrics on this machine"
holds "counts are told on this machine only"

moved="$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' "http://127.0.0.1:$plain_port/cek" -H 'Host: localhost')"
[ "$moved" = "301 https://localhost/cek" ] || fails "plain HTTP: $moved"
holds "plain HTTP leads to TLS"

head -c 9437184 /dev/zero >"$dir/nine"
[ "$(status --data-binary @"$dir/nine" "https://localhost:$tls_port/v1/sync")" = 413 ] || fails "nine MB"
head -c 11534336 /dev/zero >"$dir/eleven"
[ "$(status --data-binary @"$dir/eleven" "https://localhost:$tls_port/v1/sync")" = 413 ] || fails "eleven MB"
holds "bodies beyond any call are refused"

began=$SECONDS
exec 9<>"/dev/tcp/127.0.0.1/$tls_port"
read -rt 60 -u 9 || true
exec 9>&-
[ $((SECONDS - began)) -lt 45 ] || fails "a silent connection stays open"
holds "a connection that says nothing ended after $((SECONDS - began)) s"

code="$("$bin/jukung-district" enrol --data "$dir/district" --office 63.05.04.1004 --approve-at-once | tail -1)"
office() { SSL_CERT_FILE="$dir/ca.pem" "$bin/jukung-office" --data "$dir/office" "$@"; }
office enrol --server "https://localhost:$tls_port" --code "$code" --name Rahmah >/dev/null || fails "enrolment"
office submit tests/sample/01-ktp-damaged.json >/dev/null || fails "submit"
office sync || fails "sync"
office status >"$dir/status"
grep -q "Diterima" "$dir/status" || { cat "$dir/status" >&2; fails "the application did not arrive"; }
if SSL_CERT_FILE=/dev/null "$bin/jukung-office" --data "$dir/office" sync >/dev/null 2>&1; then fails "an unknown authority is believed"; fi
holds "an application went through it; an unknown authority is not believed"
