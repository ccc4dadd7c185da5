#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# reproducible.sh PRODUCT: the last commit, built in two folders, time zones, languages and umasks,
# gives the same bytes. A product is a function below, or any command; it runs in a clone of the
# repository and puts what is to be compared into the folder it is given.
set -euo pipefail

# The library, its headers, package files and manual pages, with debug information.
libraries() {
    cmake -S . -B build/reproducible -DCMAKE_BUILD_TYPE=RelWithDebInfo -DMMIO_BUILD_TESTS=OFF \
        -DCMAKE_INSTALL_PREFIX=/usr
    nice -n 10 cmake --build build/reproducible --parallel 2
    DESTDIR=$1 cmake --install build/reproducible
}

# All Debian packages, with the jar; the sources, too.
debs() {
    DEB_BUILD_OPTIONS=nocheck packaging/build_debs.sh "$1"
    # These name the folder and the time of the build; that is what they are for.
    rm "$1"/build.log "$1"/*.buildinfo "$1"/*.changes
}

rpms() {
    packaging/build_rpms.sh "$1"
    rm "$1/build.log"
}

# What Maven makes: the jar and its native part. It writes the modes of the classes into the jar.
jars() {
    umask 022
    JAVA_HOME=$(tools/jdk-home.sh 17) mvn --batch-mode --quiet -DskipTests \
        -Dmmio.build="$PWD/build/java" -Dproject.build.outputTimestamp="$SOURCE_DATE_EPOCH" \
        --file bindings/java package
    cp build/java/*.jar build/java/native/libmmiojni.so "$1"
}

wheels() {
    CFLAGS="-ffile-prefix-map=$PWD=." "$root/build/venv/bin/pip" wheel --quiet \
        --disable-pip-version-check --no-index --no-deps --no-build-isolation \
        --config-settings=build-dir="$PWD/build/wheel" --wheel-dir "$1" bindings/swig/python
}

# Source packages with the library in them: rocks and the sdist; and what the rock compiles.
rocks() {
    local python=$root/build/venv/bin/python
    "$python" tools/pack_sources.py lua "$1"
    "$python" tools/pack_sources.py python "$1"
    mkdir -p build/rock
    tar --extract --gzip --directory build/rock --strip-components 1 --file "$1"/mmio-lua-*.tar.gz
    (cd build/rock && luarocks --lua-version 5.4 make --tree tree ./mmio-[0-9]*.rockspec)
    cp build/rock/tree/lib/lua/5.4/mmio.so "$1"
}

product=$1
root=$(realpath "$(dirname "$0")/../..")
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build FOLDER UMASK TZ LANGUAGE
build() {
    (
        export TZ=$3 LC_ALL=$4 SOURCE_DATE_EPOCH
        git clone --quiet "$work/repository" "$work/$1/source"
        umask "$2"
        cd "$work/$1/source"
        mkdir "$work/$1/product"
        SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
        "$product" "$work/$1/product"
    )
}

# Once, so that both are of the same commit whatever happens here meanwhile.
git clone --quiet --bare "$root" "$work/repository"
build one 022 UTC C
build another/folder/deeper 077 Asia/Kathmandu C.UTF-8
diff --recursive --no-dereference "$work/one/product" "$work/another/folder/deeper/product"
[ -n "$(ls "$work/one/product")" ] || {
    echo "reproducible: $product built nothing" >&2
    exit 1
}
