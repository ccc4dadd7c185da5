#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh SECONDS [TARGET...]: has libFuzzer look for inputs that a target does not survive, for so
# many seconds each, from corpus/ and what earlier runs found. One that is found stays in
# build/fuzz/found; build/fuzz/tests/fuzz/fuzz_TARGET with its whole path runs it again.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
build="$(realpath "$here/../..")/build/fuzz"
seconds=$1
shift
cd "$here/corpus"
[ $# -ne 0 ] || set -- *

mkdir -p "$build/found"
for target in "$@"; do
    mkdir -p "$build/corpus/$target"
    log="$build/$target.log"
    if ! "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=1024 -timeout=60 \
        -print_final_stats=1 -artifact_prefix="$build/found/$target-" \
        "$build/corpus/$target" "$here/corpus/$target" >"$log" 2>&1; then
        cat "$log" >&2
        echo "fuzz: $target: failed" >&2
        exit 1
    fi
    awk -v target="$target" '/number_of_executed/ { runs = $2 } /average_exec/ { rate = $2 }
        END { print "fuzz: " target ": " runs " runs, " rate " a second, no failure" }' "$log"
done
