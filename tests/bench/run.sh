#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the benchmark against the installed library and runs it on files of a temporary directory.
set -euo pipefail
cd "$(dirname "$0")"
export CARGO_TARGET_DIR="$MMIO_ROOT/build/bench"
cargo build --quiet --release
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$CARGO_TARGET_DIR/release/mmio-bench" "$directory"
