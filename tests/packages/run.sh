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

proven "Debian packages build without a network" packaging/build_debs.sh "$out"
proven "lintian has nothing to say about them" "$here/lintian.sh" "$out"/*.changes
dpkg-source --quiet --extract "$out"/*.dsc "$out/source"

proven "C programs build and run in a clean system, and its manual has the pages" \
    autopkgtest_in bookworm c
