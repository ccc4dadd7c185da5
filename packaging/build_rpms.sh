#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# build_rpms.sh OUT: builds the RPM packages of the last commit into OUT, also where rpm is not at
# home: then rpm.macros stands in for Fedora's macros, and what to build with is not asked of rpm.
set -euo pipefail
# As on a builder, where the Makefile's own library is not.
unset LD_LIBRARY_PATH PKG_CONFIG_PATH
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")/.."
spec=$PWD/packaging/libmmio.spec
rm -rf "${out:?}"/*

# A fixed place, since rpm writes it into the packages; so one build at a time.
top=/tmp/libmmio-rpmbuild
exec 9>"$top.lock"
flock 9
rm -rf "$top"
trap 'rm -rf "$top"' EXIT
mkdir -p "$top/SOURCES"
version=$(sed -n 's/^Version: *//p' "$spec")
git archive --prefix="libmmio-$version/" HEAD | gzip -n >"$top/SOURCES/libmmio-$version.tar.gz"
touch --date="@$(git log -1 --format=%ct)" "$top"/SOURCES/*
cp "$spec" "$top"
# The package of the sources has their modes, whatever the umask.
chmod 644 "$top"/SOURCES/* "$top/libmmio.spec"

options=()
[ -n "$(rpm --eval '%{?cmake}')" ] || options=(--load packaging/rpm.macros --nodeps)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) nice -n 10 \
    rpmbuild -ba "${options[@]}" --define "_topdir $top" --define '_buildhost localhost' \
    --define 'use_source_date_epoch_as_buildtime 1' \
    --define 'clamp_mtime_to_source_date_epoch 1' \
    "$top/libmmio.spec" >"$out/build.log" 2>&1 || {
    tail -n 20 "$out/build.log" >&2
    exit 1
}
mv "$top"/SRPMS/*.rpm "$top"/RPMS/*/*.rpm "$out"
