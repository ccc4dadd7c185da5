# SPDX-License-Identifier: Apache-2.0
"""One description out of one for each target: what they agree on is said once, and where a target
differs from the first one, the item's "elsewhere" says how."""
from collections.abc import Iterator
from typing import Any, TypeGuard

from compiler import DescribeError, Json

ITEMS = ("handles", "typedefs", "structs", "enums", "objects", "functions")


def items(api: Json) -> Iterator[tuple[str, Json]]:
    """Everything that has a name and may differ, with the kind of thing it is."""
    for decoration in api["decorations"]:
        yield "decorations", decoration
    for header in api["headers"]:
        for group in header["constants"]:
            for constant in group["constants"]:
                yield "constants", constant
        for kind in ITEMS:
            for item in header[kind]:
                yield kind, item


def combine(described: dict[str, Json]) -> Json:
    """The first target's description, with what the others say of each item."""
    targets = list(described)
    base = described[targets[0]]
    for target in targets[1:]:
        names, others = ([(kind, item["name"]) for kind, item in items(api)]
                         for api in (base, described[target]))
        for kind, name in sorted(set(names) ^ set(others)):
            raise DescribeError(f"{kind}: {name} is not there for each of {targets[0]}, {target}")
    each = [items(api) for api in described.values()]
    for here, *elsewhere in zip(*each, strict=True):
        add_elsewhere(here[1], {target: item for target, (_, item) in
                                zip(targets[1:], elsewhere, strict=True)})
    return {**base, "targets": targets}


def add_elsewhere(item: Json, others: dict[str, Json]) -> None:
    found: list[Json] = []
    for target, other in others.items():
        differs = difference(item, other)
        same = next((f for f in found if f["differs"] == differs), None)
        if same:
            same["targets"].append(target)
        elif differs:
            found.append({"targets": [target], "differs": differs})
    if found:
        item["elsewhere"] = found


def difference(one: Json, other: Json) -> Json:
    """What has to be laid over one item to get the other. Members of lists go by their names; null
    takes something away."""
    result: Json = {}
    for key in [*one, *(key for key in other if key not in one)]:
        mine, theirs = one.get(key), other.get(key)
        if mine == theirs:
            continue
        if named(mine) and named(theirs) and [m["name"] for m in mine] == [
                t["name"] for t in theirs]:
            result[key] = {m["name"]: difference(m, t) for m, t in zip(mine, theirs, strict=True)
                           if m != t}
        else:
            result[key] = theirs
    return result


def named(value: Any) -> TypeGuard[list[Json]]:
    return isinstance(value, list) and all(isinstance(v, dict) and "name" in v for v in value)


def on(item: Json, target: str) -> Json:
    """An item as it is for one target."""
    plain = {key: value for key, value in item.items() if key != "elsewhere"}
    for other in item.get("elsewhere", []):
        if target in other["targets"]:
            return overlaid(plain, other["differs"])
    return plain


def overlaid(item: Json, differs: Json) -> Json:
    result = dict(item)
    for key, value in differs.items():
        if value is None:
            del result[key]
        elif named(item.get(key)) and isinstance(value, dict):
            result[key] = [overlaid(m, value.get(m["name"], {})) for m in item[key]]
        else:
            result[key] = value
    return result
