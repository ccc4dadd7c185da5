#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# rpm.sh FOLDER: the RPM packages in it provide what others ask for, and each has its own files.
set -euo pipefail

# expect PACKAGE QUERY LINE...: the answer to a query of rpm, but for documentation and single
# headers and manual pages.
expect() {
    local package=$1 query=$2 said
    shift 2
    said=$(rpm --query --package "$query" "$package" |
        grep -vE '^/usr/share/(doc|licenses)/|^/usr/include/mmio/.|/man3/mmio_') || true
    diff <(printf '%s\n' "$@" | sort) <(echo "$said" | sort) || {
        echo "rpm: the $query of $package are not as expected" >&2
        exit 1
    }
}

machine=$(uname -m)
source=$(echo "$1"/libmmio-*.src.rpm)
release=${source##*/libmmio-}
release=${release%.src.rpm}
version=${release%-*}
isa=$(rpm --eval '%{_isa}')
lib=$(rpm --eval '%{_libdir}')

package=$1/libmmio-$release.$machine.rpm
expect "$package" --provides "libmmio = $release" "libmmio$isa = $release" \
    'libmmio.so.0()(64bit)' 'libmmio.so.0(LIBMMIO_0.1)(64bit)'
expect "$package" --list "$lib/libmmio.so.0" "$lib/libmmio.so.$version"

package=$1/libmmio-devel-$release.$machine.rpm
expect "$package" --provides "libmmio-devel = $release" "libmmio-devel$isa = $release" \
    "pkgconfig(mmio) = $version"
cmake=$lib/cmake/mmio
expect "$package" --list /usr/include/mmio.h /usr/include/mmio "$lib/libmmio.so" \
    "$lib/pkgconfig/mmio.pc" "$cmake" "$cmake/mmioConfig.cmake" "$cmake/mmioConfigVersion.cmake" \
    "$cmake/mmioTargets.cmake" "$cmake/mmioTargets-relwithdebinfo.cmake" \
    /usr/share/man/man3/libmmio.3

package=$1/libmmio-static-$release.$machine.rpm
expect "$package" --provides "libmmio-static = $release" "libmmio-static$isa = $release"
expect "$package" --list "$lib/libmmio.a" "$cmake/mmioStaticTargets.cmake" \
    "$cmake/mmioStaticTargets-relwithdebinfo.cmake"
