#!/usr/bin/env bash
# Draws src-tauri/icons from installer/icon.svg with Tauri's own tool; run it after changing the drawing.
set -euo pipefail
cd "$(dirname "$0")/.."
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
npx --yes @tauri-apps/cli@2.12.5 icon installer/icon.svg -o "$out"
# The sizes tauri.conf.json names; phones' and the store's are not ours.
cp "$out"/{32x32.png,128x128.png,128x128@2x.png,icon.png,icon.ico,icon.icns} src-tauri/icons/
