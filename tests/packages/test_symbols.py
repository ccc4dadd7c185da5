# SPDX-License-Identifier: Apache-2.0
"""Debian's list of symbols is that of the project."""
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))

import symbols


class Symbols(unittest.TestCase):
    def test_the_committed_list_is_what_symbols_txt_says(self) -> None:
        self.assertEqual("", symbols.difference())

    def test_each_symbol_has_the_version_of_its_node(self) -> None:
        text = symbols.debian_symbols(
            "LIBMMIO_0.1 mmio_b\nLIBMMIO_0.1 mmio_a\nLIBMMIO_0.2 mmio_c\n")
        self.assertEqual([" LIBMMIO_0.1@LIBMMIO_0.1 0.1.0", " LIBMMIO_0.2@LIBMMIO_0.2 0.2.0",
                          " mmio_a@LIBMMIO_0.1 0.1.0", " mmio_b@LIBMMIO_0.1 0.1.0",
                          " mmio_c@LIBMMIO_0.2 0.2.0"], text.splitlines()[2:])

    def test_a_symbol_that_only_one_list_has_is_found(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            listed = Path(folder) / "symbols.txt"
            listed.write_text(symbols.LISTED.read_text() + "LIBMMIO_0.2 mmio_new\n")
            self.assertIn("+ mmio_new@LIBMMIO_0.2 0.2.0", symbols.difference(listed))
            listed.write_text("".join(symbols.LISTED.read_text().splitlines(True)[1:]))
            self.assertIn("- mmio_atomic_acquire@LIBMMIO_0.1", symbols.difference(listed))


if __name__ == "__main__":
    unittest.main()
