# SPDX-License-Identifier: Apache-2.0
"""The packages of the last release, on a library that breaks its promise: each of them notices."""
import io
import unittest
from contextlib import redirect_stdout

import workshop
from test_packages import WITHOUT_OPEN, last_release

import packages


class BrokenPromise(unittest.TestCase):
    def test_every_package_notices_a_symbol_that_is_missing(self) -> None:
        with workshop.copy_of_project() as root, redirect_stdout(io.StringIO()) as said:
            failures = packages.run_packages(last_release(),
                                             workshop.apply(root, WITHOUT_OPEN).library)
        self.assertEqual(["java", "python", "lua 5.1", "lua 5.4", "lua jit", "go"],
                         [failure.partition(":")[0] for failure in failures], said.getvalue())
        for failure in failures:
            with self.subTest(failure.partition(":")[0]):
                self.assertIn("mmio_map_open", failure)


if __name__ == "__main__":
    unittest.main()
