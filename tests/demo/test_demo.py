# SPDX-License-Identifier: Apache-2.0
"""The demo must fail, and say whose fault it is, when a language errs."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent


def run_demo(fault="none", **options):
    fake = f"{sys.executable} {HERE / 'fake_worker.py'}"
    workers = [f"Good={fake}", f"Bad={fake} '{fault}'"]
    return run([sys.executable, HERE / "demo.py", __file__, *workers], **options)


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


class DemoTest(unittest.TestCase):
    def test_succeeds_when_all_agree(self):
        demo = run_demo()
        self.assertEqual(demo.stderr, "")
        self.assertEqual(demo.returncode, 0)
        self.assertEqual(demo.stdout.count("  ok\n"), 3)
        self.assertNotIn("WRONG", demo.stdout)

    def test_fails_when_one_disagrees(self):
        disagreements = {
            "wrong hash": "Bad: SHA-256 by map: ",
            "wrong newlines": "Bad: newlines by read: ",
            "loses an add": "all: total of the adds: 399999 instead of 400000",
            "moves": "Bad: address after growth: 2 instead of 1",
            "shows a copy": "Bad: SHA-256 of the view after growth: ",
        }
        for fault, problem in disagreements.items():
            with self.subTest(fault):
                demo = run_demo(fault)
                self.assertIn(problem, demo.stderr)
                self.assertEqual(demo.returncode, 1)
                self.assertEqual(demo.stdout.count("  WRONG\n"), 1)

    def test_fails_when_one_dies(self):
        deaths = {
            "dies": "Bad: died, exit code 1\nfake: out of luck\n",
            "aborts": "Bad: died, signal SIGABRT\n",
            "babbles": "Bad: answers 'hello\\n', without sha256\n",
            "ends badly": "Bad: did not end well, exit code 3\n",
        }
        for fault, problem in deaths.items():
            with self.subTest(fault):
                demo = run_demo(fault)
                self.assertIn(problem, demo.stderr)
                self.assertEqual(demo.returncode, 1)

    def test_leaves_no_files_behind(self):
        with tempfile.TemporaryDirectory() as folder:
            for fault in ("none", "dies"):
                run_demo(fault, env={**os.environ, "TMPDIR": folder})
                self.assertEqual(os.listdir(folder), [])


class FileTest(unittest.TestCase):
    def test_refuses_a_file_that_it_cannot_scan(self):
        with tempfile.TemporaryDirectory() as folder:
            empty = Path(folder, "no bytes")
            empty.touch()
            fifo = Path(folder, "fifo")
            os.mkfifo(fifo)
            refusals = {
                Path(folder, "missing"): "no such file",
                empty: "empty",
                folder: "not a regular file",
                fifo: "not a regular file",
            }
            for file, problem in refusals.items():
                with self.subTest(problem):
                    self.check_refused([HERE / "run.sh", file], f"demo: {file}: {problem}\n")

    def test_refuses_a_file_that_it_may_not_read(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"secret")
            file.flush()
            os.chmod(file.name, 0)
            lost = "-dac_override,-dac_read_search"
            setpriv = ["setpriv", f"--bounding-set={lost}", f"--inh-caps={lost}"]
            unprivileged = setpriv if os.geteuid() == 0 else []
            command = [*unprivileged, HERE / "run.sh", file.name]
            self.check_refused(command, f"demo: {file.name}: not readable\n")

    def check_refused(self, command, message):
        demo = run(command)
        self.assertEqual(demo.stderr, message)
        self.assertEqual(demo.returncode, 1)


if __name__ == "__main__":
    unittest.main()
