#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Build the Python package, install it into the project's virtual environment, and check it there.
#
# Needs MMIO_ROOT, PKG_CONFIG_PATH and LD_LIBRARY_PATH as `make` sets them, and a virtual
# environment at build/venv that holds python/requirements-dev.txt.
set -euo pipefail

: "${MMIO_ROOT:?the root of the project}"
cd "$(dirname "${BASH_SOURCE[0]}")"
bin=$MMIO_ROOT/build/venv/bin
out=$MMIO_ROOT/build/swig
mkdir -p "$out"
export RUFF_CACHE_DIR=$out/ruff MYPY_CACHE_DIR=$out/mypy PYTHONDONTWRITEBYTECODE=1

clang-format --dry-run --Werror lend.h python/mmio_python.h

cd python
"$bin/ruff" format --check .
"$bin/ruff" check .

# SWIG reads headers that the build does not know it depends on, so that it begins anew each time.
rm -rf "$out/wheel" "$out/cmake"
CFLAGS="-Wall -Wextra -Werror" "$bin/pip" wheel --quiet --disable-pip-version-check --no-index \
    --no-deps --no-build-isolation --config-settings=build-dir="$out/cmake" \
    --wheel-dir "$out/wheel" .
"$bin/pip" install --quiet --disable-pip-version-check --no-index --no-deps --force-reinstall \
    "$out"/wheel/mmio-*.whl

# Anywhere but beside the sources, so that the installed package is what is checked.
config=$PWD/pyproject.toml
(
    cd "$out"
    "$bin/mypy" --config-file "$config" "$OLDPWD/src" "$OLDPWD/testee.py" "$OLDPWD/tests"
    "$bin/python" -m mypy.stubtest --mypy-config-file "$config" \
        --allowlist "$OLDPWD/stubtest.allow" mmio
)
"$bin/python" -m pytest -o cache_dir="$out/pytest" --import-mode=importlib -q

# The source package, in an environment of its own that has the tools of the other one: with the
# library in it, where no other is to be found, and with the system's if asked to.
rm -rf "$out/sdist" "$out/alone"
"$bin/python" "$MMIO_ROOT/tools/pack_sources.py" python "$out/sdist" 2>"$out/sdist.log"
"$bin/python" -m venv --without-pip "$out/alone"
own_site=$("$out/alone/bin/python" -c 'import site; print(site.getsitepackages()[0])')
"$bin/python" -c 'import site; print(site.getsitepackages()[0])' >"$own_site/tools.pth"
loads() {
    "$out/alone/bin/python" -c "import mmio; assert '/alone/' in mmio.__file__, mmio.__file__
print('libmmio.so' in open('/proc/self/maps').read())"
}
install_sdist() {
    "$out/alone/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps \
        --no-build-isolation --ignore-installed "$@" "$out"/sdist/mmio-*.tar.gz
}
install_sdist --config-settings=cmake.define.MMIO_SYSTEM=ON
[ "$(loads)" = True ]
(
    unset LD_LIBRARY_PATH PKG_CONFIG_PATH
    install_sdist
    [ "$(loads)" = False ]
    "$out/alone/bin/python" -m pytest -o cache_dir="$out/pytest" --import-mode=importlib -q
)
