# SPDX-License-Identifier: Apache-2.0
"""The next release, rehearsed in a copy of the project: 0.2 has a function, a status, a field of
options, and another behaviour of a function for those who are built with it. It goes through the
gate's own commands; then programs of both releases run on the libraries of both."""
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import workshop
from workshop import Edit

import elf
import packages
import release
import upgrade
from programs import attempt, run

PARTS = ("CMakeLists.txt", "CMakePresets.json", "abi", "api", "bindings", "cmake", "libmmio",
         "packaging", "tests/contract", "tests/support", "tests/property")

INCLUDE, SOURCES = "api/include/mmio", "libmmio/src"

# Two behaviours of one function. gcc's attribute survives link-time optimization; clang has none.
VERSIONED = """
#if defined(__GNUC__) && !defined(__clang__)
#define VERSIONED(symbol) __attribute__((symver(symbol)))
#else
#define VERSIONED(symbol)
__asm__(".symver text_0_1, mmio_status_text@LIBMMIO_0.1");
__asm__(".symver text_0_2, mmio_status_text@@LIBMMIO_0.2");
#endif
MMIO_API const char *text_0_1(mmio_status status);
MMIO_API const char *text_0_2(mmio_status status);

VERSIONED("mmio_status_text@@LIBMMIO_0.2") const char *text_0_2(mmio_status status)
{
    return mmio_status_name(status) != NULL ? text_0_1(status) : "no status";
}

VERSIONED("mmio_status_text@LIBMMIO_0.1") const char *text_0_1(mmio_status status)
"""

NEXT = [
    Edit(f"{INCLUDE}/base.h", "VERSION_MINOR 1", "VERSION_MINOR 2"),
    Edit(f"{INCLUDE}/base.h", "#define MMIO_ERR_LOST (-22)",
         "#define MMIO_ERR_LOST (-22)\n/** The file is above mmio_open_options::size_most. */\n"
         "#define MMIO_ERR_STALE (-23)"),
    Edit(f"{SOURCES}/status.c", '"written bytes were lost"),',
         '"written bytes were lost"),\n    ENTRY(MMIO_ERR_STALE, "stale"),'),
    Edit(f"{SOURCES}/status.c", "const char *mmio_status_text(mmio_status status)\n", VERSIONED),
    Edit(f"{INCLUDE}/map.h", "uint64_t policy_amount; /**< As mmio_map_set_policy() takes it. */",
         "uint64_t policy_amount; /**< As mmio_map_set_policy() takes it. */\n"
         "    uint64_t size_most; /**< Longer files are MMIO_ERR_STALE; 0: none is. */"),
    Edit(f"{SOURCES}/open.c", "    if (out_options->mode == MMIO_MODE_DEFAULT) {",
         "    if (out_options->size_most != 0) {\n"
         '        return mmio__fail(call, MMIO_ERR_STALE, "stale");\n    }\n'
         "    if (out_options->mode == MMIO_MODE_DEFAULT) {"),
    Edit(f"{INCLUDE}/map.h", "/** Present size; another thread",
         "/** 1 if a map is empty, else 0. @since 0.2 */\n"
         "MMIO_API int32_t MMIO_CALL mmio_map_is_empty(const mmio_map *map);\n\n"
         "/** Present size; another thread"),
    Edit(f"{SOURCES}/map.c", "uint64_t mmio_map_size(const mmio_map *map)\n",
         "int32_t mmio_map_is_empty(const mmio_map *map)\n{\n"
         "    return mmio_map_size(map) == 0;\n}\n\nuint64_t mmio_map_size(const mmio_map *map)\n"),
    Edit("abi/symbols.txt", "mmio_watcher_set_callback\n",
         "mmio_watcher_set_callback\nLIBMMIO_0.2 mmio_map_is_empty\n"
         "LIBMMIO_0.2 mmio_status_text\n"),
    Edit("abi/current/consumer.c", "    PROMISE(mmio_status_text(-9999) != NULL);\n",
         '    PROMISE(strcmp(mmio_status_text(-9999), "no status") == 0);\n'
         "    PROMISE(mmio_map_is_empty(NULL) == 1);\n"),
]

TEXT = """#include <mmio.h>
#include <stdio.h>
int main(void)
{
    puts(mmio_status_text(-9999));
}
"""
SIZE_MOST = """#include <mmio.h>
#include <stdio.h>
int main(void)
{
    mmio_map *map = NULL;
    const mmio_open_options options = {.struct_size = sizeof options, .size_most = 1};
    puts(mmio_status_name(mmio_map_open("missing", &options, &map, NULL)));
}
"""


class NextRelease(unittest.TestCase):
    maxDiff = None
    root: Path
    new: Path
    old = workshop.unchanged().library
    commands: list[tuple[int, str]]
    releases: list[release.Release]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name)
        for part in PARTS:
            source, copy = workshop.ROOT / part, cls.root / part
            copy.parent.mkdir(exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy)
        for edit in NEXT:
            edit.apply(cls.root)
        cls.build()
        cls.new = cls.root / "build" / "libmmio" / "libmmio.so"
        cls.commands = [cls.command(*arguments) for arguments in (
            ("check",), ("accept",), ("check",), ("release", "0.2"), ("check",))]
        cls.releases = release.releases(cls.root / "abi")

    @classmethod
    def build(cls) -> None:
        run("cmake", "-S", cls.root, "-B", cls.root / "build", "-G", "Ninja",
            "-DCMAKE_BUILD_TYPE=Debug", "-DMMIO_BUILD_TESTS=OFF", "-DMMIO_MAN_PAGES=OFF",
            "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
        run("cmake", "--build", cls.root / "build", "--parallel", str(workshop.cores()))

    @classmethod
    def command(cls, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, cls.root / "abi" / "gate.py", "--library", cls.new,
             "--debug-library", cls.new, "--version-script",
             cls.root / "build" / "libmmio" / "mmio.map", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout

    def output(self, built_with: release.Release, source: str, library: Path) -> tuple[int, str]:
        """What a program of a release prints on a library."""
        with built_with.prefix() as prefix:
            (prefix / "program.c").write_text(source, encoding="utf-8")
            release.compile_c(prefix, prefix / "program.c", prefix / "program")
            with release.loadable(library, built_with.library["soname"]) as folder:
                done = attempt(prefix / "program", environment={"LD_LIBRARY_PATH": str(folder)})
        return done.code, done.output

    def test_the_commands_lead_from_red_over_accepted_to_frozen(self) -> None:
        said = "\n".join(output for _, output in self.commands)
        self.assertEqual([1, 0, 0, 0, 0], [status for status, _ in self.commands], said)
        self.assertIn("kept to 0.2", self.commands[-1][1])
        self.assertEqual(["0.1", "0.2"], [r.version for r in self.releases])

    def test_each_addition_is_named_and_compatible(self) -> None:
        _, said = self.commands[0]
        for text in ("constant MMIO_ERR_STALE is new",
                     "function mmio_map_is_empty is new",
                     "struct mmio_open_options: field size_most is new, at 72",
                     "struct mmio_open_options: 80 bytes, were 72",
                     "version node LIBMMIO_0.2 is new",
                     "symbol mmio_map_is_empty@@LIBMMIO_0.2 is new",
                     "symbol mmio_status_text@@LIBMMIO_0.2 is new",
                     "symbol mmio_status_text@LIBMMIO_0.1 is kept for programs that have it"):
            self.assertIn(f"not accepted, compatible: {text}\n", said)
        self.assertNotIn("breaking", said)

    def test_an_upgrade_leaves_old_programs_as_they_are(self) -> None:
        first, second = self.releases
        for frozen, library in ((first, self.new), (second, self.new), (first, self.old)):
            done = frozen.run_consumer(library)
            self.assertEqual(0, done.code, done.output)
        self.assertEqual((0, "unknown status\n"), self.output(first, TEXT, self.old))
        self.assertEqual((0, "unknown status\n"), self.output(first, TEXT, self.new))
        self.assertEqual((0, "no status\n"), self.output(second, TEXT, self.new))

    def test_tests_of_the_old_release_pass_on_the_new_library(self) -> None:
        first = self.releases[0]
        self.assertEqual([], upgrade.run_programs(first, self.new))
        self.assertEqual([], packages.run_packages(first, self.new))

    def test_after_a_downgrade_new_programs_are_refused_when_they_load(self) -> None:
        second = self.releases[1]
        done = second.run_consumer(self.old)
        self.assertNotEqual(0, done.code)
        self.assertIn("version `LIBMMIO_0.2' not found", done.output)

    def test_a_new_field_is_refused_by_an_old_library_that_loads(self) -> None:
        second = self.releases[1]
        self.assertEqual((0, "MMIO_ERR_INVALID\n"), self.output(second, SIZE_MOST, self.old))
        self.assertEqual((0, "MMIO_ERR_STALE\n"), self.output(second, SIZE_MOST, self.new))

    def test_clang_gives_the_same_symbols(self) -> None:
        build = self.root / "build"
        commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
        status = next(c for c in commands if c["file"].endswith("/status.c"))
        objects = build / "libmmio" / "CMakeFiles" / "mmio_objects.dir" / "src"
        files = {path.relative_to(objects).as_posix(): path for path in objects.rglob("*.o")}
        files["status.c.o"] = build / "clang.o"
        run("clang", "-std=c11", "-g", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra",
            "-Werror", f"-I{self.root}/api/include", f"-I{self.root}/{SOURCES}", "-c",
            status["file"], "-o", files["status.c.o"])
        library = build / "clang.so"
        run("clang", "-shared", "-o", library, f"-Wl,-soname,{workshop.SONAME}",
            f"-Wl,--version-script={build}/libmmio/mmio.map", "-Wl,-Bsymbolic-functions",
            "-Wl,-z,nodelete,-z,defs", *files.values(), "-pthread")
        self.assertEqual(elf.symbols(self.new), elf.symbols(library))


if __name__ == "__main__":
    unittest.main()
