#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Checks what is installed at MMIO_PREFIX, how it is installed elsewhere, and the check itself.
set -euo pipefail
here=$(dirname "$0")

"$here/check_prefix.sh" "$MMIO_PREFIX"
"$here/check_destdir.sh" "$MMIO_ROOT/build/release"
"$here/check_faults.sh" "$MMIO_PREFIX"
