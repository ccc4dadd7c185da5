#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Checks the Java package against the installed library that pkg-config finds: its format, and all
# tests on JDK 17 and JDK 25, plainly and with the JVM watching what the native code does.
set -euo pipefail
cd "$(dirname "$0")"
: "${MMIO_ROOT:?is where the project is}"

# maven VERSION ARGUMENT...: runs Maven on a JDK, building in a directory of its own.
maven() {
    local version=$1 home
    shift
    home=$("$MMIO_ROOT/tools/jdk-home.sh" "$version")
    # Warnings are for us, not for who builds the package with a later compiler.
    JAVA_HOME=$home CFLAGS="${CFLAGS-} -Werror" \
        mvn --batch-mode --quiet -Dmmio.build="$MMIO_ROOT/build/java/jdk$version" "$@"
}

# options VERSION: what the JVM of the tests is started with.
options() {
    if (($1 >= 22)); then
        echo --enable-native-access=ALL-UNNAMED
    fi
}

check() {
    maven "$1" verify -Dmmio.test.jvm="$(options "$1")"
}

# The tests once more, with the JVM watching what the native code does.
watch() {
    local log=$MMIO_ROOT/build/java/jdk$1/check-jni.log
    # It would remark on the handler of SIGBUS, too, in the middle of a test's output.
    local watching="-Xcheck:jni -XX:+AllowUserSignalHandlers $(options "$1")"
    if ! LC_ALL=C maven "$1" surefire:test -Dmmio.test.jvm="$watching" >"$log" 2>&1; then
        cat "$log" >&2
        return 1
    fi
    # The JDK's own native code is warned of, too: what counts is the first Java frame.
    if grep -A 1 -E '^WARNING.*(native method|JNI)' "$log" | grep -F 'io.github.libmmio'; then
        echo "-Xcheck:jni warns of the package's native code: see $log" >&2
        return 1
    fi
}

maven 17 spotless:check
# Alone: it fills Maven's repository.
check 17
watch 17 &
check 25
watch 25
wait $!
echo "java: all passed"
