# SPDX-License-Identifier: Apache-2.0
"""The judgements of a run, on figures made up for it."""

import pathlib
import shutil
import tempfile
import unittest
import xml.etree.ElementTree

import bench
import chart
import report

ROWS = [
    {"name": "fast", "title": "fast", "goal": [{"over": "mmap-io 1.1.0", "at_least": 4}]},
    {"name": "by_two", "title": "by two", "goal": [{"row": "fast", "at_most": 1.5}]},
    {"name": "bound", "title": "bound", "goal": [{"at_most": 1000}]},
    {"name": "not_yet", "title": "not yet", "goal": [{"at_most": 1}], "later": "waits"},
]


def samples(ours, theirs):
    return {"libmmio": [ours, ours + 1, ours + 2], "mmap-io 1.1.0": [theirs] * 3}


def judged(found):
    return [goal.outcome for goal in report.judge(ROWS, report.summarize(found))]


class Judging(unittest.TestCase):
    def test_a_ratio_is_that_of_the_medians(self):
        results = report.summarize({"fast": samples(9, 40)})
        self.assertEqual(report.ratios(results["fast"]), {"mmap-io 1.1.0": 4.0})

    def test_goals_are_reached_at_the_bound_and_missed_beyond_it(self):
        at = {"fast": samples(9, 40), "by_two": samples(14, 1), "bound": samples(999, 1)}
        self.assertEqual(judged(at)[:3], ["reached"] * 3)
        beyond = {"fast": samples(10, 40), "by_two": samples(16, 1), "bound": samples(1000, 1)}
        self.assertEqual(judged(beyond)[:3], ["missed"] * 3)

    def test_what_was_not_measured_is_neither(self):
        self.assertEqual(judged({}), ["later: not measured"] * 3 + ["later: waits"])

    def test_a_side_that_is_missing_is_not_judged(self):
        self.assertEqual(judged({"fast": {"libmmio": [1.0]}})[0],
                         "later: mmap-io 1.1.0 was not measured")

    def test_only_falls_of_more_than_a_tenth_are_told(self):
        before = report.summarize({"fast": samples(9, 100)})
        self.assertEqual(report.fallen(before, report.summarize({"fast": samples(9, 91)})), [])
        self.assertEqual(report.fallen(before, report.summarize({"fast": samples(9, 80)})),
                         [("fast", "mmap-io 1.1.0", 10.0, 8.0)])


class Writing(unittest.TestCase):
    def test_a_hole_in_the_table_is_a_dash(self):
        lines = report.table(ROWS, report.summarize({"fast": samples(9, 40)}))
        self.assertEqual(lines[1], ("", "mmap-io 1.1.0", "40 ns", "40 ns", "4×"))
        self.assertEqual(lines[2], ("", "mmap-io 1.1.0 default", "—", "—", ""))

    def test_only_what_is_between_the_markers_is_rewritten(self):
        begin, end = "<!-- a: written by make bench -->", "<!-- end of a -->"
        text = bench.between_markers(f"x\n{begin}\nold\n{end}\ny\n", "a", "new")
        self.assertEqual(text, f"x\n{begin}\n\nnew\n\n{end}\ny\n")

    def test_the_chart_is_well_formed_and_has_a_mark_for_each_side(self):
        drawn = chart.draw(ROWS, report.summarize({"fast": samples(9, 40)}))
        picture = xml.etree.ElementTree.fromstring(drawn)
        titles = [t.text for t in picture.iter("{http://www.w3.org/2000/svg}title")]
        self.assertEqual(titles, ["mmap-io 1.1.0: 4×"])


class Measuring(unittest.TestCase):
    """Programs that are shell scripts: what they are told, they ignore."""

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)

    def contender(self, name, script):
        program = self.directory / f"program-{name}"
        program.write_text(f"#!/bin/sh\nmkdir -p \"$5\"\necho ready\n{script}\n")
        program.chmod(0o755)
        return program, "side", name

    def measure(self, **scripts):
        run = bench.Run(self.directory, self.directory, "full")
        contenders = [self.contender(name, script) for name, script in scripts.items()]
        return run.measure("row", contenders, starts=2, samples=3), run.failed

    GOOD = "while read line; do echo 7; done"

    def test_the_first_sample_of_each_start_is_left_out(self):
        self.assertEqual(self.measure(libmmio=self.GOOD), ({"libmmio": [7.0] * 6}, []))

    def test_a_peer_that_fails_is_left_out_and_told(self):
        for bad in ("exit 1", "read line; echo 7; exit 1", self.GOOD + "; exit 1"):
            found, failed = self.measure(libmmio=self.GOOD, peer=bad)
            self.assertEqual(found, {"libmmio": [7.0] * 6})
            self.assertEqual(failed, [("row", "peer")])

    def test_libmmio_must_not_fail(self):
        with self.assertRaises(SystemExit):
            self.measure(libmmio="exit 1", peer=self.GOOD)


class Goals(unittest.TestCase):
    def test_rows_are_told_apart_and_refer_to_rows(self):
        rows = bench.load_rows()
        names = [row["name"] for row in rows]
        self.assertEqual(len(names), len(set(names)))
        for goal in (goal for row in rows for goal in row.get("goal", ())):
            self.assertIn(goal.get("row", names[0]), names)
            self.assertIn(goal.get("over", report.SIDES[0]), report.SIDES)


if __name__ == "__main__":
    unittest.main()
