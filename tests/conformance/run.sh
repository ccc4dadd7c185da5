#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the conformance cases in every language, with the testees that the languages' own checks
# have built, and fails if any of them fails.
set -euo pipefail
cd "$MMIO_ROOT"
mkdir -p build/conformance

(cd bindings/go && go build -buildvcs=false -o "$MMIO_ROOT/build/conformance/go" ./internal/testee)

failed=0
# conform LANGUAGE GAPS COMMAND…
conform() {
    local language=$1 gaps=$2
    shift 2
    printf '%-8s ' "$language"
    python3 api/conformance/drive.py --gaps "$gaps" -- "$@" |
        grep --invert-match '^[0-9]* passed' || failed=1
}

lua() {
    conform "lua $1" bindings/lua/conformance.gaps \
        env LUA_CPATH="$MMIO_ROOT/build/lua/$1/?.so" "lua$1" "$MMIO_ROOT/bindings/lua/testee.lua"
}

java() {
    conform "java $1" bindings/java/conformance.gaps "$MMIO_ROOT/bindings/java/testee.sh" "$1"
}

conform c /dev/null build/dev/tests/conformance_testee
conform go bindings/go/conformance.gaps build/conformance/go
java 17
java 25
lua 5.1
lua 5.4
lua jit
conform python bindings/swig/python/conformance.gaps \
    "$MMIO_ROOT/build/venv/bin/python" "$MMIO_ROOT/bindings/swig/python/testee.py"
exit $failed
