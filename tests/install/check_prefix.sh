#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# check_prefix.sh PREFIX: what is installed there can be used, by pkg-config and by CMake, shared
# and static.
set -euo pipefail

prefix=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset LD_LIBRARY_PATH

fail() {
    echo "install: $*" >&2
    exit 1
}

# A path of the machine that built the library means nothing on another.
check_paths() {
    local path paths
    paths=$(grep -vE '^(Description|URL):' "$1" | grep -oE '(^|[ =]|-[IL])/[^ ]*') || true
    for path in $paths; do
        [[ "/${path#*/}/" == "$prefix/"* ]] || fail "mmio.pc speaks of /${path#*/}"
    done
}

# expect_output COMMAND...: the consumer says what it has to.
expect_output() {
    local said
    said=$("$@" "$work/file") || fail "$* failed"
    [ "$said" = "mmio $version: hello" ] || fail "$* said '$said'"
}

# expect_needed PROGRAM [SONAME]: it loads that library of ours; without SONAME, none.
expect_needed() {
    local needed
    needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(libmmio.*\)\]/\1/p')
    [ "$needed" = "${2-}" ] || fail "$(basename "$1") loads '$needed' instead of '${2-}'"
}

compile() {
    cc -std=c11 -Wall -Wextra -Werror "$here/consumer.c" "$@" || fail "cc $* failed"
}

pc=$(find "$prefix" -name mmio.pc)
[ -f "$pc" ] || fail "not one mmio.pc below $prefix: '$pc'"
export PKG_CONFIG_LIBDIR=${pc%/*} PKG_CONFIG_PATH=
pkg-config --validate mmio || fail "pkg-config finds mmio.pc not valid"
check_paths "$pc"
version=$(pkg-config --modversion mmio)
libdir=$(pkg-config --variable=libdir mmio)

soname=$(readelf -d "$libdir/libmmio.so" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
[ "$soname" = libmmio.so.0 ] || fail "the SONAME is '$soname'"

# The flags are to be split into words.
# shellcheck disable=SC2046
compile -o "$work/shared" $(pkg-config --cflags --libs mmio)
expect_needed "$work/shared" "$soname"
expect_output env "LD_LIBRARY_PATH=$libdir" "$work/shared"

# shellcheck disable=SC2046
compile -o "$work/static" -static $(pkg-config --static --cflags --libs mmio)
expect_needed "$work/static"
expect_output "$work/static"

{
    cmake -S "$here" -B "$work/cmake" "-DCMAKE_PREFIX_PATH=$prefix"
    cmake --build "$work/cmake"
} >"$work/log" 2>&1 || fail "CMake: $(cat "$work/log")"
expect_needed "$work/cmake/consumer_shared" "$soname"
expect_output "$work/cmake/consumer_shared"
expect_needed "$work/cmake/consumer_static"
expect_output "$work/cmake/consumer_static"

# offered VERSION: find_package() takes what is installed for that version.
offered() {
    cmake -S "$here" -B "$work/version" "-DCMAKE_PREFIX_PATH=$prefix" "-DMMIO_WANTED=$1" \
        >"$work/log" 2>&1
}
# Before 1.0 a program that was written for one minor version may not work with another.
IFS=. read -r major minor patch <<<"$version"
for wanted in "$major.$minor" "$version" "$major.$minor...<$major.$((minor + 1))"; do
    offered "$wanted" || fail "find_package(mmio $wanted) refuses $version: $(cat "$work/log")"
done
for wanted in "$major.$((minor + 1))" "$version.1" "$major.$minor.$((patch + 1))" 0.0 1.0; do
    ! offered "$wanted" || fail "find_package(mmio $wanted) takes $version"
    grep -q "version: $version" "$work/log" || fail "CMake: $(cat "$work/log")"
done

for page in libmmio mmio_map_open mmio_error; do
    man --manpath="$prefix/share/man" --where 3 "$page" >"$work/log" || fail "no page $page(3)"
done

echo "install: $prefix can be used by pkg-config, by CMake, shared and static, and by man"
