#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs what building and testing need beyond gcc, cmake, Go, the JDKs, Maven, Python and Rust,
# from the package registries. May be run again at any time. With "packages" as its argument, also
# what distributions' packages are built and checked with.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
    abi-compliance-checker abi-dumper abigail-tools universal-ctags # second opinions on the ABI
    clang clang-format libclang-rt-14-dev # API description, formatting, sanitizers
    doxygen
    btrfs-progs e2fsprogs mount xfsprogs # tests on file systems of their own
    frama-c-base why3 z3 cvc4 # proofs of arithmetic
    fuse3 libfuse3-dev # power cuts
    gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static # another processor
    gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 # headers beside <windows.h>
    g++
    libcmocka-dev
    libssl-dev # the demo hashes with it
    man-db mandoc # the manual pages and their formatters
    ninja-build
    pkg-config
    spin # models of protocols
    strace # the calls that tests make fail are all there are
    util-linux # setpriv: tests as a user without privileges
    lua5.1 liblua5.1-0-dev lua5.4 liblua5.4-dev luajit libluajit-5.1-dev
    luarocks lua-busted lua-check lua-ldoc lua-markdown
    swig python3-dev python3-venv
)
if [ "${1-}" = packages ]; then
    packages+=(
        build-essential debhelper dpkg-dev
        default-jdk-headless javahelper
        dh-python libpython3-all-dev python3-all-dev
        autopkgtest lintian mmdebstrap # clean systems
        rpm
    )
fi

missing=()
for package in "${packages[@]}"; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null |
        grep -q 'install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "installing: ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

mkdir -p build
[ -x build/venv/bin/python ] || python3 -m venv build/venv
build/venv/bin/pip install --quiet --requirement api/requirements.txt \
    --requirement bindings/swig/python/requirements-dev.txt \
    --requirement tests/coverage/requirements.txt
build/venv/bin/pip install --quiet --no-deps --requirement tests/mutants/requirements.txt
