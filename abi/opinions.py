# SPDX-License-Identifier: Apache-2.0
"""What libabigail and ABI Compliance Checker say of the built library beside the last release. They
see less than the headers and the loader tell, so that they are asked about the rest only: what is
known to differ is left out."""
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import elf
from release import Release
from programs import CannotTell, run

ABIGAIL, DUMP = "libmmio.abi", "libmmio.dump"
# abidiff's exit code: 4 a change, 8 an incompatible one; else it failed.
ABIDIFF_CODES = (0, 4, 8, 12)
# abi-dumper knows no _Atomic, which stands behind handles only, and goes on without it.
HARMLESS_ERROR = re.compile(r"ERROR: missed type id \d+")


def write(library: Path, include: Path, version: str, folder: Path) -> None:
    """What the tools will want to know of this library later."""
    require_debug_information(library)
    run("abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-elf-needed", "--no-architecture",
        "--drop-undefined-syms", "--out-file", folder / ABIGAIL, library)
    dump(library, include, version, folder / DUMP)


def dump(library: Path, include: Path, version: str, output: Path) -> None:
    done = run("abi-dumper", library, "-o", output, "-lver", version, "-sort", "-public-headers",
               include)
    errors = [line for line in done.output.splitlines()
              if "ERROR" in line and not HARMLESS_ERROR.fullmatch(line)]
    if errors or not output.is_file():
        raise CannotTell("abi-dumper: " + (done.output if not errors else "\n".join(errors)))


def require_debug_information(library: Path) -> None:
    if not elf.has_debug_information(library):
        raise CannotTell(f"{library} has no debug information")


def ask(release: Release, library: Path, include: Path, known: Iterable[str],
        report: Path) -> list[str]:
    """What the tools find that is not known: lines such as "struct mmio_view: 40 bytes, were 32"
    say what is."""
    require_debug_information(library)
    for name in (ABIGAIL, DUMP):
        if not (release.folder / name).is_file():
            raise CannotTell(f"there is no {release.folder / name}")
    judged = set(re.findall(r"^(struct|type|function|symbol) (\w+)", "\n".join(known), re.M))
    handles = {handle["name"] for header in release.api["headers"] for handle in header["handles"]}
    types = {name for kind, name in judged if kind in ("struct", "type")}
    functions = {name for kind, name in judged if kind in ("function", "symbol")}
    return [*ask_abidiff(release, library, types | handles, functions),
            *ask_compliance_checker(release, library, include, types | handles, functions, report)]


def ask_abidiff(release: Release, library: Path, types: set[str],
                functions: set[str]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        suppressions = Path(folder) / "suppressions"
        suppressions.write_text(
            "".join(f"[suppress_type]\n  name = {name}\n" for name in sorted(types)) +
            "".join(f"[suppress_function]\n  name = {name}\n" for name in sorted(functions)),
            encoding="utf-8")
        done = run("abidiff", "--no-architecture", "--no-added-syms", "--no-default-suppression",
                   "--suppressions", suppressions, release.folder / ABIGAIL, library,
                   codes=ABIDIFF_CODES)
    if done.code:
        changed = re.findall(r"\[[CD]\] '(?:function|variable) (.*?)'", done.output)
        yield "abidiff: " + ("; ".join(changed) or " ".join(done.output.split()))


def ask_compliance_checker(release: Release, library: Path, include: Path, types: set[str],
                           functions: set[str], report: Path) -> Iterator[str]:
    report.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dump(library, include, "now", folder / DUMP)
        (folder / "types").write_text("".join(f"{name}\nstruct {name}\n" for name in types),
                                      encoding="utf-8")
        symbols = [symbol for symbol in release.library["symbols"]
                   if elf.versioned(symbol)[0] in functions]
        (folder / "symbols").write_text("".join(f"{name}\n" for name in [*functions, *symbols]),
                                        encoding="utf-8")
        skipped: list[str | Path] = ["-skip-types", folder / "types"]
        skipped += ["-skip-symbols", folder / "symbols"] if functions else []
        done = run("abi-compliance-checker", "-library", "libmmio", "-strict", "-old",
                   release.folder / DUMP, "-new", folder / DUMP, *skipped, "-report-path", report,
                   codes=(0, 1), folder=folder)
    if done.code:
        totals = re.findall(r"Total (.*)", done.output)
        yield f"ABI Compliance Checker: {'; '.join(totals)}; see {report.name}"
