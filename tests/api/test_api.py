# SPDX-License-Identifier: Apache-2.0
"""The public headers, their description, the symbol list and the built library agree, and keep the
rules. MMIO_LIBRARY names the library: the installed libmmio.so."""
import os
import unittest
from pathlib import Path

import checks
import describe


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

    def test_headers_symbol_list_and_library_name_the_same_functions(self):
        exported = checks.exported_symbols(Path(os.environ["MMIO_LIBRARY"]))
        self.assert_none(checks.symbol_problems(self.api, checks.listed_symbols(), exported))

    def test_everything_public_is_documented(self):
        self.assert_none(checks.doc_problems(self.api))

    def test_types_and_signatures_are_for_every_language(self):
        self.assert_none(checks.type_problems(self.api))

    def test_headers_hold_only_what_every_language_can_read(self):
        self.assert_none(checks.text_problems(describe.INCLUDE))

    def test_no_name_is_one_of_mmsystem(self):
        self.assert_none(checks.collision_problems(self.api))

    def test_each_header_compiles_alone_in_c_and_cxx(self):
        self.assert_none(checks.alone_problems(describe.INCLUDE))

    def test_headers_go_with_windows_h_in_both_orders(self):
        self.assert_none(checks.windows_problems(describe.INCLUDE, self.api))


if __name__ == "__main__":
    unittest.main()
