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
# The same from the npm registry, where every library of the screens comes from too, when nodejs.org does not answer.
NODE_AT_NPM=22.23.3
NPM_AT_NPM=10.9.4
NODE_SHA256_x64=00b5c43d88958dbbf45339c4d5e9a76289c7e25876fd08270b379e485e151fc5
NODE_SHA256_arm64=894b9938b215d40b3a38db094ef436d02b3bc7dd16f04fca145a4735cd9e9035
NPM_SHA256=4bfba8a0c823024d1926ec9d97a37a00eb60fd2adf44b3d34a686fc32e8f51e4
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
poppler-utils|reads the receipts back (pdftotext, pdftoppm) and judges the seal (pdfsig)
openssl|stands in for a certificate authority and a time-stamping one
qpdf|checks that the receipts are sound PDF
zbar-tools|reads the receipts' QR from a picture
procps|the install test looks at processes; the window test kills one
python3-venv|other people's libraries read what we sign (pycose, cbor2, from PyPI)
imagemagick|takes the picture of the resident's screen, and makes the pictures of docs/screens small
LIST
  [ "$what" != test ] || [ -z "${JUKUNG_FAILOVER:-}" ] || cat <<'LIST'
patroni|three nodes of PostgreSQL lose their primary (./test --failover)
etcd-server|what Patroni's nodes agree in
LIST
}

# Measured: a cold build with its test programs takes 16 GB with clippy, the two programs and the window 5. With less the
# linker dies with a bus error and says nothing of the disk.
enough_room() {
  local target="${CARGO_TARGET_DIR:-target}" need=6 free
  [ "$what" != test ] || need=20
  [ ! -d "$target/debug/deps" ] || return 0
  free="$(df --output=avail -BG . | tail -1 | tr -dc 0-9)"
  [ "$free" -ge "$need" ] || stop "$need GB of disk are needed to build here and $free are free; make room, or name another disk with CARGO_TARGET_DIR"
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
    # The script of sh.rustup.rs, from the host that the toolchain itself comes from.
    curl --proto '=https' --tlsv1.2 -sSf https://static.rust-lang.org/rustup/rustup-init.sh -o "$script" \
      || stop "rustup could not be fetched; see https://rustup.rs"
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

# fetch ADDRESS SHA256 FOLDER: a checked archive, unpacked without its outermost folder.
fetch() {
  local file
  file="$(mktemp)"
  curl -sSf "$1" -o "$file" || return 1
  echo "$2  $file" | sha256sum -c --status || stop "what came from $1 is not what was named"
  mkdir -p "$3"
  tar -xzf "$file" -C "$3" --strip-components=1
  rm -f "$file"
}

node_from_nodejs() {
  local base="https://nodejs.org/dist/latest-v$NODE_LINE.x" sums sum file
  sums="$(curl -sSf "$base/SHASUMS256.txt")" || return 1
  read -r sum file < <(grep -E "  node-v$NODE_LINE\.[0-9.]+-linux-$1\.tar\.gz\$" <<<"$sums") || return 1
  fetch "$base/$file" "$sum" "$TOOLS/node"
}

node_from_npm() {
  local registry="https://registry.npmjs.org" sum="NODE_SHA256_$1"
  fetch "$registry/node-linux-$1/-/node-linux-$1-$NODE_AT_NPM.tgz" "${!sum}" "$TOOLS/node" || return 1
  fetch "$registry/npm/-/npm-$NPM_AT_NPM.tgz" "$NPM_SHA256" "$TOOLS/node/lib/node_modules/npm" || return 1
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$TOOLS/node/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$TOOLS/node/bin/npx"
}

install_node() {
  [ -d "$TOOLS/node/bin" ] && add_path "$TOOLS/node/bin"
  node_is_new_enough && return 0
  local machine
  case "$(uname -m)" in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
    *) stop "no ready node for $(uname -m); install $NODE_NEEDED" ;;
  esac
  say "  node $NODE_LINE: builds the screens (into $TOOLS/node; the system's own is missing or too old)"
  node_from_nodejs "$machine" || node_from_npm "$machine" || stop "node could not be fetched; install $NODE_NEEDED"
  add_path "$TOOLS/node/bin"
  node_is_new_enough || stop "$NODE_NEEDED is needed"
}

say "Looking for what is needed to $what; what is missing is named with its reason."
enough_room
install_packages
install_rust
[ "$what" != test ] || install_rust_parts
[ "$what" = headless ] || install_node
say "Everything needed is there: $(rustc --version)$([ "$what" = headless ] || echo ", node $(node --version)")."
