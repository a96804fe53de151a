"""The lock file and what is exported from it: every address public, every package by hash, both telling the same."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = {"pypi.org", "files.pythonhosted.org"}
LOCK = tomllib.loads((ROOT / "uv.lock").read_text())
GROUPS = {"run.txt": {"build"}, "dev.txt": {"build", "dev", "docs"}, "go.txt": {"go"}}
PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; [^\\]+)? \\\n(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


def texts(node: Any) -> Iterator[str]:
    """Every text at or under a node of the lock file."""
    if isinstance(node, dict):
        for item in node.values():
            yield from texts(item)
    elif isinstance(node, list):
        for item in node:
            yield from texts(item)
    elif isinstance(node, str):
        yield node


def test_the_lock_names_public_addresses_only() -> None:
    addresses = [text for text in texts(LOCK) if "://" in text]
    assert addresses
    assert {urlsplit(address).hostname for address in addresses} <= PUBLIC
    sources = [package["source"] for package in LOCK["package"]]
    assert [
        source for source in sources if source not in ({"registry": "https://pypi.org/simple"}, {"editable": "."})
    ] == []


def test_every_file_in_the_lock_has_a_hash() -> None:
    files = [file for package in LOCK["package"] for file in [package.get("sdist"), *package.get("wheels", [])] if file]
    assert files
    assert [file["url"] for file in files if not file.get("hash", "").startswith("sha256:")] == []


def wanted(groups: set[str]) -> dict[tuple[str, str], set[str]]:
    """(name, version) -> hashes of what these dependency groups consist of, and Reign where `build` is one of them."""
    packages: dict[str, list[dict[str, Any]]] = {}
    for package in LOCK["package"]:
        packages.setdefault(package["name"], []).append(package)
    [project] = packages["reign"]
    open_names = [need["name"] for need in project["dependencies"]] if "build" in groups else []
    open_names += [need["name"] for group in groups for need in project["dev-dependencies"][group]]
    seen: set[str] = set()
    while open_names:
        name = open_names.pop()
        if name not in seen:
            seen.add(name)
            open_names += [need["name"] for package in packages[name] for need in package.get("dependencies", [])]
    return {
        (package["name"], package["version"]): {
            file["hash"] for file in [package.get("sdist"), *package.get("wheels", [])] if file
        }
        for name in seen
        for package in packages[name]
    }


@pytest.mark.parametrize("name", GROUPS)
def test_the_exported_requirements_are_those_of_the_lock(name: str) -> None:
    text = (ROOT / ".ci" / "requirements" / name).read_text()
    exported = {
        (pin["name"], pin["version"]): set(re.findall(r"sha256:[0-9a-f]{64}", pin["hashes"]))
        for pin in PIN.finditer(text)
    }
    assert "".join(PIN.sub("", text).split()) == "", "a line that is no pin with hashes"
    assert exported == wanted(GROUPS[name]), "run `make lock`"


def test_the_project_is_locked_as_it_declares_itself() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    [project] = [package for package in LOCK["package"] if package["name"] == "reign"]
    names = {re.match(r"[A-Za-z0-9._-]+", need)[0].replace(".", "-") for need in declared["project"]["dependencies"]}  # type: ignore[index]
    assert {need["name"] for need in project["metadata"]["requires-dist"]} == names, "run `make lock`"
    for group, needs in declared["dependency-groups"].items():
        assert len(project["metadata"]["requires-dev"][group]) == len(needs), f"run `make lock`: {group} has changed"


def test_workflows_pin_actions_by_commit() -> None:
    used = [
        line.strip()
        for file in sorted((ROOT / ".github/workflows").glob("*.yml"))
        for line in file.read_text().splitlines()
        if "uses:" in line
    ]
    assert used
    assert [line for line in used if not re.search(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []
