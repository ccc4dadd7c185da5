# SPDX-License-Identifier: Apache-2.0
"""Opening, creating, descriptors, and looking at a map."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mmio


def test_an_existing_file_opens_read_only_by_default(path: Path) -> None:
    with mmio.open(path) as map:
        assert (map.mode, map.size, len(map)) == (mmio.Mode.RO, 256, 256)
        assert map.read(0, 4) == b"\x00\x01\x02\x03"


def test_a_created_file_opens_read_write_by_default(tmp_path: Path) -> None:
    with mmio.open(tmp_path / "new", disposition="create", size=100) as map:
        assert map.mode is mmio.Mode.RW
        assert map.read(0, 100) == bytes(100)
    assert (tmp_path / "new").stat().st_size == 100


@pytest.mark.parametrize("mode", [mmio.Mode.COW, 3, "cow"])
def test_an_option_is_a_member_a_number_or_a_name(path: Path, mode: mmio.Mode | int | str) -> None:
    with mmio.open(path, mode) as map:
        assert map.mode is mmio.Mode.COW


def test_permissions_of_a_created_file_are_less_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        mmio.open(tmp_path / "new", disposition="create", size=1, permissions=0o666).close()
    finally:
        os.umask(old)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["with space", "ünï — ✓", b"\xff\xfe", b"new\nline"])
def test_any_name_but_one_with_nul_is_a_path(tmp_path: Path, name: str | bytes) -> None:
    path = os.path.join(os.fsencode(tmp_path), os.fsencode(name))
    with mmio.open(path, disposition="create_new", size=1) as map:
        assert os.fsencode(map.path) == path
    assert os.path.exists(path)


def test_a_path_is_bytes_str_or_pathlike(path: Path) -> None:
    for form in (path, str(path), os.fsencode(path)):
        with mmio.open(form) as map:
            assert map.path == str(path)


def test_a_path_with_nul_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="null byte"):
        mmio.open(f"{tmp_path}/a\0b")


def test_a_missing_file_is_a_file_not_found_error(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(FileNotFoundError) as raised:
        mmio.open(missing)
    error = raised.value
    assert isinstance(error, mmio.NotFoundError)
    assert (error.status, error.status_name) == (mmio.Status.NOT_FOUND, "MMIO_ERR_NOT_FOUND")
    assert (error.errno, error.filename) == (errno.ENOENT, missing)
    assert str(missing) in str(error)


def test_a_missing_parent_is_a_file_not_found_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        mmio.open(tmp_path / "missing" / "file", disposition="create", size=1)


def test_create_new_leaves_an_existing_file_alone(path: Path) -> None:
    with pytest.raises(FileExistsError):
        mmio.open(path, disposition="create_new", size=1)
    assert path.stat().st_size == 256


def test_open_or_create_keeps_a_file_that_has_bytes(path: Path) -> None:
    with mmio.open(path, disposition="open_or_create", size=1) as map:
        assert map.size == 256


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(mmio.Error) as raised:
        mmio.open(tmp_path)
    assert raised.value.status == mmio.Status.NOT_FILE


def test_a_fifo_is_refused_without_waiting_for_its_other_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(mmio.Error) as raised:
        mmio.open(tmp_path / "fifo")
    assert raised.value.status == mmio.Status.NOT_FILE


def test_an_unreadable_file_is_a_permission_error(path: Path) -> None:
    path.chmod(0)
    capabilities = "-dac_override,-dac_read_search"
    unprivileged = ("setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}")
    program = (
        "import sys, mmio\n"
        "try: mmio.open(sys.argv[1])\n"
        "except PermissionError as error: print(error.status_name)\n"
    )
    command = [*unprivileged, sys.executable, "-c", program, str(path)]
    run = subprocess.run(command, capture_output=True, check=True, text=True)
    assert run.stdout == "MMIO_ERR_ACCESS\n"


def test_an_empty_file_maps_read_only(path: Path) -> None:
    path.write_bytes(b"")
    with mmio.open(path) as map:
        assert (map.size, bool(map), map.read(0, 0), map.address()) == (0, True, b"", 0)
        assert list(map.chunks(10)) == []
        with map.view() as view, memoryview(view) as data:
            assert (len(view), bytes(data)) == (0, b"")
        with pytest.raises(mmio.RangeError):
            map.read(0, 1)


@pytest.mark.parametrize("mode", ["rw", "cow", "cow_rw"])
def test_an_empty_file_maps_in_no_other_mode(path: Path, mode: str) -> None:
    path.write_bytes(b"")
    with pytest.raises(mmio.InvalidError):
        mmio.open(path, mode)


def test_creating_needs_a_size(tmp_path: Path) -> None:
    with pytest.raises(mmio.InvalidError):
        mmio.open(tmp_path / "new", disposition="create")
    assert not (tmp_path / "new").exists()


def test_creating_beyond_the_largest_size_touches_nothing(tmp_path: Path) -> None:
    with pytest.raises(OverflowError) as raised:
        mmio.open(tmp_path / "new", disposition="create", size=mmio.max_size() + 1)
    assert isinstance(raised.value, mmio.TooLargeError)
    assert (raised.value.size, raised.value.limit) == (mmio.max_size() + 1, mmio.max_size())
    assert not (tmp_path / "new").exists()


def test_unknown_flags_and_options_are_refused(path: Path) -> None:
    with pytest.raises(mmio.InvalidError):
        mmio.open(path, flags=1 << 31)
    with pytest.raises(mmio.InvalidError):
        mmio.open(path, 99)
    with pytest.raises(ValueError, match="Mode is one of default, ro, rw, cow, cow_rw, not 'r'"):
        mmio.open(path, "r")


def test_nofollow_refuses_a_link(path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    with pytest.raises(mmio.AccessError):
        mmio.open(link, flags=mmio.OpenFlag.NOFOLLOW)


def test_an_anonymous_map_is_zeroed_memory_without_a_path() -> None:
    with mmio.Map.anonymous(100) as map:
        assert (map.mode, map.path, map.read(0, 100)) == (mmio.Mode.RW, "", bytes(100))
        assert map.info().kind is mmio.Kind.ANONYMOUS


def test_from_fd_owns_the_descriptor(path: Path) -> None:
    fd = os.open(path, os.O_RDWR)
    with mmio.Map.from_fd(fd, "rw", label="mine") as map:
        assert (map.fileno(), map.path) == (fd, "mine")
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_a_refused_descriptor_stays_the_callers(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    with pytest.raises(mmio.ModeError):
        mmio.Map.from_fd(fd, "rw")
    os.close(fd)


@pytest.mark.parametrize("fd", [-1, 1 << 30])
def test_what_is_no_descriptor_is_refused(fd: int) -> None:
    with pytest.raises(mmio.Error) as raised:
        mmio.Map.from_fd(fd)
    assert raised.value.errno == errno.EBADF


def test_detach_gives_the_file_back(rw: mmio.Map) -> None:
    rw.write(0, b"kept")
    fd = rw.detach()
    assert os.pread(fd, 4, 0) == b"kept"
    os.close(fd)
    assert rw.closed
    with pytest.raises(mmio.ClosedError):
        rw.read(0, 1)


def test_detach_is_refused_while_a_view_lives(rw: mmio.Map) -> None:
    with rw.view(), pytest.raises(mmio.BusyError):
        rw.detach()
    assert rw.read(0, 1) == b"\x00"


def test_an_anonymous_map_has_no_file_to_give_back() -> None:
    with mmio.Map.anonymous(1) as map, pytest.raises(mmio.ModeError):
        map.detach()


def test_info_tells_all(rw: mmio.Map) -> None:
    rw.write(0, b"123")
    with rw.view():
        info = rw.info()
    assert (info.kind, info.mode, info.size) == (mmio.Kind.FILE, mmio.Mode.RW, 256)
    assert (info.pending, info.views, info.holders) == (3, 1, 1)
    assert info.reserve >= info.size
    assert info.fd == rw.fileno()


def test_repr_names_path_mode_and_size(rw: mmio.Map) -> None:
    assert repr(rw) == f"<mmio.Map {rw.path!r} rw 256 bytes>"
    rw.close()
    assert repr(rw) == f"<mmio.Map {rw.path!r} rw closed>"


def test_the_system_can_be_asked() -> None:
    assert mmio.page_size() == os.sysconf("SC_PAGE_SIZE")
    assert mmio.map_granularity() % mmio.page_size() == 0
    assert mmio.max_size() == 128 << 40
    library, package = (
        tuple(map(int, text.split("."))) for text in (mmio.library_version(), mmio.__version__)
    )
    assert library >= package
    assert mmio.has(mmio.Feature.GROW_IN_PLACE)
    assert not mmio.has(1000)
    assert mmio.status_name(mmio.Status.RANGE) == "MMIO_ERR_RANGE"
    assert mmio.status_name(-1000) is None
    assert mmio.status_text(mmio.Status.RANGE)
