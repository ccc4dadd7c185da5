#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# build_debs.sh OUT [VERSION]: builds the Debian packages of the last commit into OUT, without the
# network. VERSION takes the place of the one in debian/changelog: for trying upgrades.
set -euo pipefail
# As on a builder, where the Makefile's own library is not.
unset LD_LIBRARY_PATH PKG_CONFIG_PATH
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")/.."
changelog=packaging/debian/changelog
version=${2:-$(dpkg-parsechangelog --file "$changelog" --show-field Version)}
upstream=${version%-*}
source=$out/libmmio-$upstream

rm -rf "${out:?}"/*
git archive --prefix="libmmio-$upstream/" HEAD | gzip -n >"$out/libmmio_$upstream.orig.tar.gz"
tar --extract --gzip --directory "$out" --file "$out/libmmio_$upstream.orig.tar.gz"
# The permissions are those of the archive, whatever the umask.
cp --recursive --preserve=mode "$source/packaging/debian" "$source/debian"
sed -i "1s/(.*)/($version)/" "$source/debian/changelog"
(
    cd "$source"
    # Builders have no network.
    nice -n 10 unshare --map-root-user --net \
        dpkg-buildpackage --unsigned-source --unsigned-changes --jobs=2
) >"$out/build.log" 2>&1 || {
    tail -n 20 "$out/build.log" >&2
    exit 1
}
rm -rf "$source"
