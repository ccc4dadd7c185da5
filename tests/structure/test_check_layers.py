# SPDX-License-Identifier: Apache-2.0
"""Each folder of samples/ but `good` holds files that break the rules of one layer, and the lines
that check_layers.py has to print when they stand among the good ones."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from check_layers import Tree

FOLDER = Path(__file__).resolve().parent
SAMPLES = FOLDER / "samples"
GOOD = SAMPLES / "good"


class Layers(unittest.TestCase):
    maxDiff = None

    def run_check(self, root: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, FOLDER / "check_layers.py", root],
                              capture_output=True, text=True, check=False)

    def test_good_files_are_let_through(self):
        self.assertEqual([], list(Tree(GOOD).violations()))

    def test_each_bad_file_is_found_and_nothing_else(self):
        bad = sorted(path.parent for path in SAMPLES.glob("*/expected"))
        self.assertEqual(len(list(SAMPLES.iterdir())) - 1, len(bad))
        for sample in bad:
            with self.subTest(sample=sample.name), tempfile.TemporaryDirectory() as root:
                shutil.copytree(GOOD, root, dirs_exist_ok=True)
                shutil.copytree(sample, root, dirs_exist_ok=True)
                expected = (sample / "expected").read_text(encoding="utf-8").splitlines()
                self.assertEqual(expected, sorted(Tree(Path(root)).violations(), key=by_place))

    def test_an_empty_tree_proves_nothing(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(["api/include:0: nothing to check", "libmmio/src:0: nothing to check"],
                             list(Tree(Path(root)).violations()))

    def test_the_command_fails_with_its_findings(self):
        good = self.run_check(GOOD)
        self.assertEqual((0, "check_layers: all dependencies point one way\n"),
                         (good.returncode, good.stdout))
        with tempfile.TemporaryDirectory() as root:
            bad = self.run_check(Path(root))
            self.assertEqual(1, bad.returncode)
            self.assertIn("nothing to check", bad.stdout)


def by_place(violation: str) -> tuple[str, int]:
    path, line, _ = violation.split(":", 2)
    return path, int(line)


if __name__ == "__main__":
    unittest.main()
