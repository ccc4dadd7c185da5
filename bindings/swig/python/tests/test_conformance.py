# SPDX-License-Identifier: Apache-2.0
"""The cases that every language passes."""

import os
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def test_the_package_conforms() -> None:
    driver = Path(os.environ["MMIO_ROOT"], "api", "conformance", "drive.py")
    testee = (sys.executable, str(PACKAGE / "testee.py"))
    gaps = str(PACKAGE / "conformance.gaps")
    subprocess.run([sys.executable, str(driver), "--gaps", gaps, "--", *testee], check=True)
