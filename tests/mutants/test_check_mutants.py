# SPDX-License-Identifier: Apache-2.0
"""That mutants are judged for what they are, on a library of three functions."""
import dataclasses
import tempfile
import unittest
from pathlib import Path

import check_mutants
from check_mutants import Mutant, Verdict

SAMPLE = check_mutants.HERE / "sample"

# What becomes of each, and by which test.
GIVEN = {
    Mutant("sum.c", "sum", "all += i;", "all -= i;"): ("killed", "test_sum"),
    Mutant("sum.c", "sum", "for (int i = 1; i <= most; i++) {", "for (int i = 1; 1==1; ) {"):
        ("killed", "test_sum, which hung"),
    Mutant("sum.c", "late", "return given + 1;", "return given - 1;"): ("killed", "test_late"),
    Mutant("sum.c", "nobody", "return given + 2;", "return given - 2;"): ("survived", ""),
    Mutant("sum.c", "nobody", "return given + 2;", "return -2 + given;"): ("same", ""),
    Mutant("sum.c", "sum", "int all = 0; /* So far. */", "int all = 0; /* Nothing. */"):
        ("same", ""),
    Mutant("sum.c", "sum", "return all;", "return all"): ("broken", ""),
}


def place_for_trees() -> tempfile.TemporaryDirectory[str]:
    """Not below /tmp, where tests see a place of their own."""
    build = check_mutants.ROOT / "build"
    build.mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(dir=build)


class Judging(unittest.TestCase):
    def test_each_mutant_is_what_it_is(self):
        settings = check_mutants.settings_of(SAMPLE)
        with place_for_trees() as place:
            verdicts = check_mutants.judge_all(settings, SAMPLE, Path(place), iter(list(GIVEN)))
        found = {verdict.mutant: (verdict.kind, verdict.by) for verdict in verdicts}
        self.assertEqual(found, GIVEN)

    def test_a_test_that_fails_by_itself_judges_nothing(self):
        settings = check_mutants.settings_of(SAMPLE)
        settings["options"] = ["-DCMAKE_C_FLAGS=-Dlate=nobody"]
        with place_for_trees() as place, self.assertRaises(SystemExit):
            check_mutants.judge_all(settings, SAMPLE, Path(place), iter([]))


class Copying(unittest.TestCase):
    def test_a_copy_follows_and_what_did_not_change_is_left_alone(self):
        with tempfile.TemporaryDirectory() as place:
            root, copy = Path(place) / "root", Path(place) / "copy"
            (root / "folder").mkdir(parents=True)
            for name in ("folder/same", "folder/changed", "folder/gone", "file", "other"):
                (root / name).write_text(name)
            check_mutants.follow(root, ["folder", "file"], copy)
            before = (copy / "folder/same").stat().st_mtime_ns
            (copy / "folder/changed").write_text("by a mutant")
            (root / "folder/gone").unlink()
            check_mutants.follow(root, ["folder", "file"], copy)
            self.assertEqual((copy / "folder/same").stat().st_mtime_ns, before)
            self.assertEqual((copy / "folder/changed").read_text(), "folder/changed")
            self.assertEqual(check_mutants.files_of(copy),
                             {Path("file"), Path("folder/same"), Path("folder/changed")})


class Choosing(unittest.TestCase):
    def test_a_sample_is_the_same_each_time_and_has_what_is_asked_for(self):
        made = check_mutants.mutants_of(SAMPLE, "sum.c")
        first, second = (list(check_mutants.Sample({"sum.c": made}, 5, 7)) for _ in range(2))
        self.assertEqual(first, second)
        self.assertEqual(len(first), 5)
        self.assertNotEqual(first, list(check_mutants.Sample({"sum.c": made}, 5, 8)))

    def test_another_is_taken_for_one_that_is_not_valid(self):
        sample = check_mutants.Sample({"sum.c": check_mutants.mutants_of(SAMPLE, "sum.c")}, 1, 7)
        first = next(sample)
        sample.is_not_valid(first)
        self.assertNotEqual(next(sample), first)

    def test_a_run_that_ends_early_has_seen_all_files(self):
        made = check_mutants.mutants_of(SAMPLE, "sum.c")
        other = [dataclasses.replace(mutant, path="other.c") for mutant in made]
        sample = check_mutants.Sample({"sum.c": made, "other.c": other}, 8, 7)
        self.assertEqual([next(sample).path for _ in range(4)],
                         ["sum.c", "other.c", "sum.c", "other.c"])
        over = check_mutants.Sample({"sum.c": made}, 8, 7, minutes=0)
        self.assertEqual(list(over), [])

    def test_those_listed_as_equivalent_are_left_out(self):
        made = check_mutants.mutants_of(SAMPLE, "sum.c")
        self.assertEqual(list(check_mutants.Sample({"sum.c": made}, 5, 7, made)), [])


class Listing(unittest.TestCase):
    def test_a_list_is_read_as_mutants_print_themselves(self):
        made = check_mutants.mutants_of(SAMPLE, "sum.c")
        made = list(dict.fromkeys(made))
        text = "\n".join(f"{mutant}why {number}\n" for number, mutant in enumerate(made))
        self.assertEqual(list(check_mutants.parse(text)), made)
        self.assertEqual(check_mutants.parse(text)[made[2]], "why 2")

    def test_a_reason_for_a_line_that_is_gone_is_wrong(self):
        for gone in (Mutant("sum.c", "sum", "return all + 0;", "return all - 0;"),
                     Mutant("sum.c", "late", "return all;", "return all - 0;")):
            self.assertEqual(len(check_mutants.check_equivalent({gone: "why"}, SAMPLE)), 1)

    def test_so_is_no_reason(self):
        there = Mutant("sum.c", "sum", "return all;", "return all + 0;")
        self.assertEqual(len(check_mutants.check_equivalent({there: ""}, SAMPLE)), 1)
        self.assertEqual(check_mutants.check_equivalent({there: "why"}, SAMPLE), [])


class Reporting(unittest.TestCase):
    def test_the_goal_is_of_the_valid_ones(self):
        mutant = Mutant("sum.c", "sum", "a", "b")
        killed, survived, same = (Verdict(mutant, kind) for kind in ("killed", "survived", "same"))
        lines, is_reached = check_mutants.report([killed] * 9 + [survived, same, same], 90, 10)
        self.assertTrue(is_reached)
        self.assertIn("9 of 10 noticed (90.0 %", lines[-1])
        self.assertFalse(check_mutants.report([killed] * 8 + [survived] * 1, 90, 5)[1])
        self.assertFalse(check_mutants.report([killed] * 10, 90, 11)[1])


if __name__ == "__main__":
    unittest.main()
