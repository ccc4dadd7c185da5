#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# check_faults.sh PREFIX: check_prefix.sh lets a moved copy of the prefix pass, and finds each fault
# that is planted in one. check_destdir.sh finds each fault of an installation.
set -euo pipefail

prefix=$(realpath "$1")
here=$(dirname "$0")
# shellcheck source=../support/expect_failure.sh
. "$here/../support/expect_failure.sh"
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

# planted MESSAGE COMMAND...: after the command the check of the prefix fails and says so.
planted() {
    local message=$1
    shift
    fresh_copy
    "$@"
    expect_failure "$message" "$here/check_prefix.sh" "$copy"
}

# planted_install MESSAGE LINE...: so does the check of DESTDIR when CMake installs by these lines, and
# says that it installed one file.
planted_install() {
    local message=$1 build=$work/build
    shift
    mkdir -p "$build"
    printf '%s\n' "$@" "file(WRITE $build/install_manifest.txt $work/there)" \
        >"$build/cmake_install.cmake"
    expect_failure "$message" "$here/check_destdir.sh" "$build"
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
planted ') takes ' sed -i 's/^\( *set(PACKAGE_VERSION_COMPATIBLE\) FALSE)/\1 TRUE)/' \
    "$libdir/cmake/mmio/mmioConfigVersion.cmake"
planted 'is compatible' sed -i 's/^\( *set(PACKAGE_VERSION_COMPATIBLE\) TRUE)/\1 FALSE)/' \
    "$libdir/cmake/mmio/mmioConfigVersion.cmake"
planted 'no page mmio_map_open(3)' rm "$copy/share/man/man3/mmio_map_open.3"

there="file(WRITE \$ENV{DESTDIR}$work/there"
planted_install 'not all of it' "file(WRITE $work/there)"
planted_install 'or more' "$there)" "file(WRITE \$ENV{DESTDIR}/more)"
planted_install 'is written into' "$there \$ENV{DESTDIR}/)"

echo "install: every planted fault was found"
