#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the conformance cases in every language, and fails if any of them fails.
set -euo pipefail
cd "$MMIO_ROOT"

failed=0

# conform TESTEE GAPS
conform() {
    printf '%-8s ' "$1"
    python3 api/conformance/drive.py --gaps "$2" -- "$MMIO_ROOT/tests/conformance/testee.sh" "$1" |
        grep --invert-match '^[0-9]* passed' || failed=1
}

for testee in $(tests/conformance/testee.sh); do
    case $testee in
    c) gaps=/dev/null ;;
    java*) gaps=bindings/java/conformance.gaps ;;
    lua*) gaps=bindings/lua/conformance.gaps ;;
    python) gaps=bindings/swig/python/conformance.gaps ;;
    *) gaps=bindings/$testee/conformance.gaps ;;
    esac
    conform "$testee" "$gaps"
done
exit $failed
