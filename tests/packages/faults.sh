#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# faults.sh DEBS RPMS: the checks of packages find the faults that are planted here.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=../support/expect_failure.sh
. "$here/../support/expect_failure.sh"
debs=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# deb NAME VERSION POSTINST: a package of nothing but a script, in a folder of its version.
deb() {
    local tree=$work/tree
    rm -rf "$tree"
    mkdir -p "$tree/DEBIAN" "$work/$2"
    printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: nobody\nDescription: none\n' \
        "$1" "$2" >"$tree/DEBIAN/control"
    printf '#!/bin/sh\n%s\n' "$3" >"$tree/DEBIAN/postinst"
    chmod 755 "$tree/DEBIAN" "$tree/DEBIAN/postinst"
    dpkg-deb --root-owner-group --build "$tree" "$work/$2" >"$work/log"
}

deb untidy 1 'touch /etc/untidy-was-here'
deb untidy 2 'true'
expect_failure 'left behind: ./etc/untidy-was-here' "$here/upgrade.sh" "$work/1" "$work/2" true
expect_failure "after 'install' the packages do not work" \
    "$here/upgrade.sh" "$work/1" "$work/2" test -e /etc/missing
expect_failure 'extended-description-is-empty' "$here/lintian.sh" "$work/1/untidy_1_all.deb"

# A symbol that Debian's list lacks, and one that only the list has.
listed=$(realpath "$here/../../packaging/debian/libmmio0.symbols")
library=$(echo "$debs"/libmmio0_*.deb)
dpkg-deb --extract "$library" "$work/library"
symbols() {
    cd "$debs/source"
    rm -f "$work/found"
    dpkg-gensymbols -c4 -plibmmio0 "-v$(dpkg-deb --field "$library" Version)" "-I$work/listed" \
        "-O$work/found" "-e$(find "$work/library" -type f -name 'libmmio.so.0.*')"
}
sed '/ mmio_map_open@/d' "$listed" >"$work/listed"
expect_failure '+ mmio_map_open@LIBMMIO_' symbols
sed 's/ mmio_map_open@/ mmio_map_opened@/' "$listed" >"$work/listed"
expect_failure '# mmio_map_opened@LIBMMIO_' symbols

# What shows where it was built.
printf '#!/bin/sh\npwd >"$1/place"\n' >"$work/telling"
chmod +x "$work/telling"
expect_failure '1c1' "$here/reproducible.sh" "$work/telling"
printf '#!/bin/sh\n' >"$work/nothing"
chmod +x "$work/nothing"
expect_failure 'built nothing' "$here/reproducible.sh" "$work/nothing"

# A package that has what belongs into another.
cp -r "$2" "$work/rpms"
for devel in "$work"/rpms/*-devel-*; do
    cp "$devel" "${devel/-devel-/-static-}"
done
expect_failure 'are not as expected' "$here/rpm.sh" "$work/rpms"
