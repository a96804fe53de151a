"""The sample third-party package, installed the way its users install it, into a folder of its own."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "packages" / "reign-sample"


def install(target: Path) -> None:
    """Build and install it into `target`, entry points and all. Skips the test where nothing can install."""
    source = target.parent / f"{target.name}-source"
    shutil.copytree(PACKAGE, source)
    options = ["--no-deps", "--quiet", "--target", str(target), str(source)]
    if importlib.util.find_spec("pip") and importlib.util.find_spec("hatchling"):
        command = [sys.executable, "-m", "pip", "install", "--no-build-isolation", "--no-index", *options]
    elif shutil.which("uv"):
        command = ["uv", "pip", "install", "--python", sys.executable, *options]
    else:
        pytest.skip("neither pip with hatchling nor uv is here to install the sample package")
    subprocess.run(command, check=True, capture_output=True)
