#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# no_thread_locals.sh OBJECT;OBJECT…: fails if any of them refers to thread-local storage.
set -euo pipefail

IFS=';' read -r -a objects <<<"$1"
[ ${#objects[@]} -gt 0 ]
relocations=$(readelf --relocs --wide "${objects[@]}")
grep --quiet ' R_' <<<"$relocations"
if grep --extended-regexp 'R_[A-Z0-9_]*(TLS|TPOFF|TPREL|DTP)' <<<"$relocations"; then
    exit 1
fi
