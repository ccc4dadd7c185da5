#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the package for each Lua and runs all its checks.
# Needs MMIO_ROOT, MMIO_PREFIX, PKG_CONFIG_PATH and LD_LIBRARY_PATH, as the top Makefile sets them.
set -euo pipefail

cd "$(dirname "$0")"
build=$MMIO_ROOT/build/lua

clang-format --dry-run --Werror src/*.c src/*.h
luacheck --quiet testee.lua spec
ldoc --fatalwarnings --quiet --dir "$build/doc" .

make --always-make BUILD="$build" CFLAGS="-O2 -Wall -Wextra -Wconversion -Werror"
for version in 5.1 5.4 jit; do
    echo "lua$version:"
    LUA=lua$version LUA_CPATH="$build/$version/?.so;;" "lua$version" "$(command -v busted)" spec
done

# The rock, as a user builds it. LuaRocks writes beside the sources, so it gets a copy of them.
for version in 5.1 5.4; do
    rm -rf "$build/rock"
    mkdir -p "$build/rock"
    cp -r src ./*.rockspec "$build/rock"
    (cd "$build/rock" && luarocks --lua-version "$version" make --tree tree MMIO_DIR="$MMIO_PREFIX")
    LUA_CPATH="$build/rock/tree/lib/lua/$version/?.so" \
        "lua$version" -e 'print(require("mmio").version())'
done
