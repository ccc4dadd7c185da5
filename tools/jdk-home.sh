#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# jdk-home.sh VERSION: prints the home of a JDK: JAVA_HOME_<VERSION>, or what the system has.
set -euo pipefail
variable=JAVA_HOME_$1
home=${!variable:-}
if [[ -z $home ]]; then
    release=$(grep -ls "^JAVA_VERSION=\"$1[.\"]" /usr/lib/jvm/*/release | head -n 1) || true
    home=${release%/release}
fi
if [[ -z $home || ! -x $home/bin/java ]]; then
    echo "no JDK $1 found: set $variable" >&2
    exit 1
fi
echo "$home"
