# SPDX-License-Identifier: Apache-2.0
"""The manual pages: well formed, complete, and true to the text of the headers."""
import copy
import json
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import man_pages
from man_pages import Json, ManError


def output_of(*command: str | Path) -> str:
    """All that a command writes."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    return done.stdout


def written_pages(manual: Path) -> Iterator[Path]:
    """The pages that do not only lead to another."""
    for page in sorted((manual / "man3").iterdir()):
        if not page.read_text(encoding="ascii").startswith(".so "):
            yield page


def faults_of(page: Path) -> str:
    """What the two formatters say against a page."""
    lint = output_of("mandoc", "-T", "lint", "-W", "style", page)
    groff = output_of("sh", "-c", 'man --warnings --encoding=UTF-8 -l "$1" 2>&1 >/dev/null', "sh",
                      page)
    return lint + groff


def not_found(manual: Path, names: list[str]) -> list[str]:
    """The names that `man` does not find, or finds on a page that does not name them."""
    missing = []
    for name in names:
        path = output_of("man", "--manpath", manual, "--where", "3", name).strip()
        if not Path(path).is_file() or f"{name} - " not in output_of("lexgrog", path):
            missing.append(name)
    return missing


def shown(page: Path) -> str:
    """A page as it is read, without the layout."""
    text = output_of("sh", "-c", 'man -l "$1" | col -b', "sh", page)
    return " ".join(text.replace("‐\n", "").split())


class ManPages(unittest.TestCase):
    api: Json
    names: list[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.api = json.loads(man_pages.DESCRIPTION.read_text(encoding="utf-8"))
        cls.names = [item["name"] for header in cls.api["headers"]
                     for kind in ("functions", "handles", "structs", "typedefs")
                     for item in header[kind]]

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.manual = Path(folder.name)

    def write(self, api: Json | None = None) -> None:
        man_pages.write(api or self.api, "2001-02-03", self.manual)

    def with_documentation(self, text: str) -> tuple[Json, Path]:
        """The description with other words for one function, and the page they are on."""
        api = copy.deepcopy(self.api)
        function = next(f for header in api["headers"] for f in header["functions"]
                        if f["name"] == "mmio_map_open")
        function["brief"], function["doc"] = text, text
        return api, self.manual / "man3" / "mmio_map.3"

    def test_formatters_have_nothing_against_any_page(self) -> None:
        self.write()
        pages = list(written_pages(self.manual))
        self.assertIn(self.manual / "man3" / "libmmio.3", pages)
        self.assertEqual("", "".join(map(faults_of, pages)))

    def test_every_function_and_type_is_found_by_its_name(self) -> None:
        self.write()
        self.assertGreater(len(self.names), 100)
        self.assertEqual([], not_found(self.manual, [*self.names, man_pages.OVERVIEW]))

    def test_text_is_shown_as_it_was_written(self) -> None:
        words = r".TH is no macro here. 'tis text. C:\new\file, a~b^c, 1 … 2, and 100 % of it."
        api, page = self.with_documentation(words)
        self.write(api)
        self.assertEqual("", faults_of(page))
        self.assertIn(words, shown(page))

    def test_all_that_is_said_of_a_function_is_on_its_page(self) -> None:
        self.write()
        text = shown(self.manual / "man3" / "mmio_view.3")
        for said in ("#include <mmio.h>", "void mmio_view_release(mmio_view *view);",
                     "MMIO_VIEW_WRITE (1)", "1 with a chunk, 0 when there is none left.",
                     "uint64_t pin[2]", "Any thread may call anything", "since libmmio 0.1",
                     "MMIO_ERR_NO_MEMORY The thread holds so many views"):
            self.assertIn(said, text)

    def test_code_keeps_its_lines_and_columns(self) -> None:
        self.write()
        page = self.manual / "man3" / "mmio_queue.3"
        lines = output_of("sh", "-c", 'man -l "$1" | col -b -x', "sh", page).split("\n")
        code = [line.strip() for line in lines if "operation" in line and line.endswith(";")]
        self.assertIn("mmio_operation_close(operation);", code)
        waits, asks = (next(line for line in lines if f"mmio_operation_{name}(operation," in line)
                       for name in ("wait", "result"))
        self.assertEqual(waits.index("until it is done"), asks.index("as the plain call"))

    def test_what_is_not_documented_is_an_error(self) -> None:
        api, _ = self.with_documentation("")
        with self.assertRaisesRegex(ManError, "mmio_map_open"):
            self.write(api)

    def test_a_header_without_rules_for_threads_is_an_error(self) -> None:
        api = copy.deepcopy(self.api)
        api["headers"][0]["doc"] = "Nothing."
        with self.assertRaisesRegex(ManError, "any thread"):
            self.write(api)

    def test_the_check_finds_a_line_that_begins_with_a_dot(self) -> None:
        api, page = self.with_documentation(".broken is a macro that nobody defined.")
        with mock.patch.object(man_pages, "line", lambda text: text):
            self.write(api)
        self.assertIn("broken", faults_of(page))

    def test_the_check_finds_a_missing_escape(self) -> None:
        api, page = self.with_documentation(r"The \[unknown] character.")
        with mock.patch.object(man_pages, "ESCAPES", {}):
            self.write(api)
        self.assertIn("unknown", faults_of(page))

    def test_the_check_finds_a_function_without_a_page(self) -> None:
        self.write()
        (self.manual / "man3" / "mmio_map_read.3").unlink()
        (self.manual / "man3" / "mmio_map_write.3").write_text(".so man3/libmmio.3\n")
        self.assertEqual(["mmio_map_read", "mmio_map_write"],
                         not_found(self.manual, ["mmio_map_open", "mmio_map_read",
                                                 "mmio_map_write"]))


if __name__ == "__main__":
    unittest.main()
