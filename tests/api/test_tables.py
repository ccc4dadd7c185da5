# SPDX-License-Identifier: Apache-2.0
"""The languages' tables say what mmio.api.json says, and one that does not is found."""
import contextlib
import io
import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import checks
import tables

STATUSES = "bindings/go/status.go"


def printed(write, *arguments, **options):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        write(*arguments, **options)
    return out.getvalue()


@contextlib.contextmanager
def described_as(*constants):
    """A description with one header that has these constants: name, value, comment."""
    items = [dict(zip(("name", "value", "doc"), c, strict=True)) for c in constants]
    api = {"headers": [{"header": "mmio/map.h", "constants": [{"constants": items}]}]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mmio.api.json"
        path.write_text(json.dumps(api), encoding="utf-8")
        with mock.patch.object(tables, "API", path):
            yield


class ATable(unittest.TestCase):
    def test_speaks_of_other_constants_in_the_words_of_its_language(self):
        with described_as(("MMIO_MODE_COW_RW", 4, "As MMIO_MODE_RO, or MMIO_ERR_IO.")):
            self.assertEqual(printed(tables.go, "MMIO_MODE_", "Mode"),
                             "\n// ModeCOWRW: as ModeRO, or ErrIO.\nModeCOWRW Mode = 4\n")
            self.assertEqual(printed(tables.java, "MMIO_MODE_"),
                             "/** As {@link #RO}, or {@link Status#IO}. */\nCOW_RW(4);\n")
            self.assertEqual(printed(tables.python, "MMIO_MODE_"),
                             'COW_RW = _mmio.MODE_COW_RW\n"""As RO, or Status.IO."""\n')

    def test_leaves_out_sentences_about_what_its_language_has_not(self):
        with described_as(("MMIO_MODE_RO", 1, "For reading. See mmio_nothing(). Only that.")):
            self.assertIn("// ModeRO: for reading. Only that.\n",
                          printed(tables.go, "MMIO_MODE_", "Mode"))

    def test_refuses_a_comment_of_nothing_else(self):
        with described_as(("MMIO_MODE_RO", 1, "See mmio_nothing().")), \
                self.assertRaisesRegex(ValueError, "MMIO_MODE_RO: nothing of"):
            printed(tables.python, "MMIO_MODE_")

    def test_refuses_groups_and_constants_that_are_none(self):
        with described_as(("MMIO_MODE_RO", 1, "For reading.")):
            with self.assertRaisesRegex(ValueError, "has no MMIO_MODES_"):
                printed(tables.lua, modes="MMIO_MODES_")
            with self.assertRaisesRegex(ValueError, "has no MMIO_MODE_RX"):
                printed(tables.lua, modes="MMIO_MODE_", without=("MMIO_MODE_RX",))

    def test_is_out_of_date_when_a_number_a_name_or_a_comment_is_another(self):
        text = (checks.ROOT / STATUSES).read_text(encoding="utf-8")
        for old, new in (("ErrIO Status = -17", "ErrIO Status = -71"),
                         ("ErrIO Status", "ErrDevice Status"),
                         ("nobody saw to them", "somebody saw to them")):
            with self.subTest(new), tempfile.TemporaryDirectory() as folder:
                self.assertEqual(1, text.count(old))
                copy = Path(folder) / "status.go"
                copy.write_text(text.replace(old, new), encoding="utf-8")
                self.assertNotEqual(0, self.cog(copy).returncode)
                copy.write_text(text, encoding="utf-8")
                self.assertEqual(0, self.cog(copy).returncode)

    @staticmethod
    def cog(file):
        command = ["cog", "-P", "-p", "import tables", "-I", checks.ROOT / "api", "--check", file]
        return subprocess.run(command, capture_output=True, check=False)


if __name__ == "__main__":
    unittest.main()
