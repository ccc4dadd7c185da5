# SPDX-License-Identifier: Apache-2.0
"""The report must be able to fail: each test plants one thing that is wrong in a small tree."""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from contract_report import Report, lines_of

PROGRAM = Path(__file__).resolve().parent / "contract_report.py"

BEHAVIOUR = """\
# Behaviour

**A1 The whole file.** A map covers it: mmio_map_open(), MMIO_MODE_…

**A2 Ranges that are
long.** Checked.

**B1 Later.** *(due)* Not yet.
"""
TEST = """\
static void A1_a_test(void **state)
{
}

static void A1_A2_another(void **state)
{
}

static void nothing_in_particular(void **state)
{
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(A1_a_test),
        cmocka_unit_test(A1_A2_another),
        cmocka_unit_test_setup_teardown(nothing_in_particular, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
"""
FILES = {
    "docs/behaviour.md": BEHAVIOUR,
    "tests/contract_report/due.txt": "# Lines.\n\nB1: nobody wrote it\n",
    "tests/CMakeLists.txt": "mmio_test(contract_x contract/test_x.c)\n",
    "tests/contract/test_x.c": TEST,
    "tests/ipc/test_y.py": "class Y(TestCase):\n    def test_A2_in_python(self):\n        pass\n",
    "api/conformance/x.json": json.dumps({"cases": [{"name": "x.y", "contract": ["A1", "A2"]}]}),
    "api/include/mmio/map.h": "#define MMIO_MODE_RO 1\nmmio_status mmio_map_open(void);\n",
}


class ReportTest(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        self.assertIn(old, FILES[name])
        self.write(name, FILES[name].replace(old, new))

    def assert_problems(self, *expected: str) -> None:
        self.assertEqual(list(expected), Report(self.root).problems)


class Good(ReportTest):
    def test_a_good_tree_has_no_problems(self) -> None:
        self.assert_problems()

    def test_every_proof_is_counted_for_each_of_its_lines(self) -> None:
        report = Report(self.root)
        self.assertEqual(["tests/contract/test_x.c: A1_a_test",
                          "tests/contract/test_x.c: A1_A2_another"], report.proofs["A1"].c)
        self.assertEqual(["tests/contract/test_x.c: A1_A2_another"], report.proofs["A2"].c)
        self.assertEqual(["tests/ipc/test_y.py: A2_in_python"], report.proofs["A2"].python)
        self.assertEqual(["api/conformance/x.json: x.y"], report.proofs["A2"].cases)

    def test_the_table_has_a_row_for_each_line(self) -> None:
        self.assertEqual([
            "line     C  Python  cases  what it is about",
            "A1       2       0      1  The whole file",
            "A2       1       1      1  Ranges that are long",
            "B1       0       0      0  Later (due: nobody wrote it)",
        ], list(Report(self.root).table()))

    def test_a_test_may_be_defined_by_a_macro(self) -> None:
        self.replace("tests/contract/test_x.c", "static void A1_a_test(void **state)\n{\n}\n",
                     "#define TEST(name) static void A1_##name(void **state) {}\nTEST(a_test)\n")
        self.assert_problems()

    def test_names_begin_with_their_lines(self) -> None:
        self.assertEqual(["G2", "G3"], lines_of("G2_G3_prefetching"))
        self.assertEqual(["B12"], lines_of("B12_a_child"))
        self.assertEqual([], lines_of("shutdown_B1_leaves_views_alone"))
        self.assertEqual([], lines_of("A1st_test"))


class Planted(ReportTest):
    def test_a_line_without_a_test(self) -> None:
        self.replace("docs/behaviour.md", "**B1", "**A3 New.** Text.\n\n**B1")
        self.assert_problems("A3: no test in C")

    def test_cases_and_python_tests_are_not_enough(self) -> None:
        self.replace("tests/contract/test_x.c", "A1_A2_another", "A1_another")
        self.assert_problems("A2: no test in C")

    def test_a_test_of_a_line_that_is_not_there(self) -> None:
        self.replace("tests/contract/test_x.c", "A1_A2_another", "A2_N7_another")
        self.assert_problems("tests/contract/test_x.c: A2_N7_another: there is no line N7")

    def test_a_python_test_of_a_line_that_is_not_there(self) -> None:
        self.replace("tests/ipc/test_y.py", "test_A2_", "test_A9_")
        self.assert_problems("tests/ipc/test_y.py: A9_in_python: there is no line A9")

    def test_a_case_of_a_line_that_is_not_there(self) -> None:
        self.replace("api/conformance/x.json", "A2", "A9")
        self.assert_problems("api/conformance/x.json: x.y: there is no line A9")

    def test_a_test_that_is_not_registered(self) -> None:
        self.replace("tests/contract/test_x.c", "        cmocka_unit_test(A1_A2_another),\n", "")
        self.assert_problems("tests/contract/test_x.c: A1_A2_another is defined but not registered",
                             "A2: no test in C")

    def test_a_registration_in_a_comment(self) -> None:
        for comment in ("// {}", "/* {} */"):
            with self.subTest(comment):
                line = "cmocka_unit_test(A1_A2_another),"
                self.replace("tests/contract/test_x.c", line, comment.format(line))
                self.assert_problems(
                    "tests/contract/test_x.c: A1_A2_another is defined but not registered",
                    "A2: no test in C")

    def test_what_looks_like_a_registration_elsewhere(self) -> None:
        self.replace("tests/contract/test_x.c", "struct CMUnitTest tests", "char *tests")
        self.assertIn("tests/contract/test_x.c: A1_a_test is defined but not registered",
                      Report(self.root).problems)

    def test_a_test_that_is_registered_twice(self) -> None:
        self.replace("tests/contract/test_x.c", "cmocka_unit_test(A1_A2_another)",
                     "cmocka_unit_test(A1_A2_another), cmocka_unit_test(A1_a_test)")
        self.assert_problems("tests/contract/test_x.c: A1_a_test is registered 2 times")

    def test_a_program_that_is_not_built(self) -> None:
        for text in ("", "# mmio_test(contract_x contract/test_x.c)\n"):
            with self.subTest(text):
                self.write("tests/CMakeLists.txt", text)
                self.assert_problems(
                    "tests/contract/test_x.c: is built by no CMakeLists.txt",
                    "A1: no test in C", "A2: no test in C")

    def test_a_program_that_its_own_folder_builds(self) -> None:
        self.write("tests/CMakeLists.txt", "add_subdirectory(contract)\n")
        self.write("tests/contract/CMakeLists.txt", "add_executable(contract_x test_x.c)\n")
        self.assert_problems()

    def test_a_due_line_that_has_tests(self) -> None:
        for name, old, new in (
            ("tests/contract/test_x.c", "A1_A2_another", "A1_A2_B1_another"),
            ("tests/ipc/test_y.py", "test_A2_", "test_B1_"),
            ("api/conformance/x.json", "A2", "B1"),
        ):
            with self.subTest(name):
                self.replace(name, old, new)
                self.assert_problems("B1: has tests, so it is due no longer")
                self.write(name, FILES[name])

    def test_a_line_is_due_in_both_places_or_in_none(self) -> None:
        problem = ("B1: is due in only one of docs/behaviour.md and "
                   "tests/contract_report/due.txt")
        self.replace("docs/behaviour.md", " *(due)*", "")
        self.assert_problems(problem)
        self.write("docs/behaviour.md", BEHAVIOUR)
        self.write("tests/contract_report/due.txt", "")
        self.assert_problems(problem, "B1: no test in C")

    def test_a_due_line_without_a_reason(self) -> None:
        for text in ("B1\n", "B1:\n", "B1:  \n"):
            with self.subTest(text):
                self.write("tests/contract_report/due.txt", text)
                self.assert_problems("tests/contract_report/due.txt: B1 has no reason")

    def test_a_due_line_that_is_not_there(self) -> None:
        self.replace("tests/contract_report/due.txt", "B1:", "B2: gone\nB1:")
        self.assert_problems("tests/contract_report/due.txt: there is no line B2")

    def test_numbers_that_are_missing_or_twice_there(self) -> None:
        for number in ("A3", "A1"):
            with self.subTest(number):
                self.replace("docs/behaviour.md", "**A2", f"**{number}")
                self.assertIn("docs/behaviour.md: section A is not numbered from 1 up",
                              Report(self.root).problems)

    def test_a_name_that_no_header_has(self) -> None:
        for old, new in (("mmio_map_open", "mmio_map_opened"), ("MMIO_MODE_…", "MMIO_MODUS_…")):
            with self.subTest(new):
                self.replace("docs/behaviour.md", old, new)
                self.assert_problems("docs/behaviour.md: speaks of "
                                     f"{new.rstrip('…')}, which no header has")

    def test_an_empty_tree_proves_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as root:
            problems = Report(Path(root)).problems
        self.assertEqual(["docs/behaviour.md: is not there", "docs/behaviour.md: has no lines",
                          "tests/contract_report/due.txt: is not there",
                          "tests/CMakeLists.txt: is not there"], problems)


class Command(ReportTest):
    def run_report(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, PROGRAM, self.root], capture_output=True,
                              text=True, check=False)

    def test_it_fails_with_what_is_wrong(self) -> None:
        good = self.run_report()
        self.assertEqual(0, good.returncode)
        self.assertEqual("contract_report: 3 lines, 2 with a test in C, 1 due; nothing is wrong",
                         good.stdout.splitlines()[-1])
        self.write("tests/contract/test_x.c", "")
        bad = self.run_report()
        self.assertEqual(1, bad.returncode)
        self.assertEqual(["A1: no test in C", "A2: no test in C",
                          "contract_report: 3 lines, 0 with a test in C, 1 due; 2 problems"],
                         bad.stdout.splitlines()[-3:])


if __name__ == "__main__":
    unittest.main()
