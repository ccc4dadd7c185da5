#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the models through all their interleavings, and each with every fault that it knows.

A model must have no error, and each fault must give one.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent

# What each model's first comment names.
FAULTS = {
    "pins": ("NO_FENCE", "NO_SECOND_LOOK", "NO_NOTE"),
    "commit": ("JOIN_RUNNING", "NO_WAKE"),
}

MEMORY_MIB = 6000
DEPTH = 1_000_000


def run(directory: str, *command: str | pathlib.Path) -> str:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"models: {' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


def explore(model: str, *definitions: str) -> tuple[int | None, str | None]:
    """(states, error): how many there were, and what is wrong, or None."""
    with tempfile.TemporaryDirectory() as directory:
        run(directory, "spin", *(f"-D{each}" for each in definitions), "-a",
            HERE / f"{model}.pml")
        run(directory, "gcc", "-O2", "-DSAFETY", "-DCOLLAPSE", f"-DMEMLIM={MEMORY_MIB}",
            "-o", "explore", "pan.c")
        said = run(directory, "./explore", f"-m{DEPTH}")
    return judge(said)


def judge(said: str) -> tuple[int | None, str | None]:
    """The same, of what an exploration printed. One that did not get through is an error."""
    found = re.search(r"pan:1: (.*) \(at depth", said)
    errors = re.search(r"errors: (\d+)", said)
    states = re.search(r"(\d+) states, stored", said)
    if found:
        return None, found[1]
    if not errors or not states or errors[1] != "0" or "not completed" in said or \
            "max search depth too small" in said or "unreached" not in said:
        return None, "the exploration did not get through"
    return int(states[1]), None


def check(model: str, rounds: int) -> None:
    states, error = explore(model, f"ROUNDS={rounds}")
    if error:
        sys.exit(f"models: {model}: {error}")
    print(f"models: {model}: {states} states, no error", flush=True)
    for fault in FAULTS[model]:
        _, error = explore(model, f"ROUNDS={rounds}", fault)
        if not error:
            sys.exit(f"models: {model} with {fault}: nothing was found")
        print(f"models: {model} with {fault}: found: {error}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1, help="what each thread does, so often")
    arguments = parser.parse_args()
    for model in FAULTS:
        check(model, arguments.rounds)


if __name__ == "__main__":
    main()
