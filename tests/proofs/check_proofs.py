#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Has the arithmetic of base/range.h proved, and looks whether its faults are noticed.

All goals must be proved, and each fault must leave a goal of its function open.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence

HERE = pathlib.Path(__file__).parent
PROMISES = HERE / "range.c"
BASE = HERE.parents[1] / "libmmio" / "src" / "base"
HEADER = BASE / "range.h"

# Function, what it says, and what it must not say instead.
FAULTS = (
    ("range_fits", "size <= limit && offset <= limit - size", "offset + size <= limit"),
    ("range_fits", "offset <= limit - size", "offset < limit - size"),
    ("round_down", "~(unit - 1)", "~unit"),
    ("round_up", " || down > UINT64_MAX - unit", ""),
    ("round_up", "down > UINT64_MAX - unit", "down >= UINT64_MAX - unit"),
    ("multiply_saturated", "b != 0 && ", ""),
    ("multiply_saturated", "a > UINT64_MAX / b", "a >= UINT64_MAX / b"),
)

# For a goal; a machine with nothing else to do needs less than one. What is wrong takes them all.
SECONDS = 30
FAULT_SECONDS = 3


def run(command: Sequence[str | pathlib.Path], given: str | None = None,
        **environment: str) -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True,
                          env=os.environ | environment)
    if done.returncode != 0:
        sys.exit(f"proofs: {' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


def bits() -> str:
    """The two axioms of range.c, for each power of two, as z3 takes them."""
    lines = ["(declare-const value (_ BitVec 64))"]
    for power in range(64):
        unit = f"(_ bv{1 << power} 64)"
        less = f"(bvsub {unit} (_ bv1 64))"
        one_bit = f"(= (bvand {unit} {less}) (_ bv0 64))"
        masked = f"(= (bvand value (bvnot {less})) (bvsub value (bvurem value {unit})))"
        lines += ["(push)", f"(assert (not (and {one_bit} {masked})))", "(check-sat)", "(pop)"]
    return "\n".join(lines)


def prove(header: str, seconds: int, *options: str) -> tuple[int, list[str]]:
    """(count, open): how many goals there are, and those that are not proved."""
    with tempfile.TemporaryDirectory() as directory:
        here = pathlib.Path(directory)
        (here / "range.h").write_text(header)
        provers = {"WHY3CONFIG": str(here / "why3.conf")}
        run(["why3", "config", "detect"], **provers)
        # With the asserts: they hold too.
        includes = f"-DMMIO_ASSERTS -I{here} -I{BASE}"
        return judge(run(["frama-c", f"-cpp-extra-args={includes}", "-wp", "-wp-rte",
                          "-warn-unsigned-overflow", "-wp-prover", "z3,cvc4", "-wp-cache", "none",
                          "-wp-timeout", str(seconds), *options, PROMISES], **provers))


def judge(said: str) -> tuple[int, list[str]]:
    """The same, of what Frama-C printed."""
    counts = re.search(r"Proved goals:\s+(\d+) / (\d+)", said)
    if not counts or counts[2] == "0":
        sys.exit(f"proofs: there was nothing to prove: {said}")
    left = re.findall(r"Goal (\w+)$", said, re.MULTILINE)
    if len(left) != int(counts[2]) - int(counts[1]):
        sys.exit(f"proofs: {counts[0]}, but open are {left}")
    return int(counts[2]), left


def main() -> None:
    answers = run(["z3", "-in"], given=bits()).split()
    if answers != ["unsat"] * 64:
        sys.exit(f"proofs: rounding by bits: {answers}")
    print("proofs: rounding by bits: proved for all 64 powers of two", flush=True)
    header = HEADER.read_text()
    count, left = prove(header, SECONDS)
    if left:
        sys.exit(f"proofs: not proved: {' '.join(left)}")
    print(f"proofs: {HEADER.name}: all {count} goals proved", flush=True)
    for function, right, wrong in FAULTS:
        _, left = prove(header.replace(right, wrong), FAULT_SECONDS,
                        "-wp-fct", f"mmio__{function}")
        if not left:
            sys.exit(f"proofs: {function} with \"{wrong}\" for \"{right}\": nothing was noticed")
        print(f"proofs: {function} with \"{wrong}\" for \"{right}\": not proved", flush=True)


if __name__ == "__main__":
    main()
