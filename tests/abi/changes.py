# SPDX-License-Identifier: Apache-2.0
"""Changes to a project whose last release is binding, and what the gate must say of each.

Check answers YES only where nothing a program can see has changed; accept then answers whether the
change may be made."""
from typing import Any

from gate import CANNOT_TELL, NO, YES
from workshop import Change, Edit

INCLUDE = "api/include/mmio/"
BASE, COPY, EXPORT, FAULT, FILE, MAP, PAGING, PRESSURE, VIEW, WATCH = (
    f"{INCLUDE}{name}.h" for name in ("base", "copy", "export", "fault", "file", "map", "paging",
                                      "pressure", "view", "watch"))
SYMBOLS = "abi/symbols.txt"

END = "#ifdef __cplusplus\n}"
LAST_SYMBOL = "mmio_watcher_set_callback\n"
NEW_FUNCTION = "uint64_t mmio_map_strange(const mmio_map *map)\n{\n    return map != 0;\n}\n"


def declared(text: str, header: str = MAP) -> Edit:
    return Edit(header, END, f"{text}\n{END}")


def declared_new(since: str = "1.1") -> Edit:
    return declared(f"/** Strange. @since {since} */\n"
                    "MMIO_API uint64_t MMIO_CALL mmio_map_strange(const mmio_map *map);")


def listed(line: str) -> Edit:
    return Edit(SYMBOLS, LAST_SYMBOL, f"{LAST_SYMBOL}{line}\n")


def harmless(name: str, *edits: Edit, **more: Any) -> Change:
    return Change(name, YES, YES, "abi: yes", edits, **more)


def compatible(name: str, says: str, *edits: Edit, **more: Any) -> Change:
    return Change(name, NO, YES, f"compatible: {says}", edits, **more)


def to_review(name: str, says: str, *edits: Edit) -> Change:
    return Change(name, NO, YES, f"to review: {says}", edits)


def breaking(name: str, says: str, *edits: Edit, **more: Any) -> Change:
    return Change(name, NO, NO, f"breaks 1.0: {says}", edits, **more)


def forbidden(name: str, says: str, *edits: Edit, **more: Any) -> Change:
    return Change(name, NO, NO, f"rule: {says}", edits, **more)


def untold(name: str, says: str, *edits: Edit, **more: Any) -> Change:
    return Change(name, CANNOT_TELL, CANNOT_TELL, says, edits, **more)


HARMLESS = [
    harmless("nothing"),
    harmless("the library is linked anew", link=("-Wl,--as-needed",)),
    harmless("a comment", Edit(WATCH, "End a watch.", "Stop a watch.")),
    harmless("line breaks", Edit(WATCH, "uint64_t watch,\n", "uint64_t watch, ")),
    harmless("a number is written otherwise",
             Edit(VIEW, "MMIO_VIEW_WRITE 0x1", "MMIO_VIEW_WRITE 1")),
    harmless("the inside of a handle",
             Edit("libmmio/src/segment.c", "    uint64_t size;\n};",
                  "    uint64_t size;\n    uint64_t more;\n};"),
             Edit("libmmio/src/segment.c", "offset, size};", "offset, size, 0};")),
    harmless("a function that is not exported",
             Edit("libmmio/src/status.c", "find_status(mmio_status status)\n{",
                  "find_status(mmio_status status)\n{\n    status += 0;")),
]

COMPATIBLE = [
    compatible("a function in a new node", "symbol mmio_map_strange@@LIBMMIO_1.1 is new",
               declared_new(), listed("LIBMMIO_1.1 mmio_map_strange"), source=NEW_FUNCTION),
    compatible("a status", "constant MMIO_ERR_STRANGE is new",
               Edit(BASE, "MMIO_ERR_LOST (-22)",
                    "MMIO_ERR_LOST (-22)\n/** Strange. */\n#define MMIO_ERR_STRANGE (-23)")),
    compatible("a flag", "constant MMIO_VIEW_STRANGE is new",
               Edit(VIEW, "MMIO_VIEW_WRITE 0x1", "MMIO_VIEW_WRITE 0x1\n#define "
                    "MMIO_VIEW_STRANGE 0x2")),
    compatible("a field of options",
               "struct mmio_pressure_options: field strange is new, at 24",
               Edit(PRESSURE, "    uint64_t reserved;  /**< 0. */",
                    "    uint64_t reserved;  /**< 0. */\n    uint64_t strange; /**< 0. */")),
    compatible("a struct", "struct mmio_strange is new",
               declared("typedef struct mmio_strange { uint64_t a; } mmio_strange;")),
    compatible("a handle", "handle mmio_strange is new",
               declared("typedef struct mmio_strange mmio_strange;")),
    compatible("a version", "constant MMIO_VERSION_PATCH is 1, was 0",
               Edit(BASE, "VERSION_PATCH 0", "VERSION_PATCH 1")),
    Change("a new major version takes something away", NO, YES,
           "to review: constant MMIO_SEAL_GROW is gone; no release is broken by it",
           (Edit(BASE, "VERSION_MAJOR 1", "VERSION_MAJOR 2"),
            Edit(MAP, "#define MMIO_SEAL_GROW 0x2", ""))),
    to_review("a parameter's name", "function mmio_map_mode: its parameter map is called of",
              Edit(MAP, "mmio_map_mode(const mmio_map *map)", "mmio_map_mode(const mmio_map *of)")),
    to_review("the name of a callback's parameter",
              "type mmio_progress: its parameter done is called ready",
              Edit(PAGING, "(uint64_t done, uint64_t total", "(uint64_t ready, uint64_t total")),
    to_review("reserved bytes",
              "struct mmio_watch_event: field reserved: bytes that were reserved are in use",
              Edit(WATCH, "uint64_t reserved[4];", "uint64_t strange;\n    uint64_t reserved[3];")),
    to_review("a condition", "header mmio/map.h: #ifdef STRANGE is new",
              declared("#ifdef STRANGE\n#endif")),
    to_review("the header of a function", "function mmio_fault_guard_now is in mmio/base.h",
              Edit(FAULT, "MMIO_API uint32_t MMIO_CALL mmio_fault_guard_now(void);", ""),
              declared("/** Which. @since 0.1 */\n"
                       "MMIO_API uint32_t MMIO_CALL mmio_fault_guard_now(void);", BASE)),
]

FUNCTIONS = [
    breaking("a function is removed", "function mmio_map_path is gone",
             Edit(MAP, "MMIO_API const char *MMIO_CALL mmio_map_path(const mmio_map *map);", ""),
             Edit(SYMBOLS, "LIBMMIO_0.1 mmio_map_path\n", "")),
    breaking("a function is renamed", "symbol mmio_map_mode@@LIBMMIO_0.1 is gone",
             Edit(MAP, "uint32_t MMIO_CALL mmio_map_mode(const mmio_map *map)",
                  "uint64_t MMIO_CALL mmio_map_strange(const mmio_map *map)"),
             Edit(SYMBOLS, "LIBMMIO_0.1 mmio_map_mode\n", ""),
             listed("LIBMMIO_0.1 mmio_map_strange"), source=NEW_FUNCTION),
    breaking("a declaration is dropped", "function mmio_map_mode is gone",
             Edit(MAP, "MMIO_API uint32_t MMIO_CALL mmio_map_mode(const mmio_map *map);", "")),
    breaking("a macro takes a function's place", "function mmio_map_mode is gone",
             Edit(MAP, "MMIO_API uint32_t MMIO_CALL mmio_map_mode(const mmio_map *map);",
                  "#define mmio_map_mode(map) 0")),
    breaking("the type of a parameter",
             "function mmio_map_protect: it takes (mmio_map *, uint32_t, int32_t, mmio_error *)",
             Edit(MAP, f"uint32_t protection,\n{' ' * 48}int64_t",
                  "uint32_t protection, int32_t")),
    breaking("one parameter more", "function mmio_map_mode: it takes (const mmio_map *, uint32_t)",
             Edit(MAP, "mmio_map_mode(const mmio_map *map)",
                  "mmio_map_mode(const mmio_map *map, uint32_t more)")),
    breaking("parameters of one type change places",
             "function mmio_file_copy: its parameters have changed places",
             Edit(FILE, "(const char *from, const char *to,",
                  "(const char *to, const char *from,")),
    breaking("const is taken from a parameter", "function mmio_map_mode: it takes (mmio_map *)",
             Edit(MAP, "mmio_map_mode(const mmio_map *map)", "mmio_map_mode(mmio_map *map)")),
    breaking("const is given to a parameter", "function mmio_map_fill: it takes (const mmio_map *",
             Edit(COPY, "mmio_map_fill(mmio_map *map", "mmio_map_fill(const mmio_map *map")),
    breaking("the type of a result", "function mmio_has: returns is int64_t, was int32_t",
             Edit(BASE, "int32_t MMIO_CALL mmio_has", "int64_t MMIO_CALL mmio_has")),
    breaking("const is taken from a result",
             "function mmio_version_string: returns is char *, was const char *",
             Edit(BASE, "const char *MMIO_CALL mmio_version_string",
                  "char *MMIO_CALL mmio_version_string")),
    breaking("a function becomes variadic", "function mmio_has: variadic is True, was nothing",
             Edit(BASE, "mmio_has(uint32_t feature)", "mmio_has(uint32_t feature, ...)")),
    breaking("a calling convention", "function mmio_page_size: convention is ms_abi",
             Edit(BASE, "MMIO_API uint64_t MMIO_CALL mmio_page_size",
                  "__attribute__((ms_abi)) MMIO_API uint64_t MMIO_CALL mmio_page_size")),
    breaking("a calling convention of Windows only",
             "macro MMIO_CALL: text is __stdcall, was __cdecl (on x86_64-pc-windows-msvc, "
             "i686-pc-windows-msvc)",
             Edit(EXPORT, "__cdecl", "__stdcall")),
    breaking("a weak function", "function mmio_page_size: attributes is Visibility, Weak",
             Edit(BASE, "MMIO_API uint64_t MMIO_CALL mmio_page_size",
                  "__attribute__((weak)) MMIO_API uint64_t MMIO_CALL mmio_page_size")),
    forbidden("code in the header", "mmio_strange: code in a header",
              declared("static inline int32_t mmio_strange(void) { return 1; }")),
    forbidden("data", "mmio_strange: no objects in an ABI",
              declared("MMIO_API extern const int32_t mmio_strange;")),
    forbidden("a struct by value", "mmio_map_strange: mmio_view by value",
              declared("/** Strange. @since 1.1 */\nMMIO_API void MMIO_CALL "
                       "mmio_map_strange(mmio_view view);", VIEW)),
    forbidden("an enum", "mmio_map_strange: the type enum mmio_kind is not for an ABI",
              declared("enum mmio_kind { MMIO_A };\n/** Strange. @since 1.1 */\n"
                       "MMIO_API void MMIO_CALL mmio_map_strange(enum mmio_kind kind);")),
    forbidden("a callback without a name",
              "mmio_map_strange: the type void (*)(void *) is not for an ABI",
              declared("/** Strange. @since 1.1 */\nMMIO_API void MMIO_CALL "
                       "mmio_map_strange(void (*f)(void *));")),
    forbidden("a function that is not exported",
              "the headers declare mmio_map_strange of LIBMMIO_1.1", declared_new()),
]

TYPES = [
    breaking("a fixed struct grows", "struct mmio_watch_event: 72 bytes, were 64",
             Edit(WATCH, "    uint64_t reserved[4]; /**< 0. */",
                  "    uint64_t reserved[4]; /**< 0. */\n    uint64_t strange; /**< 0. */")),
    breaking("fields of one type change places",
             "struct mmio_watch_event: field watch: offset is 8, was 0",
             Edit(WATCH, "uint64_t watch;  ", "uint64_t other;  "),
             Edit(WATCH, "uint64_t size;  ", "uint64_t watch; "),
             Edit(WATCH, "uint64_t other;  ", "uint64_t size;  ")),
    breaking("fields of several types change places",
             "struct mmio_io: field data: offset is 8, was 16",
             Edit(COPY, "uint64_t size;      /**< Bytes to copy. */", ""),
             Edit(COPY, "    mmio_status status; /**< Out",
                  "    uint64_t size; mmio_status status; /**< Out")),
    breaking("a field amid options",
             "struct mmio_pressure_options: field reserved: offset is 24, was 16",
             Edit(PRESSURE, "    uint64_t reserved;",
                  "    uint64_t strange;\n    uint64_t reserved;")),
    breaking("the sign of a field", "struct mmio_error: field cause: type is int32_t, was uint32_t",
             Edit(BASE, "uint32_t cause;", "int32_t cause;")),
    breaking("a field of another kind", "struct mmio_walk: field next: type is double",
             Edit(VIEW, "uint64_t next;", "double next;")),
    breaking("a field's name", "struct mmio_watch_event: field time_ns is gone",
             Edit(WATCH, "int64_t time_ns;", "int64_t when_ns;")),
    breaking("packing that keeps all offsets", "struct mmio_watch_event: alignment is 4, was 8",
             Edit(WATCH, "/** Something happened to a watched file.",
                  "#pragma pack(push, 4)\n/** Something happened to a watched file."),
             Edit(WATCH, "} mmio_watch_event;", "} mmio_watch_event;\n#pragma pack(pop)")),
    breaking("alignment", "struct mmio_view: alignment is 16, was 8",
             Edit(VIEW, "typedef struct mmio_view {",
                  "typedef struct __attribute__((aligned(16))) mmio_view {")),
    breaking("the tag of a struct", "struct mmio_io is gone",
             Edit(COPY, "typedef struct mmio_io {", "typedef struct mmio_other {")),
    breaking("the parameter of a callback", "type mmio_progress: type is int32_t (*)(uint64_t, "
             "uint32_t, void *)",
             Edit(PAGING, "uint64_t total, void *user)", "uint32_t total, void *user)")),
    breaking("one parameter more for a callback", "type mmio_progress: type is",
             Edit(PAGING, "uint64_t total, void *user)", "uint64_t total, size_t a, void *user)")),
    breaking("the result of a callback", "type mmio_release: type is int32_t (*)(void *, void *)",
             Edit(BASE, "typedef void(MMIO_CALL *mmio_release)",
                  "typedef int32_t(MMIO_CALL *mmio_release)")),
    breaking("the type behind a name", "type mmio_status: type is int64_t, was int32_t",
             Edit(BASE, "typedef int32_t mmio_status;", "typedef int64_t mmio_status;")),
    forbidden("a type as wide as the compiler likes", "mmio_status: the type int is not for an ABI",
              Edit(BASE, "typedef int32_t mmio_status;", "typedef int mmio_status;")),
    forbidden("a type that is wider elsewhere", "mmio_page_size: the type unsigned long is not",
              Edit(BASE, "uint64_t MMIO_CALL mmio_page_size",
                   "unsigned long MMIO_CALL mmio_page_size")),
    forbidden("a hole", "mmio_strange: hidden padding before b",
              declared("typedef struct mmio_strange { uint32_t a; uint64_t b; } mmio_strange;")),
    forbidden("options that cannot grow", "mmio_strange_options: does not begin with uint32_t",
              declared("typedef struct mmio_strange_options { uint64_t a; } "
                       "mmio_strange_options;")),
    Change("a bit-field", NO, NO, "watch.h: a bit-field",
           (Edit(WATCH, "uint32_t kind;", "uint32_t kind : 32;"),)),
    breaking("a handle shows its inside", "handle mmio_watcher is gone",
             Edit(WATCH, "typedef struct mmio_watcher mmio_watcher;",
                  "typedef struct mmio_watcher { uint64_t a; } mmio_watcher;")),
]

CONSTANTS = [
    breaking("a number", "constant MMIO_FEATURE_WAIT: value is 13, was 9",
             Edit(BASE, "MMIO_FEATURE_WAIT 9", "MMIO_FEATURE_WAIT 13")),
    breaking("two statuses change places", "constant MMIO_ERR_MODE: value is -5, was -4",
             Edit(BASE, "MMIO_ERR_MODE (-4)", "MMIO_ERR_MODE (-0)"),
             Edit(BASE, "MMIO_ERR_ALIGN (-5)", "MMIO_ERR_ALIGN (-4)"),
             Edit(BASE, "MMIO_ERR_MODE (-0)", "MMIO_ERR_MODE (-5)")),
    breaking("a flag", "constant MMIO_OPEN_DEFER: value is 64, was 32",
             Edit(MAP, "MMIO_OPEN_DEFER 0x20", "MMIO_OPEN_DEFER 0x40")),
    breaking("the type of a number", "constant MMIO_KIND_FILE: type is unsigned int, was int",
             Edit(MAP, "MMIO_KIND_FILE 1", "MMIO_KIND_FILE 1u")),
    breaking("a constant is removed", "constant MMIO_SEAL_GROW is gone",
             Edit(MAP, "#define MMIO_SEAL_GROW 0x2", "")),
    breaking("a constant behind #ifdef", "constant MMIO_FEATURE_SEALS: when is #ifndef STRANGE",
             Edit(BASE, "#define MMIO_FEATURE_SEALS 5",
                  "#ifndef STRANGE\n#define MMIO_FEATURE_SEALS 5\n#endif")),
    Change("a constant of one system", NO, NO,
           "MMIO_SEAL_GROW is not there for each of x86_64-linux-gnu, x86_64-pc-windows-msvc",
           (Edit(MAP, "#define MMIO_SEAL_GROW 0x2",
                 "#ifndef _WIN32\n#define MMIO_SEAL_GROW 0x2\n#endif"),)),
    forbidden("a status that leaves a number out", "the statuses are not 0, -1, -2 and so on",
              Edit(BASE, "MMIO_ERR_LOST (-22)",
                   "MMIO_ERR_LOST (-22)\n#define MMIO_ERR_STRANGE (-24)")),
    forbidden("a number that is taken",
              "MMIO_FEATURE_STRANGE: another of its group has the same number",
              Edit(BASE, "MMIO_FEATURE_WATCH 7",
                   "MMIO_FEATURE_WATCH 7\n#define MMIO_FEATURE_STRANGE 7")),
    forbidden("a name of Windows", "MMIO_READ is a name of <mmsystem.h>",
              declared("#define MMIO_READ 0x1")),
]

LIBRARY = [
    breaking("a symbol moves to another node", "symbol mmio_map_mode@@LIBMMIO_0.1 is gone",
             Edit(SYMBOLS, "LIBMMIO_0.1 mmio_map_mode\n", ""),
             listed("LIBMMIO_0.2 mmio_map_mode")),
    breaking("a symbol in a closed node",
             "symbol mmio_map_strange@@LIBMMIO_0.1 is new, in a closed node",
             declared_new("0.1"), listed("LIBMMIO_0.1 mmio_map_strange"), source=NEW_FUNCTION),
    breaking("a symbol of the inside",
             "symbol mmio__strange@@LIBMMIO_0.1 is new, in a closed node",
             source='MMIO_API void mmio__strange(void);\nvoid mmio__strange(void) {}\n',
             script=("local:", "    mmio__*;\n    local:")),
    breaking("symbols without versions", "version node LIBMMIO_0.1 is gone",
             script=("LIBMMIO_0.1 {", "{")),
    breaking("another name for the loader", "library: soname is libmmio.so.1, was libmmio.so.0",
             link=("-Wl,-soname,libmmio.so.1",)),
    breaking("another library is needed", "library: it needs libm.so.6",
             link=("-Wl,--no-as-needed", "-lm")),
    breaking("a place to look for libraries", "library: run_path is /strange",
             link=("-Wl,-rpath,/strange",)),
    breaking("an executable stack", "library: executable_stack is True",
             link=("-Wl,-z,execstack",)),
    breaking("code that runs at load", "library: constructors is 1, was 0",
             source="__attribute__((constructor)) static void strange(void) {}\n"),
    forbidden("exported data", "mmio_strange@@LIBMMIO_1.1 is OBJECT GLOBAL DEFAULT of 4 bytes",
              listed("LIBMMIO_1.1 mmio_strange"),
              source="MMIO_API extern int32_t mmio_strange;\nint32_t mmio_strange = 1;\n"),
    breaking("a default", "a program of 1.0: it relied on mmio_map_mode(map) == 1",
             Edit("libmmio/src/open.c", "MMIO_MODE_RW : MMIO_MODE_RO;",
                  "MMIO_MODE_RW : MMIO_MODE_COW;")),
    breaking("what misuse is answered with",
             "a program of 1.0: it relied on mmio_map_read(map, 5000, &byte, 1, &error) == -3",
             Edit("libmmio/src/base/failure.c",
                  "return with_numbers(call, MMIO_ERR_RANGE, offset, size, limit);",
                  "return with_numbers(call, MMIO_ERR_INVALID, offset, size, limit);")),
    breaking("the answer for a feature", "a program of 1.0: it relied on mmio_has(7) == 1",
             Edit("libmmio/src/library.c", "return caps->notifies;", "return 0;")),
    breaking("a symbol is weak", "symbol mmio_map_mode@@LIBMMIO_0.1: FUNC WEAK DEFAULT, was FUNC "
             "GLOBAL DEFAULT",
             Edit("libmmio/src/map.c", "uint32_t mmio_map_mode(const",
                  "__attribute__((weak)) uint32_t mmio_map_mode(const")),
]

BASELINES = [
    Change("a frozen file is edited", NO, NO, "rule: 1.0/stub.c is not as it was frozen",
           (Edit("abi/releases/1.0/stub.c", "void mmio_has(void);\n", ""),)),
    untold("no state was accepted", "there is no", removed=("api/mmio.api.json",)),
    untold("no facts of the library were accepted", "there is no",
           removed=("abi/current/libmmio.elf.json",)),
    untold("no release is frozen", "there is no release", removed=("abi/releases",)),
    untold("a release lacks its dump", "there is no", removed=("abi/releases/1.0/libmmio.dump",),
           link=("-Wl,--as-needed",)),
    untold("a release lacks its program", "gcc ended", removed=("abi/releases/1.0/consumer.c",)),
    untold("no debug information", "has no debug information", after=("strip", "--strip-debug")),
    untold("a library that is none", "has no SONAME", after=("truncate", "--size=1000")),
]

CHANGES = [*HARMLESS, *COMPATIBLE, *FUNCTIONS, *TYPES, *CONSTANTS, *LIBRARY, *BASELINES]
