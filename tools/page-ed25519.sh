#!/usr/bin/env bash
# Makes district/pages/ed25519.js: signatures for phones whose browser has no Ed25519 of its own. Cryptography is never
# ours: this is @noble/ed25519 (MIT), pinned by its hash, cut down to what the page calls. Run it to take a newer version.
set -euo pipefail
cd "$(dirname "$0")/.."

VERSION=3.2.0
INTEGRITY="sha512-criDgRlnUA09hchYrTy/JUWPIEap5rZxQe6wDWzRx51oWWpDRcUpuNzlgPxDJaOK6AsW9c0wKcj3rKRv6t+bPQ=="

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "@noble/ed25519@$VERSION" > name)
archive="$work/$(cat "$work/name")"
found="sha512-$(openssl dgst -sha512 -binary "$archive" | base64 -w0)"
[ "$found" = "$INTEGRITY" ] || { echo "@noble/ed25519 $VERSION is not the known one: $found" >&2; exit 1; }
tar -xzf "$archive" -C "$work"

cat > "$work/entry.js" <<'JS'
import { verifyAsync } from './package/index.js';
export const verifies = (key, message, signature) => verifyAsync(signature, message, key, { zip215: false }).catch(() => false);
JS
ui/node_modules/.bin/rolldown "$work/entry.js" --format esm --minify --file "$work/out.js" > /dev/null
{
  echo "// Ed25519 for browsers without it. Not ours: @noble/ed25519 $VERSION (MIT License, (c) 2019 Paul Miller), cut down by"
  echo "// tools/page-ed25519.sh; its text stands in district/pages/ed25519.LICENSE."
  grep -v '^/\*! noble-ed25519' "$work/out.js"
} > district/pages/ed25519.js
cp "$work/package/LICENSE" district/pages/ed25519.LICENSE
wc -c district/pages/ed25519.js
