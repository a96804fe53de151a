"""Programs that a test needs and a machine may not have: without one the test is skipped, and says why.

Where REIGN_TEST_REQUIRE names the program (words, with commas or spaces between them), the test fails instead. What is
fetched or built for the tests stays in a folder outside of the checkout.
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reign-tests"


def program(name: str) -> str:
    """Where the program is."""
    return shutil.which(name) or missing(name, f"{name} is not installed")


def missing(name: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where `name` is required."""
    if name in re.split(r"[\s,]+", os.environ.get("REIGN_TEST_REQUIRE", "")):
        pytest.fail(reason)
    pytest.skip(reason)


def node_modules(*packages: str, needed_for: str = "npm") -> Path:
    """A folder with these packages of npm (`mermaid@11.17.2`), fetched once; `needed_for` is the word that requires them."""
    npm = shutil.which("npm") or missing(needed_for, "npm is not installed")
    folder = CACHE / f"npm-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:12]}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as beside:
        words = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", beside, *packages]
        ran = subprocess.run(words, capture_output=True, text=True, timeout=110, check=False)
        if ran.returncode:
            missing(needed_for, f"npm could not fetch {' '.join(packages)}: {ran.stderr.strip()[-300:]}")
        with contextlib.suppress(OSError):  # another test was faster
            Path(beside).rename(folder)
    return folder
