# SPDX-License-Identifier: Apache-2.0
"""A release as it was frozen: what was promised, and what its programs were built with. Nothing in
its folder changes once it is there."""
import hashlib
import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from compiler import Json
from programs import CannotTell, Done, attempt, run

SUMS = "SHA256SUMS"


class Release:
    def __init__(self, folder: Path):
        self.folder = folder
        self.version = folder.name
        match = re.fullmatch(r"(\d+)\.(\d+)", self.version)
        if not match:
            raise CannotTell(f"{folder} is not named after a version")
        self.number = int(match[1]), int(match[2])
        # Before 1.0 a break is possible, with a reason.
        self.is_binding = self.number >= (1, 0)

    @property
    def api(self) -> Json:
        return read_json(self.folder / "mmio.api.json")

    @property
    def library(self) -> Json:
        return read_json(self.folder / "libmmio.elf.json")

    def edited(self) -> list[str]:
        """What is not as it was frozen."""
        path = self.folder / SUMS
        frozen = {name: digest for digest, name in map(str.split, read(path).splitlines())}
        now = sums(self.folder)
        return sorted(name for name in frozen.keys() | now.keys()
                      if frozen.get(name) != now.get(name))

    @contextmanager
    def prefix(self) -> Iterator[Path]:
        """What programs of this release are built with: its headers, and a library with its names
        and nothing behind them."""
        with tempfile.TemporaryDirectory() as folder:
            prefix = Path(folder)
            install_stub(self.folder, self.library["soname"], prefix)
            yield prefix

    def run_consumer(self, library: Path) -> Done:
        """Run the program of this release on a library."""
        with self.prefix() as prefix:
            consumer = prefix / "consumer"
            compile_c(prefix, self.folder / "consumer.c", consumer)
            with loadable(library, self.library["soname"]) as folder:
                return attempt(consumer, folder=prefix,
                               environment={"LD_LIBRARY_PATH": str(folder)})


def releases(abi: Path) -> list[Release]:
    """All releases, the oldest first."""
    folder = abi / "releases"
    found = [Release(path) for path in folder.iterdir()] if folder.is_dir() else []
    if not found:
        raise CannotTell(f"there is no release in {folder}")
    return sorted(found, key=lambda release: release.number)


def read(path: Path) -> str:
    if not path.is_file():
        raise CannotTell(f"there is no {path}")
    return path.read_text(encoding="utf-8")


def read_json(path: Path) -> Json:
    result: Json = json.loads(read(path))
    return result


def as_json(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def sums(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and path.name != SUMS}


def seal(folder: Path) -> None:
    lines = [f"{digest}  {name}\n" for name, digest in sums(folder).items()]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


# --- building with a release ---------------------------------------------------------------------


def stub(library: Json) -> tuple[str, str]:
    """Source and version script of a library with the names of another."""
    by_node: dict[str, list[str]] = {node: [] for node in library["nodes"]}
    for symbol in library["symbols"]:
        name, default, node = symbol.partition("@@")
        if default:
            by_node[node].append(name)
    names = sorted(name for names in by_node.values() for name in names)
    source = "".join(f"void {name}(void);\nvoid {name}(void)\n{{\n}}\n" for name in names)
    script = ""
    for node, parent in library["nodes"].items():
        listed = "".join(f"        {name};\n" for name in by_node[node])
        rest = "" if parent else "    local:\n        *;\n"
        script += f"{node} {{\n    global:\n{listed}{rest}}}{' ' * bool(parent)}{parent};\n"
    return source, script


def install_stub(frozen: Path, soname: str, prefix: Path) -> None:
    """Lay out a folder as a program's build expects it: include, lib, lib/pkgconfig."""
    shutil.copytree(frozen / "include", prefix / "include")
    lib = prefix / "lib"
    (lib / "pkgconfig").mkdir(parents=True)
    run("gcc", "-shared", "-fPIC", f"-Wl,-soname,{soname}",
        f"-Wl,--version-script={frozen / 'stub.map'}", frozen / "stub.c", "-o", lib / soname)
    (lib / "libmmio.so").symlink_to(soname)
    (lib / "pkgconfig" / "mmio.pc").write_text(
        f"includedir={prefix}/include\n"  # SWIG asks for it
        f"Name: mmio\nDescription: stub\nVersion: {frozen.name}\n"
        f"Cflags: -I${{includedir}}\nLibs: -L{lib} -lmmio\n", encoding="utf-8")


def compile_c(prefix: Path, source: Path, program: Path, *more: str | Path) -> None:
    """Build a program with what is in a prefix, without saying where its library will be."""
    run("gcc", "-std=c11", "-D_GNU_SOURCE", f"-I{prefix}/include", source, *more, "-o", program,
        f"-L{prefix}/lib", "-lmmio", "-pthread")


@contextmanager
def loadable(library: Path, soname: str) -> Iterator[Path]:
    """A folder in which the loader finds a library under a name, and under the one that programs
    ask for while they run, as LuaJIT does."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # Some programs go on as a user without privileges.
        for link in (soname, "libmmio.so"):
            (folder / link).symlink_to(library.resolve())
        yield folder


# --- freezing ------------------------------------------------------------------------------------


# The contract tests, for libraries of later days.
TESTS = ("contract/*.[ch]", "support/*.[ch]", "support/failing_disk.sh", "property/*.h")


def pack(root: Path, patterns: Iterable[str], archive: Path) -> None:
    """Files below a folder; the same files give the same bytes."""
    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = entry.mtime = 0
        entry.uname = entry.gname = ""
        entry.mode = 0o755 if entry.mode & 0o100 else 0o644
        return entry

    with tarfile.open(archive, "w:xz") as tar:
        for files in patterns:
            found = sorted(set(root.glob(files)))
            if not found:
                raise CannotTell(f"there is no {files} in {root}")
            for path in found:
                tar.add(path, path.relative_to(root).as_posix(), filter=plain)


def unpack(archive: Path, folder: Path) -> None:
    """What pack() has packed."""
    with tarfile.open(archive) as tar:
        # The Python of Debian 12 has no filters for what is unpacked, and takes no such argument.
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        tar.extractall(folder)
