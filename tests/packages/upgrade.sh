#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# upgrade.sh OLD NEW COMMAND...: in a clean system, the packages in the folder OLD can be installed,
# upgraded to those in NEW, downgraded, upgraded again and purged, after which no file of them is
# left. The command works there after each step but the last.
set -euo pipefail

if [ -z "${ROOT-}" ]; then
    exec "$(dirname "$0")/in_root.sh" bookworm "$0" "$@"
fi

old=$1 new=$2
shift 2
program=("$@")

fail() {
    echo "upgrade: $*" >&2
    exit 1
}

within() {
    chroot "$ROOT" env DEBIAN_FRONTEND=noninteractive "$@"
}

apt() {
    within apt-get --yes --quiet --no-install-recommends "$@"
}

# names_and_versions FOLDER: of the packages in it, but for debug symbols.
names_and_versions() {
    local deb
    for deb in "$1"/*.deb; do
        case $deb in *-dbgsym_*) continue ;; esac
        dpkg-deb --show --showformat '${Package} ${Version}\n' "$deb"
    done
}

# step NAME FOLDER: its packages are installed then, in its versions, and work.
step() {
    local name version there
    echo "upgrade: $1"
    rm -rf "$ROOT/debs"
    mkdir "$ROOT/debs"
    cp "$2"/*.deb "$ROOT/debs"
    rm -f "$ROOT"/debs/*-dbgsym_*
    within sh -c 'exec apt-get --yes --quiet --no-install-recommends --allow-downgrades \
        install /debs/*.deb'
    rm -rf "$ROOT/debs"
    while read -r name version; do
        there=$(within dpkg-query --show --showformat '${Version}' "$name")
        [ "$there" = "$version" ] || fail "after '$1' $name is $there instead of $version"
    done < <(names_and_versions "$2")
    within "${program[@]}" || fail "after '$1' the packages do not work"
}

# All files but those that apt and dpkg keep for themselves.
files() {
    (cd "$ROOT" && find . -xdev \( -path ./proc -o -path ./tmp -o -path ./var/cache \
        -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./var/log \) -prune -o -print | sort)
}

apt update
# What the packages depend on stays, so that only what they leave is seen.
apt install pkgconf python3
before=$(files)
step install "$old"
step upgrade "$new"
step downgrade "$old"
step 'upgrade again' "$new"

mapfile -t names < <(names_and_versions "$new" | cut -d' ' -f1)
apt purge "${names[@]}"
apt autoremove --purge
left=$(comm -13 <(echo "$before") <(files))
[ -z "$left" ] || fail "left behind: $left"
for name in "${names[@]}"; do
    ! within dpkg-query --show "$name" 2>/dev/null || fail "dpkg still knows $name"
done
