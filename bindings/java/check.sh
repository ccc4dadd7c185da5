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

maven 17 spotless:check
for version in 17 25; do
    options=
    if ((version >= 22)); then
        options=--enable-native-access=ALL-UNNAMED
    fi
    maven "$version" verify -Dmmio.test.jvm="$options"

    log=$MMIO_ROOT/build/java/jdk$version/check-jni.log
    # It would remark on the handler of SIGBUS, too, in the middle of a test's output.
    watching="-Xcheck:jni -XX:+AllowUserSignalHandlers $options"
    if ! LC_ALL=C maven "$version" surefire:test -Dmmio.test.jvm="$watching" >"$log" 2>&1; then
        cat "$log" >&2
        exit 1
    fi
    # The JDK's own native code is warned of, too: what counts is the first Java frame.
    if grep -A 1 -E '^WARNING.*(native method|JNI)' "$log" | grep -F 'io.github.libmmio'; then
        echo "-Xcheck:jni warns of the package's native code: see $log" >&2
        exit 1
    fi
done
echo "java: all passed"
