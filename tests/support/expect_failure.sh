# SPDX-License-Identifier: Apache-2.0
# For scripts that show that a check finds the faults they plant.

# expect_failure MESSAGE CHECK...: the check fails and says so.
expect_failure() {
    local message=$1 said
    shift
    if said=$("$@" 2>&1); then
        echo "planted fault not found: $message" >&2
        exit 1
    fi
    if [[ "$said" != *"$message"* ]]; then
        printf 'planted fault: %s\nfound instead: %s\n' "$message" "$said" >&2
        exit 1
    fi
}
