# SPDX-License-Identifier: Apache-2.0
"""Files and maps that tests begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import mmio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a file of 256 bytes, each its own number."""
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)))
    return path


@pytest.fixture
def rw(path: Path) -> Iterator[mmio.Map]:
    """Return that file as an RW map."""
    with mmio.open(path, "rw") as map:
        yield map


@pytest.fixture
def ro(path: Path) -> Iterator[mmio.Map]:
    """Return that file as an RO map."""
    with mmio.open(path) as map:
        yield map
