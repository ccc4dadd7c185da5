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
dpkg-source --extract "$out"/*.dsc "$out/source" >"$logs/source.log" 2>&1

proven "C programs build and run in a clean system, and its manual has the pages" \
    autopkgtest_in bookworm c
# Go 1.24 came with this release.
proven "so do Go programs, which pass the conformance cases" autopkgtest_in trixie go
proven "so do Java programs" autopkgtest_in bookworm java
proven "so do programs in Lua 5.1, Lua 5.4 and LuaJIT" autopkgtest_in bookworm lua
proven "so do Python programs" autopkgtest_in bookworm python
