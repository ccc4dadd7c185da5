#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# in_root.sh RELEASE COMMAND...: runs a command with ROOT, the path of a fresh and minimal system of
# that Debian release. It lives in memory until the command ends, in namespaces of its own, so that
# neither a file nor a mount nor a process stays behind. Must be run as root. The first use of a
# release downloads it.
set -euo pipefail

release=$1
shift
roots=$(dirname "$(realpath "$0")")/../../build/roots
archive=$(realpath --canonicalize-missing "$roots/$release.tar")
if [ ! -f "$archive" ]; then
    mkdir -p "${archive%/*}"
    mmdebstrap --quiet --variant=minbase --format=tar "$release" "$archive.new"
    mv "$archive.new" "$archive"
fi

ROOT=$(mktemp -d)
export ROOT
trap 'rmdir "$ROOT"' EXIT
unshare --mount --pid --fork --kill-child bash -euc '
    mount -t tmpfs -o mode=755 tmpfs "$ROOT"
    tar --extract --directory "$ROOT" --file "$0"
    mount -t proc proc "$ROOT/proc"
    cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
    # No service starts in there.
    printf "#!/bin/sh\nexit 101\n" >"$ROOT/usr/sbin/policy-rc.d"
    chmod +x "$ROOT/usr/sbin/policy-rc.d"
    "$@"' "$archive" "$@"
