# SPDX-License-Identifier: Apache-2.0
"""The packages of a release for other languages. Each is built by its own build, with the headers
of its release and a library that has its names only; then its own tests run on the library of
today."""
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from programs import CannotTell, Done, attempt, run
from release import Release, install_stub, loadable, unpack

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = 2
# What tests of a language take on a machine that has much else to do.
SUITE_TIMEOUT_S = 1200

ARCHIVE = "bindings.tar.xz"
# Where they are in the project is where the packages look for each other's files.
SOURCES = (
    "api/conformance/*.json", "api/conformance/drive.py", "tests/support/failing_disk.sh",
    *(f"bindings/go/{files}" for files in (
        "go.mod", "binding.h", "*.go", "conformance.gaps", "internal/testee/*.go")),
    *(f"bindings/java/{files}" for files in (
        "pom.xml", "conformance.gaps", "src/**/*.java", "src/main/native/*")),
    *(f"bindings/lua/{files}" for files in (
        "Makefile", "conformance.gaps", "testee.lua", "spec/*.lua", "src/*.[ch]")),
    "bindings/swig/*.[hi]",
    *(f"bindings/swig/python/{files}" for files in (
        "CMakeLists.txt", "README.md", "conformance.gaps", "mmio_python.h", "pyproject.toml",
        "python.i", "testee.py", "src/mmio/*.py", "src/mmio/*.pyi", "src/mmio/py.typed",
        "tests/*.py")),
)


@dataclass(frozen=True)
class Suite:
    """The tests of a package that was built."""

    name: str
    folder: Path
    command: tuple[str | Path, ...]
    environment: dict[str, str]

    def run(self, libraries: Path) -> Done:
        return attempt(*self.command, folder=self.folder, timeout_s=SUITE_TIMEOUT_S,
                       environment={**self.environment, "LD_LIBRARY_PATH": str(libraries)})


@dataclass(frozen=True)
class Place:
    """Where packages are built: their sources as they were in the project, and what they find of
    the library."""

    root: Path
    prefix: Path

    def environment(self, **more: str | Path) -> dict[str, str]:
        return {"MMIO_ROOT": str(self.root),
                "PKG_CONFIG_PATH": str(self.prefix / "lib" / "pkgconfig"),
                **{name: str(value) for name, value in more.items()}}


def build_go(place: Place) -> list[Suite]:
    folder = place.root / "bindings" / "go"
    program = folder / "mmio.test"
    environment = place.environment(CGO_ENABLED="1", GOFLAGS="-tags=mmio_system")
    run("go", "test", "-c", "-o", program, folder=folder, environment=environment)
    return [Suite("go", folder, (program,), environment)]


# The oldest that the package's check runs on; which one makes no difference to the library.
JDK = "17"


def build_java(place: Place) -> list[Suite]:
    folder = place.root / "bindings" / "java"
    home = run(ROOT / "tools" / "jdk-home.sh", JDK).output.strip()
    environment = place.environment(JAVA_HOME=home)
    maven = ("mvn", "--batch-mode", "--quiet")
    run(*maven, "-DskipTests", "package", folder=folder, environment=environment)
    return [Suite("java", folder, (*maven, "-DfailIfNoTests", "surefire:test"), environment)]


LUAS = ("5.1", "5.4", "jit")


def build_lua(place: Place) -> list[Suite]:
    folder = place.root / "bindings" / "lua"
    busted = tool("busted")
    run("make", "BUILD=build", f"LUAS={' '.join(LUAS)}", folder=folder,
        environment=place.environment())
    return [Suite(f"lua {version}", folder, (f"lua{version}", busted, "spec"),
                  place.environment(LUA=f"lua{version}",
                                    LUA_CPATH=folder / "build" / version / "?.so;;"))
            for version in LUAS]


def build_python(place: Place) -> list[Suite]:
    """In an environment of its own, which has the tools of the one that this runs in."""
    folder = place.root / "bindings" / "swig" / "python"
    python = place.root / "venv" / "bin" / "python"
    run(sys.executable, "-m", "venv", "--without-pip", place.root / "venv")
    own, tools = (Path(run(program, "-c", "import site; print(site.getsitepackages()[0])")
                       .output.strip()) for program in (python, sys.executable))
    (own / "tools.pth").write_text(f"{tools}\n", encoding="utf-8")
    environment = place.environment()
    run(python, "-m", "pip", "install", "--disable-pip-version-check", "--no-index", "--no-deps",
        "--no-build-isolation", "--ignore-installed", folder, environment=environment)
    return [Suite("python", folder, (python, "-m", "pytest", "--import-mode=importlib", "-q"),
                  environment)]


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise CannotTell(f"{name} is not installed")
    return path


Builder = Callable[[Place], list[Suite]]
BUILDERS: tuple[Builder, ...] = (build_java, build_python, build_lua, build_go)


@contextmanager
def built(release: Release, builders: Iterable[Builder] = BUILDERS) -> Iterator[list[Suite]]:
    """The tests of each package of a release, ready to run on any library."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # Some tests go on as a user without privileges.
        place = Place(folder / "project", folder / "prefix")
        unpack(release.folder / ARCHIVE, place.root)
        # Tests compare packages with the headers they are made of.
        (place.root / "api" / "include").symlink_to(release.folder.resolve() / "include")
        install_stub(release.folder, release.library["soname"], place.prefix)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            suites = pool.map(lambda build: build(place), builders)
            yield [suite for some in suites for suite in some]


def run_packages(release: Release, library: Path) -> list[str]:
    """What does not work any more."""
    with (built(release) as suites, loadable(library, release.library["soname"]) as libraries,
          ThreadPoolExecutor(AT_ONCE) as pool):
        ended = pool.map(lambda suite: suite.run(libraries), suites)
        failures = [f"{suite.name}: {done.output}"
                    for suite, done in zip(suites, ended, strict=True) if done.code]
    print(f"{release.version}: the tests of {', '.join(suite.name for suite in suites)}, "
          f"{len(failures)} of them fail")
    return failures
