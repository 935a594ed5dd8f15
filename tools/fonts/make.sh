#!/bin/sh
# Makes the small Latin fonts of the printed papers in paper/fonts/ from Debian's Noto and Fontsource's Atkinson.
# Run by hand when a font or the set of letters changes; needs apt, npm, python3 with venv. Nothing is installed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out="$here/../../paper/fonts"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# Only the names a reader needs stay inside (the licences lie beside the fonts): every receipt carries them.
# Latin letters of the names here (with accents), dashes, quotes, euro, numero, check mark, empty box.
letters="U+0020-007E,U+00A0-017F,U+02BC,U+2010-2026,U+20AC,U+2116,U+2713,U+25A1"
python3 -m venv venv
venv/bin/pip --quiet install 'fonttools[woff]==4.60.1'
apt-get download fonts-noto-core >/dev/null
dpkg-deb -x fonts-noto-core_*.deb noto
npm pack --silent @fontsource/atkinson-hyperlegible-mono@5 >/dev/null
tar -xzf fontsource-atkinson-hyperlegible-mono-*.tgz
subset() { # source, target
  venv/bin/pyftsubset "$1" --unicodes="$letters" --layout-features= --no-hinting --name-IDs=1,2,6 --output-file="$out/$2"
}
subset noto/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf NotoSans-Regular.ttf
subset noto/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf NotoSans-Bold.ttf
subset package/files/atkinson-hyperlegible-mono-latin-700-normal.woff2 AtkinsonHyperlegibleMono-Bold.ttf
sed -n '/SIL OPEN FONT LICENSE/,$p' package/LICENSE > "$out/OFL-Atkinson-Hyperlegible-Mono.txt"
cp noto/usr/share/doc/fonts-noto-core/copyright "$out/OFL-Noto-Sans.txt"
ls -l "$out"
