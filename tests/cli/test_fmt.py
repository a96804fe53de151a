"""`reign fmt`: which files it means, what it writes and prints, and how it ends."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from .conftest import CLEAN, REIGN, Run

UNTIDY = "version:  1\nproject: shop\n"
TIDY = "version: 1\nproject: shop\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "shop"
    put(
        project,
        {
            "reign.yaml": "version: 1\nproject: shop\ninclude: [ shared/net.yaml ]\nlocals:\n    a: 'x'\n",
            "shared/net.yaml": "resources:\n  net: { type: value }\n",
            "reign.prod.yaml": "locals: { a:  y}\n",
            "reign.local.yaml": "locals: {a: z}\n",
            "compose.yaml": "services: { web:  {image: x} }\n",
            ".reign/notes.yaml": UNTIDY,
            "below/reign.yaml": UNTIDY,
            "below/.git/reign.yaml": UNTIDY,
        },
    )
    return project


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.yaml"))}


def test_the_files_of_the_project_are_written(folder: Path, reign: Run) -> None:
    before = texts(folder)
    ended = reign("fmt")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "reign.yaml\nreign.prod.yaml\nshared/net.yaml\n"
    after = texts(folder)
    assert {name for name, text in after.items() if text != before[name]} == set(ended.stdout.split())
    assert after["reign.yaml"] == 'version: 1\nproject: shop\ninclude: [shared/net.yaml]\nlocals:\n  a: "x"\n'
    again = reign("fmt", "--check")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_a_check_names_what_would_change_and_writes_nothing(folder: Path, reign: Run) -> None:
    before = texts(folder)
    ended = reign("fmt", "-check")
    assert (ended.returncode, ended.stdout) == (2, "reign.yaml\nreign.prod.yaml\nshared/net.yaml\n")
    assert texts(folder) == before


def test_a_difference_is_what_patch_reads(folder: Path, reign: Run) -> None:
    before = texts(folder)
    told = reign("fmt", "--check", "--diff", "reign.yaml")
    assert told.returncode == 2
    name, _, diff = told.stdout.partition("\n")
    assert name == "reign.yaml"
    assert diff == (
        "--- old/reign.yaml\n+++ new/reign.yaml\n@@ -1,5 +1,5 @@\n version: 1\n project: shop\n"
        "-include: [ shared/net.yaml ]\n+include: [shared/net.yaml]\n locals:\n-    a: 'x'\n+  a: \"x\"\n"
    )
    assert texts(folder) == before
    written = reign("fmt", "--diff", "reign.yaml")
    assert (written.returncode, written.stdout) == (0, told.stdout), "it is written as well"
    assert texts(folder)["reign.yaml"] != before["reign.yaml"]


def test_git_applies_the_difference(folder: Path, reign: Run) -> None:
    lines = "".join(
        f"  k{number}:   {number}\n  m{number}: 1\n\n\n  n{number}: 2\n\n  o: |\n    x\n\n" for number in range(9)
    )
    (folder / "reign.yaml").write_bytes(f"\ufeffversion: 1\r\nproject: shop\nlocals:\n{lines}  last: 'x'".encode())
    told = subprocess.run(
        [*REIGN, "fmt", "--check", "--diff", "reign.yaml"], cwd=folder, env=CLEAN, capture_output=True
    )
    diff = told.stdout.partition(b"\n")[2]
    applied = subprocess.run(["git", "apply", "-p1", "-"], cwd=folder, input=diff, capture_output=True)
    assert (applied.returncode, applied.stderr) == (0, b"")
    ended = reign("fmt", "--check", "reign.yaml")
    assert (ended.returncode, ended.stdout) == (0, "")


def test_what_stdin_says_goes_to_stdout(folder: Path) -> None:
    def fmt(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [*REIGN, "fmt", *words, "-"], cwd=folder, env=CLEAN, input=UNTIDY, capture_output=True, text=True
        )
        return done.returncode, done.stdout

    assert fmt() == (0, TIDY)
    assert fmt("--check") == (2, "<stdin>\n")
    assert fmt("--check", "--diff") == (2, "<stdin>\n" + fmt("--diff")[1])
    assert fmt("--diff")[1].splitlines()[:2] == ["--- old/<stdin>", "+++ new/<stdin>"]


def test_a_folder_stands_for_the_projects_in_it(folder: Path, reign: Run) -> None:
    ended = reign("-C", str(folder.parent), "fmt", "--check", "shop")
    assert ended.stdout == "shop/reign.yaml\nshop/reign.prod.yaml\nshop/shared/net.yaml\nshop/below/reign.yaml\n"
    assert ended.returncode == 2


def test_a_folder_without_a_project_is_a_finding(folder: Path, reign: Run) -> None:
    ended = reign("fmt", "shared")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "No such file [config/no-file]" in ended.stderr
    (folder / "reign.yaml").unlink()
    assert "There is no reign.yaml in" in reign("fmt").stderr


def test_a_file_that_is_named_is_formatted_whatever_it_is_called(folder: Path, reign: Run) -> None:
    ended = reign("fmt", "compose.yaml", "./compose.yaml", "shared/../compose.yaml")
    assert (ended.returncode, ended.stdout) == (0, "compose.yaml\n"), "once"
    assert (folder / "compose.yaml").read_text() == "services: {web: {image: x}}\n"


def test_one_that_cannot_be_read_keeps_no_other_from_being_written(folder: Path, reign: Run) -> None:
    broken = "resources:\n  net: {type: value\n"
    put(folder, {"shared/net.yaml": broken})
    ended = reign("fmt")
    assert (ended.returncode, ended.stdout) == (1, "reign.yaml\nreign.prod.yaml\n")
    assert "Not YAML [config/yaml-syntax]" in ended.stderr
    assert "shared/net.yaml:3:1" in ended.stderr
    assert (folder / "shared/net.yaml").read_text() == broken


def test_a_broken_reign_yaml_is_told_once(folder: Path, reign: Run) -> None:
    put(folder, {"reign.yaml": "a: [\n"})
    ended = reign("fmt")
    assert ended.returncode == 1
    assert ended.stderr.count("config/yaml-syntax") == 1


def test_an_include_that_is_not_there_is_told(folder: Path, reign: Run) -> None:
    (folder / "shared/net.yaml").unlink()
    ended = reign("fmt", "--check")
    assert (ended.returncode, ended.stdout) == (1, "reign.yaml\nreign.prod.yaml\n")
    assert "reign.yaml:3:12" in ended.stderr


def test_the_mode_stays_and_so_does_a_link_inside(folder: Path, reign: Run) -> None:
    (folder / "shared/net.yaml").rename(folder / "shared/real.yaml")
    (folder / "shared/net.yaml").symlink_to("real.yaml")
    (folder / "shared/real.yaml").chmod(0o640)
    assert "shared/net.yaml" in reign("fmt").stdout
    assert (folder / "shared/net.yaml").is_symlink()
    assert (folder / "shared/real.yaml").stat().st_mode & 0o777 == 0o640
    assert "{type: value}" in (folder / "shared/real.yaml").read_text()
    assert sorted(path.name for path in (folder / "shared").iterdir()) == ["net.yaml", "real.yaml"]


@pytest.mark.parametrize("words", [(), ("reign.prod.yaml",)])
def test_a_link_that_leads_out_is_not_followed(folder: Path, reign: Run, words: tuple[str, ...]) -> None:
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    outside = folder.parent / "outside.yaml"
    outside.write_text(UNTIDY)
    (folder / "reign.prod.yaml").unlink()
    (folder / "reign.prod.yaml").symlink_to(outside)
    ended = reign("fmt", *words)
    assert ended.returncode == 1
    assert "config/outside-root" in ended.stderr
    assert outside.read_text() == UNTIDY


def test_the_state_is_not_formatted(folder: Path, reign: Run) -> None:
    ended = reign("fmt", ".reign/notes.yaml")
    assert ended.returncode == 1
    assert "config/outside-root" in ended.stderr
    assert (folder / ".reign/notes.yaml").read_text() == UNTIDY


def test_a_read_only_file_stays_as_it_is(folder: Path, reign: Run) -> None:
    (folder / "reign.prod.yaml").chmod(0o444)
    ended = reign("fmt")
    assert (ended.returncode, ended.stdout) == (1, "reign.yaml\nshared/net.yaml\n")
    assert "reign.prod.yaml: It is read-only." in ended.stderr
    assert (folder / "reign.prod.yaml").read_text() == "locals: { a:  y}\n"


@pytest.mark.parametrize(
    "text", ["-----BEGIN KEY-----\nMIIabc\ndefghi\n-----END KEY-----\n", "root:x:0\nbin:x:1\n", "- a\n-   b\n"]
)
def test_what_only_reads_as_yaml_is_left_alone_and_not_shown(folder: Path, reign: Run, text: str) -> None:
    """A shell's * names everything that lies about, and nearly every text is one long value to YAML."""
    put(folder, {"other.yaml": text, "other": text, "map.conf": "a:   1\n"})
    ended = reign("fmt", "other", "other.yaml", "map.conf", "reign.yaml")
    assert (ended.returncode, ended.stdout) == (1, "reign.yaml\n")
    assert "[config/wrong-type]" in ended.stderr
    assert ended.stderr.count("[fmt/not-yaml]") == 2
    assert not any(line in ended.stderr for line in text.splitlines())
    assert (folder / "other").read_text() == (folder / "other.yaml").read_text() == text
    assert (folder / "map.conf").read_text() == "a:   1\n"


def test_what_is_no_file_is_a_finding(folder: Path, reign: Run) -> None:
    os.mkfifo(folder / "pipe.yaml")
    put(folder, {"big.yaml": "a: " + "x" * (1 << 20)})
    ended = reign("fmt", "pipe.yaml", "missing.yaml", "big.yaml")
    assert (ended.returncode, ended.stdout) == (1, "")
    for code in ("config/not-a-file", "config/no-file", "config/too-large"):
        assert f"[{code}]" in ended.stderr


def test_stdin_goes_alone(reign: Run) -> None:
    ended = reign("fmt", "-", "reign.yaml")
    assert ended.returncode == 1
    assert "- is stdin" in ended.stderr


def test_what_is_kept_here_and_what_init_writes_is_formatted(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    init = subprocess.run([*REIGN, "init"], cwd=tmp_path, env={**CLEAN, "HOME": str(tmp_path)}, capture_output=True)
    assert init.returncode == 0
    folders = [str(tmp_path), str(root / "plans"), str(root / "tests" / "projects")]
    ended = subprocess.run([*REIGN, "fmt", "--check", *folders], env=CLEAN, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
