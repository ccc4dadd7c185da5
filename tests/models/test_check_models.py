# SPDX-License-Identifier: Apache-2.0
"""The judgement of what an exploration printed, and that the list of faults is whole."""

import re
import unittest

import check_models

WHOLE = """
Full statespace search for:
State-vector 96 byte, depth reached 154, errors: 0
  5077930 states, stored
unreached in proctype user
"""


class Judging(unittest.TestCase):
    def test_a_whole_exploration_without_error_counts_its_states(self):
        self.assertEqual(check_models.judge(WHOLE), (5077930, None))

    def test_an_error_is_told(self):
        said = "pan:1: assertion violated is_unmapped (at depth 99)\n" + WHOLE
        self.assertEqual(check_models.judge(said), (None, "assertion violated is_unmapped"))

    def test_what_did_not_get_through_is_an_error(self):
        for said in ("", "Warning: Search not completed\n" + WHOLE,
                     "error: max search depth too small\n" + WHOLE,
                     WHOLE.replace("errors: 0", "errors: 1"), WHOLE.replace("unreached", "")):
            self.assertEqual(check_models.judge(said),
                             (None, "the exploration did not get through"))


class Faults(unittest.TestCase):
    def test_every_fault_of_a_model_is_on_the_list(self):
        for path in check_models.HERE.glob("*.pml"):
            known = set(re.findall(r"#ifn?def ([A-Z_]+)", path.read_text())) - {"ROUNDS"}
            self.assertEqual(known, set(check_models.FAULTS[path.stem]), path)


if __name__ == "__main__":
    unittest.main()
