#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Proves what the packages promise, with a line for each thing proven. Needs root and the network:
# clean systems are made of Debian's packages.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/packages
out=$PWD/build/packages
logs=$PWD/build/packages-logs
rm -rf "$logs"
mkdir -p "$logs"

# proven WHAT COMMAND...: says what is proven once the command has succeeded.
proven() {
    local what=$1 log=$logs/${1//[^a-zA-Z0-9]/-}.log
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        echo "packages: FAILED: $what; all of it is in $log" >&2
        exit 1
    fi
    echo "packages: $what"
}

# Debian's own test runner, in a clean system for each test: nothing is there but what it asks for.
autopkgtest_in() {
    "$here/in_root.sh" "$1" sh -c 'exec autopkgtest --apt-upgrade --test-name "$0" \
        --no-built-binaries "$1/" "$2"/*.deb -- chroot "$ROOT"' "$2" "$out/source" "$out"
}

version=$(dpkg-parsechangelog --file packaging/debian/changelog --show-field Version)

proven "Debian packages build without a network" packaging/build_debs.sh "$out"
dpkg-source --extract "$out"/*.dsc "$out/source" >"$logs/source.log" 2>&1
proven "lintian has nothing to say about them" "$here/lintian.sh" "$out"/*.changes

proven "C programs build and run in a clean system, and its manual has the pages" \
    autopkgtest_in bookworm c
# Go 1.24 came with this release.
proven "Go programs pass the conformance cases in a clean system" autopkgtest_in trixie go
proven "Java programs do" autopkgtest_in bookworm java
proven "programs in Lua 5.1, Lua 5.4 and LuaJIT do" autopkgtest_in bookworm lua
proven "Python programs do" autopkgtest_in bookworm python

older=$PWD/build/packages-older
DEB_BUILD_OPTIONS=nocheck proven "the same packages build as version ${version%-*}-0.1" \
    packaging/build_debs.sh "$older" "${version%-*}-0.1"
proven "packages upgrade, downgrade and leave nothing behind when they are purged" \
    "$here/upgrade.sh" "$older" "$out" python3 -c 'import mmio; mmio.open(
        "/tmp/file", "rw", disposition="open_or_create", size=10).close()'

proven "RPM packages build" packaging/build_rpms.sh "$PWD/build/rpms"
proven "they provide what others ask for, and each has its own files" \
    "$here/rpm.sh" "$PWD/build/rpms"

proven "each of these checks finds planted faults" "$here/faults.sh" "$out" "$PWD/build/rpms"

for product in libraries debs rpms jars wheels rocks; do
    proven "two builds of $product are the same, byte by byte" "$here/reproducible.sh" "$product"
done
