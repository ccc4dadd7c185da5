# SPDX-License-Identifier: Apache-2.0
"""The library as one file is the library: the same sources, the same functions, no warnings. What
it does is tested by the C tests, built with the preset `amalgamated`.

Needs build/release, for what CMake compiles and how."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("api/include", "libmmio", "tools")
CONSUMER = ROOT / "tests/install/consumer.c"
ACCESSES = ROOT / "tests/processors/accesses.c"
COMPILERS = ("gcc", "clang", "aarch64-linux-gnu-gcc")

Commands = list[dict[str, str]]


def run(*command: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False,
                          env={**os.environ, **settings})


def compile_commands() -> Commands:
    """Those of the library's own sources."""
    commands: Commands = json.loads((ROOT / "build/release/compile_commands.json").read_text())
    return [command for command in commands if "/libmmio/src/" in command["file"]]


def project_flags() -> list[str]:
    """The language and the warnings that the library is compiled with."""
    words = compile_commands()[0]["command"].split()
    return [word for word in words if word.startswith(("-W", "-std=", "-f"))]


def merged_variables(source: Path) -> list[str]:
    """Names of static variables that are declared more than once: C takes them for one, in silence,
    which two files never meant."""
    tree = run("clang", "-std=c11", "-fsyntax-only", "-Xclang", "-ast-dump", source)
    again = r"^\|-VarDecl \w+ prev .* (\w+) '[^']*'(?::'[^']*')? static"
    return re.findall(again, tree.stdout, re.M)


def defined(*options: str | Path) -> set[str]:
    """Names that nm lists as defined."""
    return {line.split()[-1] for line in run("nm", "--defined-only", *options).stdout.splitlines()}


class Folder(unittest.TestCase):
    """Each test has a folder, and a copy of the tree in it where it asks for one."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def copy_tree(self) -> Path:
        root = self.folder / "tree"
        for part in PARTS:
            shutil.copytree(ROOT / part, root / part)
        return root

    def generate(self, name: str = "out", root: Path = ROOT) -> Path:
        out = self.folder / name
        done = run("python3", root / "tools/amalgamate.py", out)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        return out / "mmio.c"

    def build(self, compiler: str, *arguments: str | Path) -> Path:
        target = self.folder / "built"
        done = run(compiler, "-O1", "-o", target, *arguments)
        self.assertEqual((0, ""), (done.returncode, done.stderr), f"{compiler} {arguments}")
        return target


class Generator(Folder):
    def test_every_run_writes_the_same_bytes_wherever_the_tree_is(self):
        first = self.generate("first")
        second = self.generate("second", self.copy_tree())
        for name in ("mmio.c", "mmio.h"):
            self.assertEqual(first.with_name(name).read_text(), second.with_name(name).read_text())

    def test_no_path_of_this_machine_is_in_it(self):
        self.assertNotIn(str(ROOT), self.generate().read_text())

    def test_its_sources_are_those_that_cmake_compiles(self):
        titles = set(re.findall(r"^/\* (\S+\.c) \*/$", self.generate().read_text(), re.M))
        compiled = {command["file"].partition("/libmmio/src/")[2] for command in compile_commands()}
        self.assertEqual(compiled, titles)

    def test_nothing_of_the_tree_is_included_any_more(self):
        source = self.generate()
        text = source.read_text() + source.with_suffix(".h").read_text()
        self.assertEqual(['"mmio.h"'], re.findall(r"^\s*#\s*include (\".*)", text, re.M))

    def test_a_source_or_header_that_is_not_there_is_an_error(self):
        for missing in ("libmmio/src/pin.c", "libmmio/src/pin.h"):
            with self.subTest(missing=missing):
                root = self.copy_tree()
                (root / missing).unlink()
                done = run("python3", root / "tools/amalgamate.py", self.folder / "out")
                self.assertEqual(1, done.returncode)
                self.assertIn(Path(missing).name, done.stderr)
                shutil.rmtree(root)


class GoModule(Folder):
    def test_its_copy_is_what_the_generator_writes(self):
        root = self.copy_tree()
        self.assertEqual(0, run("python3", root / "tools/amalgamate.py", "--go").returncode)
        for name in ("bindings/go/amalgamation.h", "bindings/go/amalgamation.c"):
            self.assertEqual((root / name).read_text(), (ROOT / name).read_text(),
                             f"{name} is out of date: make amalgamation")


class Compiling(Folder):
    def test_no_compiler_warns_of_it(self):
        source = self.generate()
        for compiler in COMPILERS:
            for flags in (project_flags(), ["-Wall", "-Werror"]):
                with self.subTest(compiler=compiler, flags=flags):
                    self.build(compiler, *flags, "-c", source)

    def test_optimizing_across_files_finds_nothing_to_warn_of(self):
        self.build("gcc", *project_flags(), "-O3", "-c", self.generate())

    def test_no_two_files_have_a_variable_in_common(self):
        self.assertEqual([], merged_variables(self.generate()))

    def test_it_exports_what_the_library_exports(self):
        library = self.build("gcc", "-shared", "-fPIC", self.generate(), "-Wl,-z,defs", "-pthread")
        listed = (ROOT / "abi/symbols.txt").read_text().splitlines()
        self.assertEqual({line.split()[1] for line in listed}, defined("--dynamic", library))

    def test_as_a_part_of_something_it_exports_nothing(self):
        library = self.build("gcc", "-shared", "-fPIC", "-pthread", "-DMMIO_STATIC",
                             self.generate())
        self.assertEqual(set(), defined("--dynamic", library))


class Using(Folder):
    def test_a_program_that_compiles_it_in_works(self):
        source = self.generate()
        for compiler in ("gcc", "clang"):
            for flags in ([], ["-DMMIO_STATIC"]):
                with self.subTest(compiler=compiler, flags=flags):
                    program = self.build(compiler, *flags, "-I", source.parent, CONSUMER, source,
                                         "-pthread")
                    self.assertRegex(run(program, self.folder / "file").stdout, r"^mmio .*: hello$")

    def test_faults_are_left_on_both_processors(self):
        source = self.generate()
        for compiler, emulator in (("gcc", []), ("aarch64-linux-gnu-gcc", ["qemu-aarch64-static"])):
            with self.subTest(compiler=compiler):
                program = self.build(compiler, "-static", "-pthread", "-D_GNU_SOURCE", "-I",
                                     source.parent, ACCESSES, source)
                done = run(*emulator, program)
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertIn("nothing is wrong", done.stdout)


class Planted(Folder):
    """What the checks above are for, done wrong."""

    def change(self, name: str, old: str, new: str) -> Path:
        """The tree with one text in one file replaced."""
        root = self.copy_tree() if not (self.folder / "tree").exists() else self.folder / "tree"
        text = (root / name).read_text()
        self.assertIn(old, text)
        (root / name).write_text(text.replace(old, new))
        return root

    def assert_refused(self, root: Path, said: str, *flags: str) -> None:
        done = run("gcc", "-O1", "-shared", "-fPIC", "-o", self.folder / "built", *flags,
                   self.generate(root=root), "-Wl,-z,defs", "-pthread")
        self.assertNotEqual(0, done.returncode)
        self.assertIn(said, done.stderr)

    def test_a_source_missing_from_the_list_is_a_function_that_is_missing(self):
        root = self.change("libmmio/CMakeLists.txt", "    src/view.c\n", "")
        self.assert_refused(root, "undefined reference to `mmio__view_")

    def test_a_changed_source_leaves_the_go_module_behind(self):
        root = self.change("libmmio/src/timer.c", "run_timer", "run_the_timer")
        run("python3", root / "tools/amalgamate.py", "--go")
        self.assertNotEqual((ROOT / "bindings/go/amalgamation.c").read_text(),
                            (root / "bindings/go/amalgamation.c").read_text())

    def test_functions_of_one_name_are_refused(self):
        self.change("libmmio/src/timer.c", "run_timer", "run_entries")
        root = self.change("libmmio/src/dispatch.c", "run_dispatcher", "run_entries")
        self.assert_refused(root, "run_entries")

    def test_variables_of_one_name_are_found_though_they_compile(self):
        root = self.change("libmmio/src/timer.c", "timer_is_running", "dispatcher_is_running")
        source = self.generate(root=root)
        self.build("gcc", "-Wall", "-Werror", "-c", source)
        self.assertEqual(["dispatcher_is_running"], merged_variables(source))

    def test_a_local_name_that_hides_another_files_is_warned_of(self):
        root = self.change("libmmio/src/base/memory.c", "allocator_user", "user")
        self.assert_refused(root, "shadows a global declaration", *project_flags())


if __name__ == "__main__":
    unittest.main()
