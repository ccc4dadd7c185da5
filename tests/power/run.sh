#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Cuts the power and looks what is lost; power.py says how, and takes the same arguments.
#
# It needs root, FUSE, loop devices and namespaces. All of its processes, mounts and loop devices
# live in namespaces of their own and end with this script, however it ends.
set -euo pipefail
here=$(dirname "$0")

missing=()
[ "$(id -u)" = 0 ] || missing+=("root")
for device in /dev/fuse /dev/loop-control; do
    (: <>"$device") 2>/dev/null || missing+=("$device")
done
apart=(setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child)
"${apart[@]}" true 2>/dev/null || missing+=("namespaces")

if [ ${#missing[@]} -gt 0 ]; then
    if [ "${MMIO_SKIP_PRIVILEGED:-0}" = 1 ]; then
        echo "power: skipped all cuts, for want of: ${missing[*]}"
        exit 0
    fi
    echo "power: it needs ${missing[*]}; MMIO_SKIP_PRIVILEGED=1 skips it" >&2
    exit 1
fi

directory="$MMIO_ROOT/build/power"
mkdir -p "$directory"
"${apart[@]}" python3 "$here/power.py" "$MMIO_ROOT/build/dev/tests/power" "$directory" "$@" &
# unshare itself does not listen.
trap 'kill -KILL $!; exit 1' INT TERM
wait $!
