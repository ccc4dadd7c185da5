# SPDX-License-Identifier: Apache-2.0
"""Nothing of the C headers is missing."""

import json
import os
import re
from pathlib import Path

from mmio import _mmio

ROOT = Path(os.environ["MMIO_ROOT"])
INCLUDED = set(re.findall(r"%include <mmio/(\w+)\.h>", (ROOT / "bindings/swig/mmio.i").read_text()))
API = json.loads((ROOT / "api/mmio.api.json").read_text("utf-8"))
HEADERS = [header for header in API["headers"] if Path(header["header"]).stem in INCLUDED]
CONSTANTS = {
    constant["name"].removeprefix("MMIO_"): constant["value"]
    for header in HEADERS
    for group in header["constants"]
    for constant in group["constants"]
}
FUNCTIONS = {function["name"] for header in HEADERS for function in header["functions"]}

OTHERWISE = {
    "mmio_set_allocator": "for programs that load the library themselves, before Python does",
    "mmio_map_retain": "Python counts references to the object itself",
    "mmio_map_close": "what the end of the object calls",
    "mmio_map_get_info": "Map.inspect",
    "mmio_map_data": "Map.address",
    "mmio_map_data_mut": "Map.address_mut",
    "mmio_view_acquire": "Map.view",
    "mmio_view_release": "View.release",
    "mmio_walk_begin": "Map.walk",
    "mmio_walk_next": "Walk.__next__",
    "mmio_walk_end": "Walk.release",
    "mmio_atomic_acquire": "Map.cells",
}

HEADERS_NOT_BOUND_YET = {
    *("cursor", "file", "ground", "inventory", "pressure"),
    *("queue", "range_lock", "segment", "source", "watch"),
}

NOT_BOUND_YET = {
    *("mmio_map_read_batch", "mmio_map_write_batch", "mmio_map_fill", "mmio_map_zero"),
    *("mmio_map_copy", "mmio_map_find", "mmio_map_advise", "mmio_map_prefetch"),
    *("mmio_map_touch", "mmio_map_residency", "mmio_map_resident_pages", "mmio_map_evict"),
    *("mmio_map_lock_memory", "mmio_map_unlock_memory"),
    *("mmio_map_refresh", "mmio_map_protect", "mmio_map_shared"),
    *("mmio_shared_remove", "mmio_map_seal", "mmio_map_duplicate_handle"),
    *("mmio_atomic_u32_wait", "mmio_atomic_u32_wake"),
    *("mmio_map_lock_memory", "mmio_map_unlock_memory", "mmio_map_huge_pages"),
}


def test_every_header_has_arrived() -> None:
    headers = {header.stem for header in (ROOT / "api/include/mmio").glob("*.h")}
    assert headers - INCLUDED - {"export"} == HEADERS_NOT_BOUND_YET


def test_every_constant_has_arrived() -> None:
    assert len(CONSTANTS) > 40
    assert {name: getattr(_mmio, name, None) for name in CONSTANTS} == CONSTANTS


def test_every_function_has_arrived() -> None:
    methods = {f"mmio_map_{name}" for name in dir(_mmio.Map)}
    methods |= {f"mmio_{name}" for name in dir(_mmio.Map) if name.startswith("atomic_")}
    functions = {f"mmio_{name}" for name in dir(_mmio)}
    assert len(FUNCTIONS) > 50
    assert FUNCTIONS - methods - functions == set(OTHERWISE) | NOT_BOUND_YET
