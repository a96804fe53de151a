"""What an installation gets: every file of the package, the licence and the command, and nothing of the tests."""

import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from what git has."""
    builders = pytest.importorskip(
        "hatchling.builders.wheel", reason="hatchling is not installed: run `make .venv/ready`"
    )
    folder = tmp_path_factory.mktemp("wheel")
    [built] = list(builders.WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"]))
    return zipfile.ZipFile(built)


def test_the_whole_package_is_in_it(wheel: zipfile.ZipFile) -> None:
    listed = subprocess.run(["git", "ls-files", "reign"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tracked = set(listed.splitlines())
    assert tracked
    assert tracked - set(wheel.namelist()) == set()


def test_nothing_else_is_in_it(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    [info] = tops - {"reign"}
    assert info.endswith(".dist-info")


def test_the_command_and_the_licence_are_in_it(wheel: zipfile.ZipFile) -> None:
    [entries] = [name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt")]
    assert "reign = reign.__main__:main" in wheel.read(entries).decode()
    [licence] = [name for name in wheel.namelist() if name.endswith("licenses/LICENSE")]
    assert wheel.read(licence) == (ROOT / "LICENSE").read_bytes()
