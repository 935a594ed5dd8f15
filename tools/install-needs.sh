#!/usr/bin/env bash
# Installs what building, testing or packing Jukung needs on Debian 12 / Ubuntu 24.04, saying what and why.
#
# Use:  tools/install-needs.sh run|headless|test
# Prints "export PATH=…" lines for what it put beside the system; callers read them with
#   eval "$(tools/install-needs.sh test)"
# Everything meant for people goes to stderr. Nothing is installed that is already there.
set -euo pipefail

# Vite 8 takes 20.19 and newer of that line, and 22.12 and newer; Debian 12 and Ubuntu 24.04 carry 18.
NODE_NEEDED="node 20.19, or 22.12 and newer"
# Fetched only when the system's node is too old: the newest of this line, checked against the checksums beside it.
NODE_LINE=22
# The workspace's rust-version; the exact version comes from rust-toolchain.toml.
RUST_MINOR_MIN=95
TOOLS="${JUKUNG_TOOLS:-$HOME/.local/share/jukung-tools}"

what="${1:-run}"
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
stop() { say "Stopped: $*"; exit 1; }

# package | why. Names that differ between Debian 12 and Ubuntu 24.04 do not occur here.
needs() {
  cat <<'LIST'
ca-certificates|fetch crates and npm packages over TLS
curl|the walk talks to the district's pages
jq|the walk reads JSON
git|find the tree's own files
build-essential|C compiler: SQLCipher and OpenSSL are built into the program
pkg-config|finds the WebKitGTK library
perl|OpenSSL's build is written in it
LIST
  [ "$what" = headless ] || cat <<'LIST'
libwebkit2gtk-4.1-dev|the desktop window
librsvg2-dev|the window's icons
LIST
  [ "$what" != test ] || cat <<'LIST'
postgresql|the district's second database engine, a private cluster for the tests
webkit2gtk-driver|drives the real window in tests
xvfb|a screen for the window tests
xauth|xvfb-run needs it
dbus-x11|a session bus for the window under xvfb
poppler-utils|reads the receipts back (pdftotext, pdftoppm)
qpdf|checks that the receipts are sound PDF
zbar-tools|reads the receipts' QR from a picture
procps|the install test looks at processes; the window test kills one
python3-venv|other people's libraries read what we sign (pycose, cbor2, from PyPI)
imagemagick|takes the picture of the resident's screen, and makes the pictures of docs/screens small
LIST
}

missing_packages() {
  local name why
  while IFS='|' read -r name why; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q '^install ok installed' && continue
    say "  $name: $why"
    printf '%s\n' "$name"
  done < <(needs)
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else stop "these need root and there is no sudo: $*"
  fi
}

install_packages() {
  command -v dpkg-query >/dev/null || { say "Not Debian or Ubuntu: install by hand what docs/limits.md names."; return 0; }
  local missing
  missing="$(missing_packages)"
  [ -n "$missing" ] || return 0
  say "Installing the packages above with apt (about 110 MB to fetch when nothing is there)."
  as_root apt-get update -q >&2
  # shellcheck disable=SC2086  # one word per package
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >&2
}

# Another PATH entry, for us and for the caller.
add_path() {
  case ":$PATH:" in *":$1:"*) return 0 ;; esac
  export PATH="$1:$PATH"
  printf 'export PATH=%q:"$PATH"\n' "$1"
}

rust_is_new_enough() {
  local minor
  minor="$(rustc --version 2>/dev/null | sed -nE 's/^rustc 1\.([0-9]+)\..*/\1/p')"
  [ -n "$minor" ] && [ "$minor" -ge "$RUST_MINOR_MIN" ]
}

install_rust() {
  [ -d "$HOME/.cargo/bin" ] && add_path "$HOME/.cargo/bin"
  # Inside this folder rustup obeys rust-toolchain.toml and fetches that version by itself.
  rust_is_new_enough && return 0
  if ! command -v rustup >/dev/null; then
    say "  rust 1.$RUST_MINOR_MIN: everything but the screens is written in it (rustup, into $HOME/.cargo)"
    local script
    script="$(mktemp)"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs -o "$script" || stop "rustup could not be fetched; see https://rustup.rs"
    sh "$script" -y --no-modify-path --profile minimal --default-toolchain none >&2
    rm -f "$script"
    add_path "$HOME/.cargo/bin"
  fi
  rustup toolchain install >&2 || rustup show active-toolchain >&2
  rust_is_new_enough || stop "rust 1.$RUST_MINOR_MIN or newer is needed; found: $(rustc --version 2>&1)"
}

install_rust_parts() {
  cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return 0
  say "  rustfmt, clippy: one style, and the lints"
  rustup component add rustfmt clippy >&2
}

node_is_new_enough() {
  local major minor
  command -v npm >/dev/null || return 1
  IFS=. read -r major minor _ < <(node --version 2>/dev/null | tr -d v)
  case "${major:-0}" in
    20) [ "$minor" -ge 19 ] ;;
    22) [ "$minor" -ge 12 ] ;;
    *) [ "${major:-0}" -gt 22 ] ;;
  esac
}

install_node() {
  [ -d "$TOOLS/node/bin" ] && add_path "$TOOLS/node/bin"
  node_is_new_enough && return 0
  local machine file base dir
  case "$(uname -m)" in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
    *) stop "no ready node for $(uname -m); install $NODE_NEEDED" ;;
  esac
  say "  node $NODE_LINE: builds the screens (into $TOOLS/node; the system's own is missing or too old)"
  base="https://nodejs.org/dist/latest-v$NODE_LINE.x" dir="$(mktemp -d)"
  curl -sSf "$base/SHASUMS256.txt" -o "$dir/sums" || stop "node could not be fetched; install $NODE_NEEDED"
  file="$(sed -nE "s/^[0-9a-f]{64}  (node-v$NODE_LINE\.[0-9.]+-linux-$machine\.tar\.gz)\$/\1/p" "$dir/sums")"
  curl -sSf "$base/$file" -o "$dir/$file" || stop "node could not be fetched; install $NODE_NEEDED"
  (cd "$dir" && grep " $file\$" sums | sha256sum -c --status) || stop "the node that came is not the one nodejs.org names"
  mkdir -p "$TOOLS/node"
  tar -xzf "$dir/$file" -C "$TOOLS/node" --strip-components=1
  rm -rf "$dir"
  add_path "$TOOLS/node/bin"
  node_is_new_enough || stop "$NODE_NEEDED is needed"
}

say "Looking for what is needed to $what; what is missing is named with its reason."
install_packages
install_rust
[ "$what" != test ] || install_rust_parts
[ "$what" = headless ] || install_node
say "Everything needed is there: $(rustc --version)$([ "$what" = headless ] || echo ", node $(node --version)")."
