#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks from outside that the calls which can be made to fail are all that the library makes.

    check_trace.py PROGRAM

Runs the single failures under strace. Between the marks everything the process asks of the system
is the library's: each system call must be one that stands behind a call of calls.txt, or be named
here with the reason why it is never made to fail.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent

# The system calls behind a call, where its own name is not the only one.
BEHIND = {
    "aligned_alloc": ["brk", "mmap"],
    "fcntl64": ["fcntl"],
    "__isoc99_fscanf": ["read"],
    "epoll_wait": ["epoll_wait", "epoll_pwait"],
    "eventfd": ["eventfd2"],
    "fallocate64": ["fallocate"],
    "fgets": ["read"],
    "fopen": ["openat", "newfstatat"],
    "fopen64": ["openat", "newfstatat"],
    "fstat64": ["fstat", "newfstatat"],
    "fstatfs64": ["fstatfs"],
    "fstatvfs64": ["fstatfs"],
    "ftruncate64": ["ftruncate"],
    "lseek64": ["lseek"],
    "lstat64": ["lstat", "newfstatat"],
    "malloc": ["brk", "mmap", "munmap"],
    "mmap64": ["mmap"],
    "open64": ["open", "openat"],
    "opendir": ["openat", "newfstatat"],
    "posix_fadvise64": ["fadvise64"],
    "pread64": ["pread64"],
    "pthread_create": ["clone3", "clone", "mmap", "mprotect"],
    "pwrite64": ["pwrite64"],
    "readdir": ["getdents64"],
    "stat64": ["stat", "newfstatat"],
    "syscall": ["futex", "membarrier", "openat2", "cachestat", "syscall_0x1c3", "mmap"],
}

NEVER_FAILS = {
    "clock_nanosleep": "of the scenarios that wait",
    "dup2": "of the calls that break a stream",
    "exit": "of a thread",
    "getpid": "of the scenarios that make a name of it",
    "poll": "of the scenarios that wait",
    "prctl": "a thread's name",
    "prlimit64": "getrlimit(), of limits that there are",
    "rseq": "of a thread that begins",
    "rt_sigaction": "of the guard, with a signal that there is; of the first thread",
    "rt_sigreturn": "of a handler",
    "rt_sigprocmask": "of masks that there are",
    "set_robust_list": "of a thread that begins",
    "truncate": "of the scenarios that change a file",
}

LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(\(| resumed)")
MARK = re.compile(r'write\(-1, "(begin|end)"')


def known() -> set[str]:
    lines = (HERE / "calls.txt").read_text().splitlines()
    names = [line.split()[0] for line in lines if line and not line.startswith("#")]
    return {call for name in names for call in BEHIND.get(name, [name])}


def trace(program: str, path: Path) -> None:
    command = ["strace", "--follow-forks", "--quiet=all", "--signal=none", "--output", str(path)]
    environment = dict(os.environ, MMIO_FAULT_MARKS="1")
    subprocess.run([*command, program], check=True, env=environment, stdout=subprocess.DEVNULL)


def calls_between_marks(path: Path) -> Counter[str]:
    calls: Counter[str] = Counter()
    is_inside = False
    with path.open(errors="replace") as lines:
        for line in lines:
            if mark := MARK.search(line):
                is_inside = mark[1] == "begin"
            elif is_inside and (match := LINE.match(line)) and match[3] == "(":
                calls[match[2]] += 1
    return calls


def main() -> int:
    if shutil.which("strace") is None:
        print("strace is missing")
        return 1
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "trace"
        trace(sys.argv[1], path)
        calls = calls_between_marks(path)
    unknown = sorted(calls.keys() - known() - NEVER_FAILS.keys())
    for name in unknown:
        print(f"{name}: asked for {calls[name]} times, and no call of calls.txt stands for it")
    print(f"fault points: {sum(calls.values())} system calls of {len(calls)} kinds traced,"
          f" {len(unknown)} unknown")
    return 1 if unknown or not calls else 0


if __name__ == "__main__":
    sys.exit(main())
