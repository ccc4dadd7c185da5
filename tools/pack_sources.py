#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Source packages that hold the library as one file, so that they build where none is installed.

    pack_sources.py lua FOLDER       mmio-lua-VERSION.tar.gz and a source rock for each rockspec
    pack_sources.py python FOLDER    mmio-VERSION.tar.gz, the sdist

The same tree gives the same bytes: sorted, owned by nobody, as old as SOURCE_DATE_EPOCH says. The
sdist needs what a build of the Python package in the tree needs.
"""
import argparse
import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

import amalgamate

ROOT = amalgamate.ROOT
LUA = ROOT / "bindings/lua"
SWIG = ROOT / "bindings/swig"
# The first second that a zip can name.
EARLIEST = 315532800


def age() -> int:
    return max(EARLIEST, int(os.environ.get("SOURCE_DATE_EPOCH", EARLIEST)))


def copy(source: Path, target: Path) -> None:
    """A file or folder, without what running it has left."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def pack_tar(folder: Path) -> bytes:
    """A folder under its own name, compressed."""
    def without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = age()
        entry.mode = 0o755 if entry.isdir() else 0o644
        return entry

    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            name = f"{folder.name}/{path.relative_to(folder)}"
            archive.add(path, name, recursive=False, filter=without_owner)
    return gzip.compress(plain.getvalue(), mtime=age())


def pack_rock(rockspec: Path, archive: Path, rock: Path) -> None:
    """A source rock: the rockspec, and the archive that its source.url names."""
    with zipfile.ZipFile(rock, "w") as packed:
        for path in (rockspec, archive):
            entry = zipfile.ZipInfo(path.name, time.gmtime(age())[:6])
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, path.read_bytes())


def pack_lua(out: Path, work: Path) -> None:
    release = amalgamate.version(ROOT)
    folder = work / f"mmio-lua-{release}"
    for name in ("Makefile", "README.md", "bundled", "src"):
        copy(LUA / name, folder / name)
    copy(ROOT / "LICENSE", folder / "LICENSE")
    rockspecs = [LUA / f"{name}-{release}-1.rockspec" for name in ("mmio", "mmio-system")]
    for rockspec in rockspecs:
        copy(rockspec, folder / rockspec.name)
    amalgamate.amalgamate(ROOT, amalgamate.Target(folder / "bundled"))
    archive = out / f"{folder.name}.tar.gz"
    archive.write_bytes(pack_tar(folder))
    for rockspec in rockspecs:
        pack_rock(rockspec, archive, out / f"{rockspec.stem}.src.rock")


def pack_python(out: Path, work: Path) -> None:
    folder = work / "python"
    copy(SWIG / "python", folder)
    copy(ROOT / "LICENSE", folder / "LICENSE")
    # Whoever installs the package needs no SWIG.
    build = work / "build"
    for step in (["-S", SWIG / "python", "-B", build], ["--build", build, "--target", "wrapper"]):
        subprocess.run(["cmake", *map(str, step)], check=True, stdout=sys.stderr)
    copy(build / "mmio_wrap.c", folder / "generated/mmio_wrap.c")
    copy(SWIG / "lend.h", folder / "generated/lend.h")
    amalgamate.amalgamate(ROOT, amalgamate.Target(folder / "bundled"))
    subprocess.run([sys.executable, "-c", "import sys; from scikit_build_core.build import "
                    "build_sdist; build_sdist(sys.argv[1])", out], cwd=folder, check=True,
                   stdout=sys.stderr, env={**os.environ, "SOURCE_DATE_EPOCH": str(age())})


PACKERS = {"lua": pack_lua, "python": pack_python}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("package", choices=PACKERS)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        PACKERS[given.package](given.folder.resolve(), Path(work))
    return 0


if __name__ == "__main__":
    sys.exit(main())
