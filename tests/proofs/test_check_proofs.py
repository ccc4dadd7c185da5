# SPDX-License-Identifier: Apache-2.0
"""The judgement of what Frama-C printed, and that the lists are whole."""

import re
import unittest

import check_proofs

WHOLE = """
[wp] [Qed] Goal typed_mmio_round_up_assigns : Valid (1ms)
[wp] [CVC4 1.8] Goal typed_mmio_round_up_ensures : Valid (Qed:1ms) (30ms) (8854)
[wp] Proved goals:    2 / 2
"""


class Judging(unittest.TestCase):
    def test_goals_are_counted(self):
        self.assertEqual(check_proofs.judge(WHOLE), (2, []))

    def test_open_goals_are_named(self):
        said = WHOLE.replace("ensures : Valid (Qed:1ms) (30ms) (8854)", "ensures\n  CVC4: Unknown")
        self.assertEqual(check_proofs.judge(said.replace("2 / 2", "1 / 2")),
                         (2, ["typed_mmio_round_up_ensures"]))

    def test_what_proves_nothing_is_an_error(self):
        for said in ("", WHOLE.replace("2 / 2", "0 / 0"), WHOLE.replace("2 / 2", "1 / 2")):
            with self.assertRaises(SystemExit):
                check_proofs.judge(said)


class Lists(unittest.TestCase):
    def test_every_function_has_promises_and_faults(self):
        of = re.compile(r"^static inline \w+ mmio__(\w+)\(", re.MULTILINE)
        functions = set(of.findall(check_proofs.HEADER.read_text()))
        self.assertEqual(functions, set(of.findall(check_proofs.PROMISES.read_text())))
        self.assertEqual(functions, {fault[0] for fault in check_proofs.FAULTS})

    def test_every_fault_changes_one_place(self):
        header = check_proofs.HEADER.read_text()
        for _, right, wrong in check_proofs.FAULTS:
            self.assertEqual(header.count(right), 1, right)
            self.assertNotEqual(right, wrong)


if __name__ == "__main__":
    unittest.main()
