# SPDX-License-Identifier: Apache-2.0
"""That what is not covered is found, and so is a reason for what is."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import check_coverage

# `half` is called with 1 only, and `unused` is not called.
SOURCE = """\
int half(int given);
int unused(void);

int half(int given)
{
    if (given > 1) {
        return given / 2;
    }
    return 0;
}

int unused(void)
{
    return 1;
}
"""
MAIN = "int half(int);\nint main(void)\n{\n    return half(1);\n}\n"

REASONS = """\
[libmmio/src/half.c]
1 branch: if (given > 1) {
line: return given / 2;
    nobody asks for it
line: int unused(void)
line: return 1;
    it has no
    use
"""


class Coverage(unittest.TestCase):
    """One program, compiled and run once."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.root = Path(tempfile.mkdtemp())
        objects = cls.root / check_coverage.BUILD / "libmmio"
        objects.mkdir(parents=True)
        source = cls.root / check_coverage.SOURCE / "half.c"
        source.parent.mkdir(parents=True)
        source.write_text(SOURCE)
        (cls.root / "main.c").write_text(MAIN)
        subprocess.run(["gcc", "--coverage", "-c", source, "-o", objects / "half.c.o"], check=True)
        subprocess.run(["gcc", "--coverage", cls.root / "main.c", objects / "half.c.o",
                        "-o", cls.root / "main"], check=True, cwd=cls.root)
        subprocess.run([cls.root / "main"], check=True)
        cls.lines = check_coverage.lines_of(check_coverage.report_of(cls.root), cls.root)

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.root)

    def problems(self, reasons: str) -> list[str]:
        return list(check_coverage.check(self.lines, check_coverage.parse(reasons)))

    def test_all_with_reasons_is_well(self):
        self.assertEqual(self.problems(REASONS), [])

    def test_what_did_not_run_needs_a_reason(self):
        self.assertEqual(self.problems(""), [
            "libmmio/src/half.c:6: 1 branch: if (given > 1) {",
            "libmmio/src/half.c:7: line: return given / 2;",
            "libmmio/src/half.c:12: line: int unused(void)",
            "libmmio/src/half.c:14: line: return 1;",
        ])

    def test_a_reason_for_what_ran_is_wrong(self):
        self.assertEqual(self.problems(REASONS + "line: return 0;\n    why\n"), [
            f"{check_coverage.REMAINDER}: is not missing: libmmio/src/half.c: line: return 0;"])

    def test_a_reason_for_what_is_not_there_is_wrong(self):
        for what in ("line", "chance"):
            wanted = f"is not missing: libmmio/src/half.c: {what}: return 7;"
            self.assertEqual(self.problems(REASONS + f"{what}: return 7;\n    why\n"),
                             [f"{check_coverage.REMAINDER}: {wanted}"])

    def test_a_reason_is_for_one_place(self):
        self.assertEqual(len(self.problems(REASONS + "line: return 1;\n    again\n")), 1)

    def test_what_depends_on_chance_may_run(self):
        self.assertEqual(self.problems(REASONS + "chance: return 0;\n    a race\n"), [])
        self.assertEqual(self.problems(REASONS.replace("1 branch:", "chance:")), [])

    def test_no_words_are_no_reason(self):
        self.assertEqual(len(self.problems(REASONS + "chance: return 0;\n")), 1)

    def test_other_counts_of_branches_are_wrong(self):
        self.assertEqual(len(self.problems(REASONS.replace("1 branch:", "2 branches:"))), 2)

    def test_the_figures_are_those_of_the_program(self):
        text, is_reached = check_coverage.figures(self.lines)
        self.assertEqual(text, "coverage: lines 3 of 6 (50.0 %), branches 1 of 2 (50.0 %)")
        self.assertFalse(is_reached)

    def test_nothing_is_rounded_up(self):
        self.assertEqual(check_coverage.percent(9999, 10000), "9999 of 10000 (99.9 %)")

    def test_the_command_fails_with_what_is_missing(self):
        remainder = self.root / check_coverage.REMAINDER
        remainder.parent.mkdir(parents=True)
        remainder.write_text("")
        done = subprocess.run([sys.executable, check_coverage.__file__, self.root],
                              check=False, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("half.c:14: line: return 1;", done.stdout)


if __name__ == "__main__":
    unittest.main()
