#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the conformance cases in every language, with the testees that the languages' own checks
# have built, and fails if any of them fails.
set -euo pipefail
cd "$MMIO_ROOT"
build=$MMIO_ROOT/build
mkdir -p "$build/conformance"

(cd bindings/go && go build -buildvcs=false -o "$build/conformance/go" ./internal/testee)

failed=0

# conform LANGUAGE GAPS COMMAND…
conform() {
    local language=$1 gaps=$2
    shift 2
    printf '%-8s ' "$language"
    python3 api/conformance/drive.py --gaps "$gaps" -- "$@" |
        grep --invert-match '^[0-9]* passed' || failed=1
}

# run_java VERSION OPTION…
run_java() {
    local home built=$build/java/jdk$1
    home=$(tools/jdk-home.sh "$1")
    conform "java $1" bindings/java/conformance.gaps "$home/bin/java" "${@:2}" \
        "-Dio.github.libmmio.library=$built/native/libmmiojni.so" \
        -cp "$built/classes:$built/test-classes" io.github.libmmio.Testee
}

run_lua() {
    conform "lua $1" bindings/lua/conformance.gaps \
        env LUA_CPATH="$build/lua/$1/?.so" "lua$1" "$MMIO_ROOT/bindings/lua/testee.lua"
}

conform c /dev/null "$build/dev/tests/conformance_testee"
conform go bindings/go/conformance.gaps "$build/conformance/go"
run_java 17
run_java 25 --enable-native-access=ALL-UNNAMED
run_lua 5.1
run_lua 5.4
run_lua jit
conform python bindings/swig/python/conformance.gaps \
    "$build/venv/bin/python" "$MMIO_ROOT/bindings/swig/python/testee.py"
exit $failed
