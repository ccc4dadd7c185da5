#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the sides against the installed library and the crate registry, and measures them.
# --quick runs every row once; --save rewrites docs/performance.*; see bench.py for the rest.
set -euo pipefail
cd "$(dirname "$0")"
export CARGO_TARGET_DIR="$MMIO_ROOT/build/bench/cargo"
for manifest in peers/*/Cargo.toml; do
    cargo build --quiet --release --manifest-path "$manifest"
done
directory="$MMIO_ROOT/build/bench"
trap 'rm -rf "$directory/files"' EXIT
python3 bench.py "$CARGO_TARGET_DIR/release" "$directory" "$@"
