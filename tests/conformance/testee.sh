#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# testee.sh TESTEE: becomes a language's testee, as the language's own checks have built it.
# testee.sh: prints the names of all testees.
set -euo pipefail
: "${MMIO_ROOT:?is where the project is}"
build=$MMIO_ROOT/build

# java VERSION OPTION…
java() {
    local home built=$build/java/jdk$1
    home=$("$MMIO_ROOT/tools/jdk-home.sh" "$1")
    exec "$home/bin/java" "${@:2}" \
        "-Dio.github.libmmio.library=$built/native/libmmiojni.so" \
        -cp "$built/classes:$built/test-classes" io.github.libmmio.Testee
}

lua() {
    LUA_CPATH="$build/lua/$1/?.so" exec "lua$1" "$MMIO_ROOT/bindings/lua/testee.lua"
}

case ${1:-} in
"") echo c go java17 java25 lua5.1 lua5.4 luajit python ;;
c) exec "$build/dev/tests/conformance_testee" ;;
go) exec "$build/conformance/go" ;;
java17) java 17 ;;
java25) java 25 --enable-native-access=ALL-UNNAMED ;;
lua*) lua "${1#lua}" ;;
python) exec "$build/venv/bin/python" "$MMIO_ROOT/bindings/swig/python/testee.py" ;;
*)
    echo "there is no testee $1" >&2
    exit 1
    ;;
esac
