#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that programs of every release go on working with the library of today, which they load
under the name they were linked with.

    upgrade.py run --library FILE     build and run the programs of each release: the one that holds
                                      its promises, and its contract tests; and the packages of
                                      other languages, whose own tests run
    upgrade.py prefix VERSION FOLDER  lay out what programs of a release are built with: include,
                                      lib, lib/pkgconfig

The library in a prefix has the names of its release and nothing behind them, so that whatever runs
with success runs on the library of today.
"""
import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "api"))

from packages import run_packages
from programs import CannotTell, Done, attempt, run
from release import Release, compile_c, install_stub, loadable, releases, unpack

# These share one store of the system, so that each has it to itself.
ALONE = ("test_huge", "test_pressure")
AT_ONCE = 2


def run_programs(release: Release, library: Path) -> list[str]:
    """What does not work any more."""
    done = release.run_consumer(library)
    failures = [f"its program: {done.output}"] if done.code else []
    with (tempfile.TemporaryDirectory() as name, release.prefix() as prefix,
          loadable(library, release.library["soname"]) as libraries,
          ThreadPoolExecutor(AT_ONCE) as pool):
        programs = build_tests(release, Path(name), prefix, pool)
        together = [p for p in programs if not p.name.startswith(ALONE)]
        run_it = partial(run_test, libraries)
        ended = [*pool.map(run_it, together),
                 *map(run_it, (p for p in programs if p not in together))]
        ordered = together + [p for p in programs if p not in together]
        failures += [f"{program.name}: {done.output}"
                     for program, done in zip(ordered, ended, strict=True) if done.code]
    print(f"{release.version}: its program and {len(programs)} programs of tests, "
          f"{len(failures)} of them fail")
    return failures


def build_tests(release: Release, folder: Path, prefix: Path,
                pool: ThreadPoolExecutor) -> list[Path]:
    """Build the contract tests of a release with what it had then."""
    unpack(release.folder / "tests.tar.xz", folder)
    disk = folder / "support" / "failing_disk.sh"
    options = [f"-I{folder / part}" for part in ("support", "property")]
    options.append(f'-DFAILING_DISK="{disk}"')
    support = folder / "libsupport.a"
    objects = list(pool.map(partial(compile_object, prefix, options),
                            sorted((folder / "support").glob("*.c"))))
    run("ar", "rcs", support, *objects)
    sources = sorted((folder / "contract").glob("*.c"))
    if not sources:
        raise CannotTell(f"{release.version} has no contract tests")
    return list(pool.map(partial(build_test, prefix, options, support), sources))


def compile_object(prefix: Path, options: list[str], source: Path) -> Path:
    output = source.with_suffix(".o")
    run("gcc", "-std=c11", "-D_GNU_SOURCE", f"-I{prefix}/include", *options, "-c", source, "-o",
        output)
    return output


def build_test(prefix: Path, options: list[str], support: Path, source: Path) -> Path:
    program = source.with_suffix("")
    compile_c(prefix, source, program, *options, support, "-lcmocka")
    return program


def run_test(libraries: Path, program: Path) -> Done:
    return attempt(program, folder=program.parent,
                   environment={"LD_LIBRARY_PATH": str(libraries)})


def main() -> int:
    parser = argparse.ArgumentParser(description="Programs of every release, and the library.")
    actions = parser.add_subparsers(dest="action", required=True)
    running = actions.add_parser("run", help="build and run the programs of each release")
    running.add_argument("--library", type=Path, required=True, help="the library of today")
    prefix = actions.add_parser("prefix", help="lay out what programs of a release are built with")
    prefix.add_argument("version")
    prefix.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    try:
        frozen = releases(ROOT / "abi")
        if arguments.action == "prefix":
            release = next(r for r in frozen if r.version == arguments.version)
            install_stub(release.folder, release.library["soname"], arguments.folder)
            return 0
        failures = [failure for release in frozen for works in (run_programs, run_packages)
                    for failure in works(release, arguments.library)]
    except (CannotTell, OSError, StopIteration) as error:
        print(f"upgrade: cannot tell: {error or type(error).__name__}")
        return 2
    print(*failures, sep="\n", end="")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
