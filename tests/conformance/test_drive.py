# SPDX-License-Identifier: Apache-2.0
"""The driver must be able to fail: each test plants one thing that is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path
from typing import Any, ClassVar

DRIVER = Path(__file__).parents[2] / "api" / "conformance" / "drive.py"

# Answers each request with what the dictionary says, after doing what the prelude says.
TESTEE = """
import os, signal, sys, time
answers = {answers!r}
for line in sys.stdin:
    verb = line.rstrip("\\n").split("\\t")[0]
    {before}
    print(answers.get(verb, "unsupported"), flush=True)
{after}
"""


class DriverTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.cases: list[dict[str, Any]] = []
        self.answers = {"size": "ok\tsize=100", "fail": "err\tMMIO_ERR_RANGE\ta message"}
        self.before = self.after = "pass"
        self.gaps: str | None = None
        self.command = [sys.executable, str(self.directory / "testee.py")]

    def case(self, *steps: str, **keys: Any) -> None:
        name = f"some.case{len(self.cases) + 1}"
        self.cases.append({"name": name, "contract": ["A1"], "steps": steps, **keys})

    def drive(self, *options: str) -> subprocess.CompletedProcess[str]:
        cases = json.dumps({"cases": self.cases})
        (self.directory / "some.json").write_text(cases, "utf-8")
        (self.directory / "testee.py").write_text(TESTEE.format(**vars(self)), "utf-8")
        command = [sys.executable, str(DRIVER), "--cases", str(self.directory), *options]
        if self.gaps is not None:
            (self.directory / "gaps").write_text(textwrap.dedent(self.gaps), "utf-8")
            command += ["--gaps", str(self.directory / "gaps")]
        return subprocess.run(
            [*command, "--", *self.command],
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def assert_passes(self, passed: int = 1, gaps: int = 0) -> None:
        done = self.drive()
        lines = done.stdout.splitlines()
        expected = [
            f"conformance: {passed} passed, 0 failed, {gaps} known gaps",
            f"{passed} passed, 0 failed",
        ]
        self.assertEqual((lines, done.stderr, done.returncode), (expected, "", 0))

    def assert_fails(self, *words: str, options: tuple[str, ...] = ()) -> None:
        """Exactly one case fails, in one line that has these words."""
        done = self.drive(*options)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        line, summary, machine = done.stdout.splitlines()
        self.assertTrue(line.startswith("FAIL some."), line)
        for word in words:
            self.assertIn(word, line)
        self.assertIn(" 1 failed", summary)
        self.assertTrue(machine.endswith(" passed, 1 failed"), machine)

    def assert_refused(self, *words: str) -> None:
        """Nothing is run, because of what is written in the case or gaps file."""
        done = self.drive()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        for word in words:
            self.assertIn(word, done.stderr)


class Answers(DriverTest):
    def test_right_answers_pass(self) -> None:
        self.case("size m -> size=100", "fail m -> MMIO_ERR_RANGE", "size m")
        self.case("size m -> size=*", "size m -> size=5 | size=100 | MMIO_ERR_MODE")
        self.case("size m -> size=$first", "size m -> size=$first")
        self.assert_passes(3)

    def test_a_wrong_value_fails_and_is_told(self) -> None:
        self.case("size m", "size m -> size=101")
        self.assert_fails("some.case1", "step 2", "size m -> size=101", "got ok size=100")

    def test_a_missing_field_fails(self) -> None:
        self.case("size m -> mode=*")
        self.assert_fails("step 1")

    def test_errors_have_fields_too(self) -> None:
        self.answers["fault"] = "err\tMMIO_ERR_FAULT\ta message\tdone=96\tcause=io"
        self.case("fault m -> MMIO_ERR_FAULT", "fault m -> MMIO_ERR_FAULT done=96 cause=io")
        self.assert_passes()
        for wanted in ("done=95", "size=*"):
            with self.subTest(wanted):
                self.cases.clear()
                self.case(f"fault m -> MMIO_ERR_FAULT {wanted}")
                self.assert_fails("got err MMIO_ERR_FAULT a message done=96 cause=io")

    def test_another_status_fails_with_the_message(self) -> None:
        self.case("fail m -> MMIO_ERR_MODE")
        self.assert_fails("got err MMIO_ERR_RANGE a message")

    def test_an_error_where_ok_is_wanted_fails(self) -> None:
        self.case("fail m")
        self.assert_fails("MMIO_ERR_RANGE")

    def test_ok_where_an_error_is_wanted_fails(self) -> None:
        self.case("size m -> MMIO_ERR_RANGE")
        self.assert_fails("got ok size=100")

    def test_none_of_several_wanted_fails(self) -> None:
        self.case("size m -> size=1 | size=2 | MMIO_ERR_MODE")
        self.assert_fails("step 1")

    def test_a_captured_value_that_changes_fails(self) -> None:
        self.answers["other"] = "ok\tsize=101"
        self.case("size m -> size=$a", "other m -> size=$a")
        self.assert_fails("step 2")

    def test_what_is_no_answer_fails(self) -> None:
        for answer in ("", "okay", "err", "ok\tsize", "err\tMMIO_ERR_IO\ta message\tsize"):
            with self.subTest(answer=answer):
                self.cases.clear()
                self.answers["size"] = answer
                self.case("size m")
                self.assert_fails("no answer")

    def test_garbage_fails(self) -> None:
        self.before = 'sys.stdout.buffer.write(bytes(range(128, 256)) + b"\\n")'
        self.case("size m")
        self.assert_fails("no answer")

    def test_bytes_that_are_not_utf_8_in_a_message_do_no_harm(self) -> None:
        self.before = 'os.write(1, b"err\\tMMIO_ERR_RANGE\\t\\xff\\n"); continue'
        self.case("size m -> MMIO_ERR_RANGE")
        self.assert_passes()

    def test_an_answer_too_many_fails(self) -> None:
        self.after = 'print("ok", flush=True)'
        self.case("size m")
        self.assert_fails("more answers")


class Processes(DriverTest):
    def test_a_crash_fails_with_the_name_of_the_signal(self) -> None:
        self.before = "os.kill(os.getpid(), signal.SIGSEGV)"
        self.case("size m")
        self.assert_fails("step 1", "SIGSEGV")

    def test_leaving_early_fails_with_the_last_words(self) -> None:
        self.before = 'sys.exit("out of order")'
        self.case("size m")
        self.assert_fails("step 1", "exit status 1", "out of order")

    def test_hanging_fails(self) -> None:
        self.before = "time.sleep(600)"
        self.case("size m")
        self.assert_fails("step 1", "more than 0.5 s", options=("--step-limit", "0.5"))

    def test_a_child_of_the_testee_cannot_make_the_driver_hang(self) -> None:
        self.before = "if os.fork() == 0: time.sleep(600)"
        self.after = "os.kill(os.getpid(), signal.SIGKILL)"
        self.case("size m")
        self.assert_fails(options=("--step-limit", "1"))

    def test_not_leaving_at_the_end_fails(self) -> None:
        self.after = "time.sleep(600)"
        self.case("size m")
        self.assert_fails("bad end", options=("--step-limit", "0.5"))

    def test_a_crash_at_the_end_fails(self) -> None:
        self.after = "os.kill(os.getpid(), signal.SIGABRT)"
        self.case("size m")
        self.assert_fails("bad end", "SIGABRT")

    def test_a_bad_exit_status_fails(self) -> None:
        self.after = "sys.exit(3)"
        self.case("size m")
        self.assert_fails("exit status 3")

    def test_a_testee_that_is_not_there_fails(self) -> None:
        self.case("size m")
        self.command = [str(self.directory / "nothing")]
        self.assert_fails("cannot begin", "nothing")

    def test_one_failing_case_does_not_hide_the_others(self) -> None:
        self.case("fail m")
        self.case("size m")
        done = self.drive()
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 passed, 1 failed", done.stdout)


class Gaps(DriverTest):
    def test_unsupported_fails(self) -> None:
        self.case("nothing m")
        self.assert_fails("step 1", "unsupported")

    def test_unsupported_is_excused_by_a_gap(self) -> None:
        self.case("nothing m")
        self.case("size m")
        self.gaps = """
            # Comments and empty lines are fine.

            some.case1: the language has no such thing
            """
        self.assert_passes(1, gaps=1)

    def test_a_gap_excuses_no_other_failure(self) -> None:
        self.gaps = "some.case1: the language has no such thing"
        self.case("fail m")
        self.assert_fails("MMIO_ERR_RANGE")

    def test_a_gap_may_be_a_pattern(self) -> None:
        self.gaps = "some.*: not bound yet"
        self.case("nothing m")
        self.case("nothing m")
        done = self.drive()
        self.assertIn("0 passed, 0 failed, 2 known gaps", done.stdout)

    def test_a_pattern_that_hides_a_passing_case_is_stale(self) -> None:
        self.gaps = "some.*: not bound yet"
        self.case("size m")
        self.assert_fails("it passes")

    def test_a_gap_whose_case_passes_is_stale(self) -> None:
        self.gaps = "some.case1: the language has no such thing"
        self.case("size m")
        self.assert_fails("some.case1", "passes")

    def test_a_gap_of_no_case_is_stale(self) -> None:
        self.gaps = "some.case2: the language has no such thing"
        self.case("size m")
        self.assert_fails("some.case2", "no such case")

    def test_a_gap_without_a_reason_is_refused(self) -> None:
        self.case("nothing m")
        for self.gaps in ("some.case1", "some.case1:", "some.case1:  "):
            with self.subTest(self.gaps):
                self.assert_refused("some.case1", "no reason")

    def test_gaps_alone_prove_nothing(self) -> None:
        self.gaps = "some.case1: the language has no such thing"
        self.case("nothing m")
        done = self.drive()
        self.assertEqual(done.returncode, 1)
        self.assertIn("0 passed, 0 failed, 1 known gaps", done.stdout)

    def test_no_cases_prove_nothing(self) -> None:
        self.case("size m")
        self.assertEqual(self.drive("--only", "other.*").returncode, 1)
        self.cases.clear()
        self.assertEqual(self.drive().returncode, 1)


class OwnVerbs(DriverTest):
    FILES: ClassVar[dict[str, Any]] = {
        "f": {"size": 4, "fill": 120},
        "link": {"kind": "symlink", "target": "f"},
        "pattern": {"size": 3, "seed": 42, "mode": "0640"},
    }

    def test_what_is_so_passes(self) -> None:
        self.case(
            "!expect_bytes @f 0 78787878", "!write @f 1 6162", "!expect_bytes @link 0 78616278",
            "!truncate @f 2", "!expect_size @f 2", "!chmod @f 0604", "!expect_mode @f 0604",
            "!expect_pattern @pattern 0 3 42", "!expect_mode @pattern 0640",
            "!rename @f @hex:67", "!expect_missing @f", "!expect_exists @g", "!expect_exists @link",
            "!expect_disk @g 0 4096", "!remove @g", "!expect_missing @g",
            files=self.FILES,
        )  # fmt: skip
        self.assert_passes()

    def test_what_is_not_so_fails(self) -> None:
        for step in (
            "!expect_bytes @f 0 7878787878", "!expect_bytes @f 0 79", "!expect_size @f 5",
            "!expect_mode @pattern 0600", "!expect_pattern @pattern 0 3 43", "!expect_exists @g",
            "!expect_missing @link", "!expect_disk @f 1000000 2000000", "!remove @g",
            "!write @f 0 xy",
        ):  # fmt: skip
            with self.subTest(step):
                self.cases.clear()
                self.case(step, files=self.FILES)
                self.assert_fails("step 1", step)

    def test_paths_reach_the_testee_in_hex(self) -> None:
        self.before = "print('ok\\tpath=' + line.split()[1], flush=True); continue"
        self.case(
            "echo @f -> path=@f", "echo ./f -> path=2e2f66", "echo /dev/null -> path=/dev/null"
        )
        self.assert_passes()

    def test_the_testee_runs_as_the_case_says(self) -> None:
        self.before = (
            "import resource; mask = os.umask(0); "
            "print(f'ok\\tmask={mask:o}\\tlimit={resource.getrlimit(resource.RLIMIT_FSIZE)[0]}"
            '\\there={os.path.exists("f")}\\tmay_read={os.access("secret", os.R_OK)}\','
            "flush=True); continue"
        )
        self.case(
            "tell -> mask=27 limit=65536 here=True may_read=False",
            files={"f": {"size": 1}, "secret": {"size": 1, "mode": "0000"}},
            umask="027", ulimit_fsize=65536, drop_privileges=True,
        )  # fmt: skip
        self.assert_passes()


class MalformedCases(DriverTest):
    def test_a_malformed_case_is_refused(self) -> None:
        for words, keys in (
            ("contract", {"contract": []}),
            ("ZZ", {"contract": ["ZZ"]}),
            ("name", {"name": "other.case"}),
            ("steps", {"steps": []}),
            ("umsak", {"umsak": "022"}),
            ("ulimit_fsize", {"ulimit_fsize": "1"}),
            ("rwx", {"umask": "rwx"}),
            ("kind", {"files": {"f": {"kind": "pipe"}}}),
            ("sized", {"files": {"f": {"sized": 1}}}),
            ("target", {"files": {"f": {"kind": "symlink"}}}),
            ("!expect_nothing", {"steps": ["!expect_nothing @f"]}),
            ("!expect_size", {"steps": ["!expect_size @f"]}),
            ("!expect_size", {"steps": ["!expect_size @f 4 -> ok"]}),
            ("cannot want", {"steps": ["size m -> MMIO_ERROR"]}),
            ("cannot want", {"steps": ["size m -> size=1 |  | size=2"]}),
            ("quot", {"steps": ["size 'm"]}),
            ("ASCII", {"steps": ["size \u00fc"]}),
        ):
            with self.subTest(keys):
                self.cases.clear()
                self.case("size m")
                self.case("size m", **keys)
                self.assert_refused("some.json, case 2", words)

    def test_two_cases_of_one_name_are_refused(self) -> None:
        self.case("size m")
        self.case("size m", name="some.case1")
        self.assert_refused("case 2", "another case")

    def test_what_is_not_json_is_refused(self) -> None:
        (self.directory / "broken.json").write_text("{", "utf-8")
        self.case("size m")
        self.assert_refused("broken.json")


class Suite(unittest.TestCase):
    # Of the contract's sections A to L, what can be seen from outside the process.
    LINES: ClassVar[set[str]] = {
        *("A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "B1", "B2", "B3", "B4", "B5"),
        *("B6", "B7", "B8", "B9", "B10", "B11", "B12", "B13", "B14", "B15", "C1", "C2", "C3"),
        *("C4", "C5", "C6", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "E1", "E2", "E3", "E5"),
        *("F1", "F2", "F3", "F4", "F5", "F6", "F8", "F9", "G1", "G2", "G3", "G4", "G5", "H1"),
        *("H2", "H3", "I1", "I2", "I4", "J1", "K1", "L1", "L3", "L4", "L5", "M1", "M2", "M4"),
    }

    def test_the_cases_cover_the_contract(self) -> None:
        covered: set[str] = set()
        for path in DRIVER.parent.glob("*.json"):
            for case in json.loads(path.read_text("utf-8"))["cases"]:
                covered.update(case["contract"])
        self.assertEqual(covered, self.LINES)


if __name__ == "__main__":
    unittest.main()
