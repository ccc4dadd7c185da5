# SPDX-License-Identifier: Apache-2.0
"""Each check finds what it is there for: faults planted in copies of the sample headers, in the
symbol list and in the library."""
import shutil
import subprocess
import tempfile
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import checks
import compiler
import describe
import elf
import rules
import source
import targets

SAMPLE = Path(__file__).resolve().parent / "sample"
END_OF_MAP = "#ifdef __cplusplus\n}"


@contextmanager
def planted(header: str, old: str, new: str) -> Iterator[Path]:
    """A copy of the sample headers in which one text is replaced by another."""
    with tempfile.TemporaryDirectory() as folder:
        include = Path(folder) / "include"
        shutil.copytree(SAMPLE, include)
        path = include / header
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise AssertionError(f"{header} does not hold {old!r} once")
        path.write_text(text.replace(old, new), encoding="utf-8")
        yield include


def described(include: Path) -> compiler.Json:
    """For one target, which most faults show on."""
    return describe.describe(include, describe.TARGETS[:1])


def added(declaration: str):
    """A copy of the sample headers with one more declaration in mmio/map.h."""
    return planted("mmio/map.h", END_OF_MAP, f"{declaration}\n{END_OF_MAP}")


class TheSample(unittest.TestCase):
    def test_keeps_all_rules(self):
        api = describe.describe(SAMPLE)
        for check in (checks.doc_problems, rules.type_problems, rules.collision_problems):
            self.assertEqual([], check(api))
        for check in (rules.text_problems, checks.alone_problems):
            self.assertEqual([], check(SAMPLE))
        self.assertEqual([], checks.windows_problems(SAMPLE, api))

    def test_is_described_in_full(self):
        api = describe.describe(SAMPLE)
        self.assertEqual("0.2.0", api["version"])
        self.assertEqual({"MMIO_OK": 0, "MMIO_ERR_INVALID": -1, "MMIO_ERR_TIMEOUT": -2},
                         api["statuses"])
        self.assertEqual({"MMIO_FEATURE_LARGE": 16}, api["features"])
        self.assertEqual(["mmio.h", "mmio/base.h", "mmio/export.h", "mmio/map.h"],
                         [header["header"] for header in api["headers"]])

    def test_shows_comments_types_and_layouts(self):
        _, base, _, map_ = describe.describe(SAMPLE)["headers"]
        timeout = base["constants"][1]["constants"][2]
        self.assertEqual({"name": "MMIO_ERR_TIMEOUT", "value": -2, "type": "int",
                          "doc": "Somebody else was in the way until the time-out.\n\n"
                                 "- Trying again may succeed."}, timeout)
        message = base["structs"][0]["fields"][2]
        self.assertEqual({"name": "message", "type": "char[24]", "offset": 8, "size": 24,
                          "doc": "NUL-terminated."}, message)
        self.assertEqual([{"name": "mmio_map", "brief": "A mapped file.",
                           "doc": "Ends with mmio_map_close()."}], map_["handles"])
        self.assertEqual({
            "name": "mmio_map_open",
            "since": "0.2",
            "returns": "mmio_status",
            "params": [
                {"name": "path", "type": "const char *",
                 "doc": "Any bytes but NUL, as the system has them."},
                {"name": "options", "type": "const mmio_open_options *", "doc": ""},
                {"name": "timeout_ms", "type": "int64_t", "doc": "How long to wait."},
                {"name": "out_map", "type": "mmio_map **", "doc": ""},
                {"name": "error", "type": "mmio_error *", "doc": ""},
            ],
            "brief": "Map a file.",
            "doc": "It must exist.\n\nNothing of it is read.",
            "return": "Nothing else.",
            "retval": [{"status": "MMIO_ERR_INVALID", "doc": "`options` are wrong."},
                       {"status": "MMIO_ERR_TIMEOUT", "doc": "Not within `timeout_ms`."}],
        }, map_["functions"][0])


class PlantedInTheDescription(unittest.TestCase):
    def test_each_change_shows_as_a_difference(self):
        with tempfile.TemporaryDirectory() as folder:
            committed = Path(folder) / "mmio.api.json"
            committed.write_text(describe.as_text(describe.describe(SAMPLE)), encoding="utf-8")
            for header, old, new, line in [
                ("mmio/map.h", "MMIO_API void MMIO_CALL mmio_map_close(mmio_map *map);", "",
                 '-          "name": "mmio_map_close"'),
                ("mmio/map.h", "Give it back.", "Take it.", '+          "brief": "Take it."'),
                ("mmio/map.h", "int64_t timeout_ms", "int32_t timeout_ms",
                 '+              "type": "int32_t"'),
                ("mmio/base.h", "MMIO_ERR_TIMEOUT (-2)", "MMIO_ERR_TIMEOUT (-3)",
                 '+    "MMIO_ERR_TIMEOUT": -3'),
                ("mmio/base.h", "message[24]", "message[32]", '+          "size": 40'),
            ]:
                with self.subTest(line=line), planted(header, old, new) as include:
                    outdated = describe.difference(described(include), committed)
                    self.assertIn(f"\n{line}", outdated)

    def test_what_only_one_system_has_shows(self):
        for declaration, where in [
            ("#ifdef _WIN64\ntypedef int32_t mmio_x;\n#endif",
             "mmio_x is not there for each of x86_64-linux-gnu, x86_64-pc-windows-msvc"),
            ("#ifdef __i386__\n#define MMIO_X 1\n#endif",
             "MMIO_X is not there for each of x86_64-linux-gnu, i686-linux-gnu"),
        ]:
            with self.subTest(where=where), added(declaration) as include, \
                    self.assertRaisesRegex(describe.DescribeError, where):
                describe.describe(include)

    def test_what_systems_have_otherwise_is_said_of_them_alone(self):
        narrow = "typedef struct mmio_s { size_t a; void *b; } mmio_s;"
        with added(narrow) as include:
            api = describe.describe(include)
        struct = next(s for s in rules.every_struct(api) if s["name"] == "mmio_s")
        self.assertEqual(16, struct["size"])
        self.assertEqual([{
            "targets": ["i686-linux-gnu", "armv7-linux-gnueabihf", "i686-pc-windows-msvc"],
            "differs": {"size": 8, "alignment": 4,
                        "fields": {"a": {"size": 4}, "b": {"offset": 4, "size": 4}}},
        }], struct["elsewhere"])
        arm = targets.on(struct, "armv7-linux-gnueabihf")
        self.assertEqual([(0, 4), (4, 4)], [(f["offset"], f["size"]) for f in arm["fields"]])

    def test_conditions_are_told(self):
        with added("#ifndef MMIO_X\n#define MMIO_X 1\n#else\n#endif") as include:
            api = described(include)
        map_ = api["headers"][3]
        self.assertEqual(["#ifndef MMIO_X", "#else"], map_["directives"][-3:-1])
        self.assertIn({"name": "MMIO_X", "value": 1, "type": "int", "when": ["#ifndef MMIO_X"],
                       "doc": ""}, describe.constants(api["headers"]))

    def test_what_cannot_be_described(self):
        for header, old, new, reason in [
            ("mmio/base.h", "PATCH 0", 'PATCH "0"', "must have integer type"),
            ("mmio/map.h", "@param timeout_ms", "@param timeout", "timeout is no parameter"),
            ("mmio/map.h", "uint32_t mode;", "uint31_t mode;", "unknown type name"),
            ("mmio/map.h", "uint32_t mode;", "uint32_t mode : 3;", "a bit-field"),
            ("mmio/map.h", "uint32_t mode;", "struct { uint32_t mode; };", "without a name"),
            ("mmio/base.h", "#define MMIO_OK", " #define MMIO_OK", "MMIO_OK: not defined at the"),
        ]:
            with self.subTest(reason=reason), planted(header, old, new) as include, \
                    self.assertRaisesRegex(describe.DescribeError, reason):
                described(include)


class Comments(unittest.TestCase):
    def test_end_their_first_sentence_with_a_full_stop_behind_a_word(self):
        doc = source.parse_comment(" Goes from 0 .. 9 on\n * to the end. Then it stops. ")
        self.assertEqual(("Goes from 0 .. 9 on to the end.", "Then it stops."),
                         doc.brief_and_rest())

    def test_keep_the_lines_of_code_and_no_others(self):
        doc = source.parse_comment(" Like\n * this:\n *\n *     open();   first\n *     close();\n"
                                   " *\n * And so\n * on.\n")
        self.assertEqual("Like this:\n\n    open();   first\n    close();\n\nAnd so on.", doc.text)


class PlantedInTheSymbols(unittest.TestCase):
    LISTED = (("mmio_map_close", "LIBMMIO_0.1"), ("mmio_map_path", "LIBMMIO_0.1"),
              ("mmio_map_open", "LIBMMIO_0.2"))

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.api = describe.describe(SAMPLE)

    def library(self, functions: list[tuple[str, str]], *options: str) -> list[tuple[str, str]]:
        """What a library of such functions, all empty, exports."""
        source = "".join(f"void {name}(void) {{}}\n" for name, _ in functions)
        library = self.folder / "library.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", library, *options],
                       input=source, text=True, check=True)
        return rules.exported_symbols(elf.symbols(library))

    def version_script(self, listed: list[tuple[str, str]]) -> str:
        """The linker's option for the version script that CMake makes of a list."""
        symbols, script, run = (self.folder / name for name in ("symbols", "script", "run.cmake"))
        symbols.write_text("".join(f"{node} {name}\n" for name, node in listed))
        run.write_text("cmake_minimum_required(VERSION 3.25)\n"
                       f"include({checks.ROOT}/cmake/SymbolVersions.cmake)\n"
                       f"mmio_write_version_script({symbols} {script})\n")
        subprocess.run(["cmake", "-P", run], check=True)
        return f"-Wl,--version-script={script}"

    def assert_problems(self, expected, listed, exported):
        self.assertEqual(expected, rules.symbol_problems(self.api, listed, exported))

    def test_a_library_linked_by_the_list_exports_the_list_and_no_more(self):
        exported = self.library([*self.LISTED, ("mmio__hidden", "")],
                                self.version_script(self.LISTED))
        self.assert_problems([], self.LISTED, exported)

    def test_a_library_that_exports_another_symbol(self):
        more = [*self.LISTED, ("mmio_extra", "LIBMMIO_0.1")]
        exported = self.library(more, self.version_script(more))
        self.assert_problems(["the library exports mmio_extra of LIBMMIO_0.1, "
                              "unlike what symbols.txt lists"], self.LISTED, exported)

    def test_a_library_that_lacks_a_symbol(self):
        exported = self.library(self.LISTED[1:], self.version_script(self.LISTED))
        self.assert_problems(["symbols.txt lists mmio_map_close of LIBMMIO_0.1, "
                              "unlike what the library exports"], self.LISTED, exported)

    def test_a_library_without_versions(self):
        exported = self.library(self.LISTED)
        self.assertIn("the library exports mmio_map_open of no node, "
                      "unlike what symbols.txt lists",
                      rules.symbol_problems(self.api, self.LISTED, exported))

    def test_a_function_may_have_a_later_version_too(self):
        listed = [*self.LISTED, ("mmio_map_path", "LIBMMIO_0.2")]
        self.assert_problems([], listed, listed)

    def test_a_list_that_differs_from_the_headers(self):
        close, path, open_ = self.LISTED
        for listed, problem in [
            ([path, open_], "the headers declare mmio_map_close of LIBMMIO_0.1, "
                            "unlike what symbols.txt lists"),
            ([*self.LISTED, ("mmio_extra", "LIBMMIO_0.1")],
             "symbols.txt lists mmio_extra of LIBMMIO_0.1, unlike what the headers declare"),
            ([*self.LISTED, close], "symbols.txt lists mmio_map_close of LIBMMIO_0.1 twice"),
        ]:
            with self.subTest(problem=problem):
                self.assert_problems([problem], listed, listed)
        since_1 = [close, path, ("mmio_map_open", "LIBMMIO_0.1")]
        self.assert_problems(["the headers declare mmio_map_open of LIBMMIO_0.2, "
                              "unlike what symbols.txt lists",
                              "symbols.txt lists mmio_map_open of LIBMMIO_0.1, "
                              "unlike what the headers declare"], since_1, since_1)


class PlantedInTheComments(unittest.TestCase):
    def test_each_fault(self):
        for header, old, new, problem in [
            ("mmio/map.h", "/** Give it back. NULL is ignored. @since 0.1 */\n", "",
             "mmio_map_close: no sentence says what it does"),
            ("mmio/map.h", "ignored. @since 0.1", "ignored.", "mmio_map_close: no @since"),
            ("mmio/map.h", "`options` are wrong", "Nonsense",
             "mmio_map_open: nothing is said of its parameter options"),
            ("mmio/map.h", "with mmio_map_close()", "with mmio_map_end()",
             "mmio_map: the comment speaks of mmio_map_end, which is not there"),
            ("mmio/map.h", "within `timeout_ms`", "within `time`",
             "mmio_map_open: the comment speaks of time, which is not there"),
            ("mmio/map.h", "@retval MMIO_ERR_TIMEOUT", "@retval MMIO_ERR_LATE",
             "mmio_map_open: @retval MMIO_ERR_LATE is no status"),
            ("mmio/map.h", " /**< 0. */", "", "mmio_open_options::mode: no comment"),
            ("mmio/base.h", "MMIO_ERR_ number", "MMIO_WRONG_ number",
             "mmio_status: the comment speaks of MMIO_WRONG_, which is not there"),
            ("mmio/base.h", "/** What went wrong. */\n", "",
             "mmio_error: no sentence says what it is"),
            ("mmio/map.h", " * @brief Maps.\n", "", "mmio/map.h: no @brief"),
            ("mmio/base.h", "#define MMIO_FEATURE_LARGE 0x10\n/** @} */\n",
             "/** @} */\n#define MMIO_FEATURE_LARGE 0x10\n",
             "MMIO_FEATURE_LARGE: in no @name group"),
        ]:
            with self.subTest(problem=problem), planted(header, old, new) as include:
                self.assertIn(problem, checks.doc_problems(described(include)))


class PlantedInTheAbi(unittest.TestCase):
    def test_each_type_and_signature(self):
        for declaration, problem in [
            ("enum kind { MMIO_A };\nvoid mmio_f(enum kind k);",
             "mmio_f: the type enum kind is not for an ABI"),
            ("void mmio_f(_Bool b);", "mmio_f: the type _Bool is not for an ABI"),
            ("long mmio_f(void);", "mmio_f: the type long is not for an ABI"),
            ("typedef long off_t;", "off_t: the type long is not for an ABI"),
            ("typedef int32_t (*mmio_f)(long a, void *user);",
             "mmio_f: the type long is not for an ABI"),
            ("typedef int32_t (*mmio_f)(uint32_t a);",
             "mmio_f: the last parameter is no void *"),
            ("struct FILE;\nvoid mmio_f(struct FILE *f);",
             "mmio_f: the type struct FILE * is not for an ABI"),
            ("void mmio_f(wchar_t *w);", "mmio_f: the type wchar_t * is not for an ABI"),
            ("void mmio_f(mmio_open_options o);", "mmio_f: mmio_open_options by value"),
            ("mmio_error mmio_f(void);", "mmio_f: mmio_error by value"),
            ("typedef struct mmio_s { uint32_t a; uint64_t b; } mmio_s;",
             "mmio_s: hidden padding before b"),
            ("typedef struct mmio_s { uint64_t a; uint32_t b; } mmio_s;",
             "mmio_s: hidden padding at its end"),
            ("typedef struct mmio_s_options { uint64_t a; } mmio_s_options;",
             "mmio_s_options: does not begin with uint32_t struct_size"),
            ("mmio_status mmio_f(mmio_map *map);",
             "mmio_f: a status and a last parameter `error` go together"),
            ("mmio_status mmio_f(uint32_t *out_a, uint32_t b, mmio_error *error);",
             "mmio_f: the order is in, out_, error"),
            ("void other_f(void);", "other_f: not an mmio_ name"),
        ]:
            with self.subTest(problem=problem), added(declaration) as include:
                self.assertIn(problem, rules.type_problems(described(include)))

    def test_each_way_to_declare(self):
        for declaration, problem in [
            ("void mmio_f(void);", "mmio_f: not declared as MMIO_API … MMIO_CALL"),
            ("__attribute__((weak)) MMIO_API void MMIO_CALL mmio_f(void);",
             "mmio_f: not declared as MMIO_API … MMIO_CALL"),
            ("__attribute__((ms_abi)) MMIO_API void MMIO_CALL mmio_f(void);",
             "mmio_f: not declared as MMIO_API … MMIO_CALL"),
            ("MMIO_API void MMIO_CALL mmio_f(const char *a, ...);", "mmio_f: a variadic function"),
            ("static inline void mmio_f(void) {}", "mmio_f: code in a header"),
            ("extern int32_t mmio_data;", "mmio_data: no objects in an ABI"),
            ("enum mmio_kind { MMIO_A };", "mmio_kind: no enums in an ABI"),
            ("typedef union mmio_s { uint64_t a; } mmio_s;", "mmio_s: not a plain struct"),
            ("typedef struct __attribute__((packed)) mmio_s { uint64_t a; } mmio_s;",
             "mmio_s: not a plain struct"),
            ("#ifdef _REENTRANT\n#endif\n#ifndef MMIO_X\ntypedef int32_t mmio_x;\n#endif",
             "mmio_x: depends on #ifndef MMIO_X"),
        ]:
            with self.subTest(problem=problem), added(declaration) as include:
                self.assertIn(problem, list(rules.shape_problems(described(include))))

    def test_each_number(self):
        for old, new, problem in [
            ("MMIO_ERR_TIMEOUT (-2)", "MMIO_ERR_TIMEOUT (-1)",
             "MMIO_ERR_TIMEOUT: another of its group has the same number"),
            ("MMIO_ERR_TIMEOUT (-2)", "MMIO_ERR_TIMEOUT (-3)",
             "the statuses are not 0, -1, -2 and so on, each once"),
        ]:
            with self.subTest(problem=problem), planted("mmio/base.h", old, new) as include:
                self.assertIn(problem, list(rules.number_problems(described(include))))

    def test_a_layout_that_differs_between_systems(self):
        for fields, problems in [
            ("uint32_t a; uint32_t b; uint64_t c;", []),
            ("void *a; uint64_t b;", []),
            ("uint32_t a; uint64_t b;",
             ["mmio_s: hidden padding before b", "mmio_s: its layout differs on i686-linux-gnu"]),
        ]:
            with (self.subTest(fields=fields),
                  added(f"typedef struct mmio_s {{ {fields} }} mmio_s;") as include):
                api = describe.describe(include)
                self.assertEqual(problems, [problem for problem in rules.type_problems(api)
                                            if problem.startswith("mmio_s")])

    def test_each_word_in_the_text(self):
        for declaration, problem in [
            ("enum { MMIO_A };", "map.h: enum is not for an ABI"),
            ("static inline void mmio_f(void) {}", "map.h: inline is not for an ABI"),
            ("void mmio_f(FILE *f);", "map.h: FILE is not for an ABI"),
            ("void mmio_f(const char *format, ...);", "map.h: a variadic function"),
            ("struct mmio_s { uint32_t a : 3; };", "map.h: a bit-field"),
            ("#define MMIO_A ((uint32_t)1)", "map.h: MMIO_A is not a plain number"),
            ("#define MMIO_A UINT64_C(1)", "map.h: MMIO_A is not a plain number"),
            ("#define MMIO_MIN(a,b) 1", "map.h: MMIO_MIN(a,b) is no MMIO_ name"),
            ("#define OTHER_A 1", "map.h: OTHER_A is no MMIO_ name"),
            ("#define MMIO_API 1", "map.h: MMIO_API is for export.h only"),
        ]:
            with self.subTest(problem=problem), added(declaration) as include:
                self.assertIn(problem, rules.text_problems(include))


class PlantedForTheCompilers(unittest.TestCase):
    def refused_by(self, include: Path) -> list[str]:
        """Language and header of each refusal."""
        return sorted({problem.partition(" -x ")[2].split()[0] + " " + problem.split('"')[1]
                       for problem in checks.alone_problems(include)})

    def test_a_header_that_needs_another(self):
        with planted("mmio/map.h", '#include "base.h"\n', "") as include:
            self.assertEqual(["c mmio/map.h", "c++ mmio/map.h"], self.refused_by(include))

    def test_a_header_that_bears_no_second_time(self):
        with planted("mmio/map.h", "#define MMIO_MAP_H\n", "") as include:
            self.assertEqual(["c mmio/map.h", "c++ mmio/map.h"], self.refused_by(include))

    def test_what_only_one_language_refuses(self):
        for declaration, language in [
            ("void mmio_f();", "c"),
            ("void mmio_f(int32_t new);", "c++"),
            ("#ifdef __cplusplus\nconst void *const mmio_none = 0;\n#endif", "c++"),
            ("#ifdef __cplusplus\nconst int mmio_one = (int)1.0;\n#endif", "c++"),
        ]:
            with self.subTest(declaration=declaration), added(declaration) as include:
                self.assertEqual([f"{language} mmio.h", f"{language} mmio/map.h"],
                                 self.refused_by(include))

    def test_a_name_of_mmsystem(self):
        with planted("mmio/base.h", "MMIO_FEATURE_LARGE 0x10", "MMIO_READ 1") as include:
            api = described(include)
            self.assertEqual(["MMIO_READ is a name of <mmsystem.h>"],
                             rules.collision_problems(api))
            in_both_languages_and_orders = 4
            self.assertEqual(in_both_languages_and_orders,
                             len(checks.windows_problems(include, api)))


if __name__ == "__main__":
    unittest.main()
