# SPDX-License-Identifier: Apache-2.0
"""The public headers and their description agree, are documented, and fit for all compilers."""
import unittest

import checks
import describe
import rules


class PublicInterface(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.api = describe.describe()

    def assert_none(self, problems):
        self.assertEqual([], problems, "\n" + "\n".join(problems))

    def test_the_committed_description_is_what_the_headers_say(self):
        outdated = describe.difference(self.api)
        self.assertEqual("", outdated, "run api/describe.py --write\n" + outdated)

    def test_the_headers_describe_something(self):
        self.assertGreater(len(describe.functions(self.api)), 50)
        self.assertGreater(len(describe.constants(self.api["headers"])), 30)

    def test_everything_public_is_documented(self):
        self.assert_none(checks.doc_problems(self.api))

    def test_the_names_of_mmsystem_are_those_that_are_listed(self):
        listed = rules.MMSYSTEM.read_text(encoding="utf-8").split()
        self.assertEqual(sorted(checks.mmsystem_names()), sorted(listed))

    def test_each_header_compiles_alone_in_c_and_cxx(self):
        self.assert_none(checks.alone_problems(describe.INCLUDE))

    def test_headers_go_with_windows_h_in_both_orders(self):
        self.assert_none(checks.windows_problems(describe.INCLUDE, self.api))


if __name__ == "__main__":
    unittest.main()
