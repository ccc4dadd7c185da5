# SPDX-License-Identifier: Apache-2.0
"""The source packages: whole, and the same bytes from the same tree. That they build where no
library is installed is tested by the languages' own checks."""
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Packages(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def pack(self, package: str, name: str, umask: int = 0o022, **settings: str) -> Path:
        out = self.folder / name
        done = subprocess.run([sys.executable, ROOT / "tools/pack_sources.py", package, out],
                              capture_output=True, text=True, check=False, umask=umask,
                              env={**os.environ, **settings})
        self.assertEqual(0, done.returncode, done.stderr)
        return out

    @staticmethod
    def digests(folder: Path) -> dict[str, str]:
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in folder.iterdir()}

    def test_every_run_packs_the_same_bytes(self):
        for package in ("lua", "python"):
            with self.subTest(package=package):
                first = self.pack(package, f"{package} 1")
                second = self.pack(package, f"{package} 2", umask=0o077, TZ="Asia/Tokyo")
                self.assertEqual(self.digests(first), self.digests(second))

    def test_source_date_epoch_is_the_age_of_all(self):
        for package in ("lua", "python"):
            with self.subTest(package=package):
                out = self.pack(package, package, SOURCE_DATE_EPOCH="1700000000")
                with tarfile.open(*out.glob("*.tar.gz")) as archive:
                    self.assertEqual({1700000000}, {entry.mtime for entry in archive})

    def test_both_have_the_library_as_one_file_and_its_license(self):
        for package in ("lua", "python"):
            with self.subTest(package=package):
                with tarfile.open(*self.pack(package, package).glob("*.tar.gz")) as archive:
                    names = {name.partition("/")[2] for name in archive.getnames()}
                self.assertLessEqual({"bundled/mmio.c", "bundled/mmio.h", "LICENSE"}, names)

    def test_a_rock_is_a_rockspec_and_the_archive_it_names(self):
        out = self.pack("lua", "lua")
        rocks = sorted(out.glob("*.src.rock"))
        self.assertEqual(2, len(rocks))
        for rock in rocks:
            with zipfile.ZipFile(rock) as packed:
                rockspec, archive = packed.namelist()
                self.assertEqual(f"{rock.name.removesuffix('.src.rock')}.rockspec", rockspec)
                self.assertEqual((out / archive).read_bytes(), packed.read(archive))


if __name__ == "__main__":
    unittest.main()
