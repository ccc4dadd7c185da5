#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the library for a processor that is not this machine's, and runs what the processors have
# their own code for in an emulator: run.sh PROCESSOR, as in aarch64.
set -euo pipefail
processor=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
directory="$root/build/$processor"
compiler="$processor-linux-gnu-gcc"
cmake -S "$root" -B "$directory" -G Ninja -DCMAKE_BUILD_TYPE=Release -DMMIO_BUILD_TESTS=OFF \
    -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="$processor" -DCMAKE_C_COMPILER="$compiler"
cmake --build "$directory"
"$compiler" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -static -pthread \
    -I"$root/api/include" -o "$directory/accesses" "$root/tests/processors/accesses.c" \
    "$directory/libmmio/libmmio.a"
timeout 120 "qemu-$processor-static" "$directory/accesses"
