#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A real file system on a device that can be made to fail every write, for the tests of each language.
# It is mounted at "disk" in the current directory, with a file disk/f of 4 MiB of zeros in it, which
# is cached and clean. Needs root.
#
#   failing_disk.sh begin KIND              makes one; KIND: ext4 xfs btrfs
#   failing_disk.sh fail                    from now on writes of new blocks to the device fail
#   failing_disk.sh heal                    they work again
#   failing_disk.sh show OFFSET SIZE        prints bytes of disk/f as they are on the device
#   failing_disk.sh end                     takes it away; also after a failure in the middle
#   failing_disk.sh around KIND COMMAND…    runs a command with one, which goes when the command ends
#
# BTRFS becomes read-only when the failure meets its metadata.
set -euo pipefail

make_file_system() {
    case $1 in
    ext4) mkfs.ext4 -q -F -b 4096 -O ^has_journal -E lazy_itable_init=0 below/image ;;
    xfs) mkfs.xfs -q -f below/image ;;
    btrfs) mkfs.btrfs -q -f below/image >/dev/null ;;
    esac
}

# The device is an image with holes on a tmpfs. Once the tmpfs is full, a write into a hole fails as a
# broken device would.
begin() {
    end
    mkdir -p below disk
    # No kind of file system is made on less; its log is written, and then forgotten too.
    mount -t tmpfs -o size=100m mmio-test below
    truncate -s 320M below/image
    make_file_system "$1"
    mount -o loop below/image disk
    dd if=/dev/zero of=disk/f bs=1M count=4 conv=fsync status=none
    umount disk
    # The file keeps its place in the image, but the image forgets its zeros.
    fallocate --dig-holes below/image
    mount -o loop below/image disk
    cat disk/f >/dev/null
}

fail() {
    dd if=/dev/zero of=below/fill bs=4k status=none 2>/dev/null || true
}

heal() {
    rm below/fill
}

# As a power cut would leave them: in a copy of the image, of which nothing is in memory.
show() {
    mkdir -p copy
    mount -t tmpfs mmio-test copy
    trap 'umount -l copy/disk copy' EXIT
    mkdir copy/disk
    cp --sparse=always below/image copy
    # The disk and its copy have one name.
    options=loop
    if [ "$(findmnt --noheadings --output FSTYPE disk)" = xfs ]; then
        options+=,nouuid
    fi
    mount -o "$options" copy/image copy/disk
    dd if=copy/disk/f iflag=skip_bytes,count_bytes skip="$1" count="$2" status=none
}

end() {
    umount -l disk below 2>/dev/null || true
}

# In mounts of its own, which end with the command however it ends.
around() {
    # shellcheck disable=SC2016
    exec unshare --mount --propagation private \
        bash -c '"$0" begin "$1" && shift && exec "$@"' "$0" "$@"
}

"$@"
