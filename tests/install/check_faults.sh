#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# check_faults.sh PREFIX: check_prefix.sh lets a moved copy of the prefix pass, and finds each fault
# that is planted in one.
set -euo pipefail

prefix=$(realpath "$1")
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy=$work/prefix
pc=${copy}$(cd "$prefix" && find . -name mmio.pc -printf '/%P')
libdir=$(dirname "$(dirname "$pc")")

fresh_copy() {
    rm -rf "$copy"
    cp -a "$prefix" "$copy"
    sed -i "s|$prefix|$copy|g" "$pc"
}

# planted MESSAGE COMMAND...: after the command the check fails and says so.
planted() {
    local message=$1 said
    shift
    fresh_copy
    "$@"
    if said=$("$here/check_prefix.sh" "$copy" 2>&1); then
        echo "install: not found: $message" >&2
        exit 1
    fi
    if [[ "$said" != *"$message"* ]]; then
        printf 'install: expected: %s\nfound: %s\n' "$message" "$said" >&2
        exit 1
    fi
}

other_soname() {
    echo | cc -shared -x c - -o "$libdir/libmmio.so" -Wl,-soname,libmmio.so.9
}

fresh_copy
"$here/check_prefix.sh" "$copy"

planted 'finds mmio.pc not valid' sed -i '/^Name:/d' "$pc"
planted 'mmio.pc speaks of /build/include' sed -i 's|^Cflags:|& -I/build/include|' "$pc"
planted 'not one mmio.pc' rm "$pc"
planted "said 'mmio" sed -i 's/^Version:.*/Version: 9.9.9/' "$pc"
planted "the SONAME is 'libmmio.so.9'" other_soname
planted 'cannot find -lmmoi' sed -i 's/-lmmio/-lmmoi/' "$pc"
planted 'mmio/copy.h: No such file' rm "$copy/include/mmio/copy.h"
planted 'cannot find -lmmio' rm "$libdir/libmmio.a"
planted 'mmioConfig.cmake' rm "$libdir/cmake/mmio/mmioConfig.cmake"
planted 'mmio::mmio_static' rm "$libdir/cmake/mmio/mmioStaticTargets.cmake"

echo "install: every planted fault was found"
