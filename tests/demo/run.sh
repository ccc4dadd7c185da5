#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh [FILE]: builds the demo's worker in each language, with that language's package, and runs
# the demo with FILE, by default a large file of a JDK or of Go. Needs the environment that the top
# Makefile sets.
set -euo pipefail

fail() {
    echo "demo: $1" >&2
    exit 1
}

# The first file of more than 50 MB in the places given.
large_file() {
    find -L "$@" -type f -size +50000000c -print -quit 2>/dev/null
}

file=${1:-$(large_file /usr/lib/jvm/*/lib/modules "$(go env GOROOT)" || true)}
[[ -n $file ]] || fail "no large file found here; name one: make demo FILE=path"
[[ -e $file ]] || fail "$file: no such file"
[[ -f $file ]] || fail "$file: not a regular file"
[[ -r $file ]] || fail "$file: not readable"
[[ -s $file ]] || fail "$file: empty"

: "${MMIO_ROOT:?the root of the project}"
here=$MMIO_ROOT/tests/demo
bindings=$MMIO_ROOT/bindings
out=$MMIO_ROOT/build/demo
mkdir -p "$out"

build_C() {
    # shellcheck disable=SC2046 # The flags are words.
    cc -std=gnu11 -O3 -Wall -Wextra -Werror -o "$out/demo-c" "$here/demo.c" \
        $(pkg-config --cflags --libs mmio libcrypto)
}

build_Go() {
    go build -C "$here/go" -o "$out/demo-go"
}

build_Java() {
    mvn --quiet --batch-mode --file "$bindings/java/pom.xml" -Dmmio.build="$out/java" \
        process-classes &&
        javac -Xlint:all -Werror -cp "$out/java/classes" -d "$out/java/demo" "$here/Demo.java"
}

build_Lua() {
    make -C "$bindings/lua" BUILD="$out/lua" LUAS=jit
}

build_Python() {
    python3 -m pip install --no-index --no-deps --no-build-isolation --upgrade \
        --config-settings=build-dir="$out/python-build" --target "$out/python" \
        "$bindings/swig/python"
}

for language in C Go Java Lua Python; do
    echo "building the worker in $language"
    "build_$language" >"$out/build.log" 2>&1 || {
        cat "$out/build.log" >&2
        fail "cannot build the worker in $language"
    }
done

export LUA_CPATH="$out/lua/jit/?.so;;"
export PYTHONPATH=$out/python
# On the disk of the project: a folder for temporary files may be in memory, with no disk to flush.
export TMPDIR=$out
python3 "$here/demo.py" "$file" \
    C="$out/demo-c" \
    Go="$out/demo-go" \
    Java="java -cp $out/java/classes:$out/java/demo -Djava.library.path=$out/java/native Demo" \
    Lua="luajit $here/demo.lua" \
    Python="python3 $here/worker.py"
