#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the package for each Lua and runs all its checks.
# Needs MMIO_ROOT, MMIO_PREFIX, PKG_CONFIG_PATH and LD_LIBRARY_PATH, as the top Makefile sets them.
set -euo pipefail

cd "$(dirname "$0")"
build=$MMIO_ROOT/build/lua

clang-format --dry-run --Werror ./*/*.c src/*.h
luacheck --quiet testee.lua spec
ldoc --fatalwarnings --quiet --dir "$build/doc" .

make --always-make BUILD="$build" CFLAGS="-O2 -Wall -Wextra -Wconversion -Werror"
for version in 5.1 5.4 jit; do
    echo "lua$version:"
    LUA=lua$version LUA_CPATH="$build/$version/?.so;;" "lua$version" "$(command -v busted)" spec
done

# The rocks, as a user installs them: one with the library in it, where there is no other, and one
# that uses the library installed. Lua unloads them, but not what other threads still run.
rocks=$build/rocks
rm -rf "$rocks"
"$MMIO_ROOT/tools/pack_sources.py" lua "$rocks"
# Where no library is installed.
alone() {
    (unset LD_LIBRARY_PATH PKG_CONFIG_PATH && "$@")
}
install_rock() {
    luarocks --lua-version "$1" --tree "$rocks/$2" install "$rocks/$2"-*.src.rock "${@:3}"
}
for version in 5.1 5.4; do
    # shellcheck disable=SC2046 # The flags are words.
    cc -std=c11 -Wall -Wextra -Werror -pthread -o "$rocks/unload$version" spec/unload.c \
        $(pkg-config --cflags --libs "lua$version")

    path="$rocks/mmio/lib/lua/$version/?.so"
    alone install_rock "$version" mmio
    alone "$rocks/unload$version" "$path"
    LUA="lua$version" LUA_CPATH="$path;;" alone "lua$version" "$(command -v busted)" spec

    path="$rocks/mmio-system/lib/lua/$version/?.so"
    install_rock "$version" mmio-system MMIO_DIR="$MMIO_PREFIX"
    "$rocks/unload$version" "$path"
    LUA_CPATH="$path" "lua$version" -e 'print(require("mmio").version())'
done

# What bundled/keep_loaded.c is for: without it the host is killed.
mkdir "$rocks/unloaded"
tar -xzf "$rocks"/mmio-lua-*.tar.gz -C "$rocks/unloaded" --strip-components=1
# shellcheck disable=SC2046 # The flags are words.
cc -std=c11 -shared -fPIC -pthread -DMMIO_STATIC -o "$rocks/unloaded/mmio.so" \
    "$rocks"/unloaded/src/*.c "$rocks/unloaded/bundled/mmio.c" -I"$rocks/unloaded/bundled" \
    $(pkg-config --cflags lua5.4)
status=0
{ (ulimit -c 0 && exec "$rocks/unload5.4" "$rocks/unloaded/?.so") || status=$?; } 2>/dev/null
if ((status <= 128)); then
    echo "lua: a module that is unloaded under a thread goes unnoticed: $status" >&2
    exit 1
fi
