#!/usr/bin/env bash
# Makes the dictionary of the wire anew from made-up applications of today's catalogue (protocol 0.7).
#
# A number's bytes never change once a program was shipped with them. So for a release: copy the newest line in
# domain/src/pack.rs under the next number, then run this; the older files stay, for what was packed with them.
# Nothing of a real resident ever goes in: the samples come from tests/src/made_up.rs alone.
set -euo pipefail
cd "$(dirname "$0")/.."
# The dictionary is inside the program that makes it, so there must be one to begin with.
number="$(grep -oE 'id: [0-9_]+' domain/src/pack.rs | tail -1 | tr -dc 0-9)"
[ -s "domain/wire/$number.dict" ] || printf '\x37\xa4\x30\xec' >"domain/wire/$number.dict"
JUKUNG_TRAIN=1 cargo test --locked --workspace --test dictionary -- the_dictionary_in_the_tree
cargo test --locked --workspace --test dictionary -- --nocapture
ls -l "domain/wire/$number.dict"
