# SPDX-License-Identifier: Apache-2.0
"""Each place of the tree is made to differ, alone, and has to be told of."""
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from check_version import HEADER, PLACES, Place, differences, header_version

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]


class Version(unittest.TestCase):
    def setUp(self) -> None:
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.version = header_version(ROOT)
        for name in (HEADER, "abi/symbols.txt", *(self.name_of(place) for place in PLACES)):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)

    def name_of(self, place: Place) -> str:
        return place.path.format(version=self.version)

    def test_the_tree_has_one_version(self):
        self.assertEqual([], list(differences(self.root)))

    def test_each_word_of_each_place_that_differs_is_told_of(self):
        for place in PLACES:
            path = self.root / self.name_of(place)
            text = path.read_text()
            found = re.search(place.pattern, text, re.M)
            for group in range(1, len(found.groups()) + 1):
                with self.subTest(place=path.name, group=group):
                    path.write_text(text[:found.start(group)] + "9.9" + text[found.end(group):])
                    wanted = ".".join(self.version.split(".")[:place.parts])
                    self.assertEqual([f"{self.name_of(place)}: 9.9 instead of {wanted}"],
                                     list(differences(self.root)))
                    path.write_text(text)

    def test_a_place_that_says_nothing_or_is_gone_is_told_of(self):
        for place in PLACES:
            name = self.name_of(place)
            text = (self.root / name).read_text()
            with self.subTest(place=name):
                (self.root / name).write_text("")
                self.assertRegex("\n".join(differences(self.root)), f"^{name}: no version instead")
                (self.root / name).unlink()
                self.assertEqual([f"{name}: is not there"], list(differences(self.root)))
            (self.root / name).write_text(text)

    def test_a_header_that_is_ahead_leaves_every_place_behind(self):
        path = self.root / HEADER
        path.write_text(re.sub(r"(MMIO_VERSION_MINOR) \d+", r"\1 99", path.read_text()))
        told = {line.partition(":")[0] for line in differences(self.root)}
        later = header_version(self.root)
        self.assertEqual({place.path.format(version=later) for place in PLACES}, told)

    def test_a_function_of_a_later_version_is_told_of(self):
        with (self.root / "abi/symbols.txt").open("a") as symbols:
            symbols.write("LIBMMIO_99.1 mmio_map_new\n")
        self.assertEqual([f"abi/symbols.txt: LIBMMIO_99.1 is later than {self.version}"],
                         list(differences(self.root)))

    def test_the_command_fails_with_its_findings(self):
        def command() -> subprocess.CompletedProcess[str]:
            return subprocess.run([sys.executable, FOLDER / "check_version.py", self.root],
                                  capture_output=True, text=True, check=False)

        good = command()
        self.assertEqual((0, f"check_version: {self.version} everywhere\n"),
                         (good.returncode, good.stdout))
        (self.root / "CHANGELOG.md").write_text("# Changelog\n\n## 9.9.9\n")
        bad = command()
        self.assertEqual((1, f"CHANGELOG.md: 9.9.9 instead of {self.version}\n"),
                         (bad.returncode, bad.stdout))


if __name__ == "__main__":
    unittest.main()
