"""Trust is for one folder, kept where only the user writes."""

from __future__ import annotations

import shutil
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from reign.app.init import init
from reign.app.nouns import Where
from reign.app.trust import trust, untrust
from reign.app.trusted import is_trusted
from reign.model.errors import Failed


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home")}


def entries(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]


def test_it_is_given_and_taken_back(project: Path, environ: dict[str, str], tmp_path: Path) -> None:
    where = Where(project, environ=environ)
    assert not is_trusted(project, project, environ)
    trust(where)
    assert is_trusted(project, project, environ)
    (entry,) = entries(tmp_path / "home")
    assert entry.is_relative_to(tmp_path / "home/.local/state/reign")
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert stat.S_IMODE(entry.parent.stat().st_mode) == 0o700
    assert not entries(project)
    assert untrust(where)
    assert not untrust(where)
    assert not is_trusted(project, project, environ)


def test_it_is_for_one_folder_by_its_real_path(project: Path, environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project)
    trust(Where(tmp_path / "link", environ=environ))
    assert is_trusted(project, project, environ)
    inner = project / "inner"
    inner.mkdir()
    assert not is_trusted(inner, inner, environ)
    assert not is_trusted(tmp_path, tmp_path, environ)


def test_xdg_state_home_goes_first_and_has_to_be_absolute(project: Path, tmp_path: Path) -> None:
    states = {"HOME": str(tmp_path / "home"), "XDG_STATE_HOME": str(tmp_path / "states")}
    trust(Where(project, environ=states))
    assert entries(tmp_path / "states")
    assert not (tmp_path / "home").exists()
    assert not is_trusted(project, project, {**states, "XDG_STATE_HOME": "states"})


@pytest.mark.parametrize("value", ["", "0", "true", "yes", " 1"])
def test_only_1_says_yes(project: Path, value: str) -> None:
    assert not is_trusted(project, project, {"REIGN_TRUST": value})
    assert is_trusted(project, project, {"REIGN_TRUST": "1"})


def test_without_a_home_it_is_said_how_else(project: Path) -> None:
    with pytest.raises(Failed) as raised:
        trust(Where(project))
    (finding,) = raised.value.findings
    assert finding.code == "trust/no-folder"
    assert "REIGN_TRUST=1" in finding.fix


@pytest.mark.parametrize("how", ["readable", "of another", "a link", "no JSON", "a folder"])
def test_an_entry_that_others_may_have_written_is_not_believed(
    project: Path, environ: dict[str, str], tmp_path: Path, how: str
) -> None:
    trust(Where(project, environ=environ))
    (entry,) = entries(tmp_path / "home")
    match how:
        case "readable":
            entry.chmod(0o644)
        case "of another":
            entry.write_text(entry.read_text().replace(str(project), str(project / "x")))
        case "a link":
            entry.rename(tmp_path / "elsewhere")
            entry.symlink_to(tmp_path / "elsewhere")
        case "no JSON":
            entry.write_bytes(b"\xff{")
        case "a folder":
            entry.unlink()
            entry.mkdir()
    assert not is_trusted(project, project, environ)


def test_a_project_does_not_bring_its_own(project: Path, tmp_path: Path) -> None:
    """Somebody works in a checkout that is their home as well."""
    environ = {"HOME": str(project)}
    trust(Where(project, environ=environ))
    assert is_trusted(project, project, environ)
    project.rename(tmp_path / "theirs")
    shutil.copytree(tmp_path / "theirs", project)
    assert not is_trusted(project, project, environ)


def test_init_trusts_what_it_wrote_itself_and_nothing_else(project: Path, environ: dict[str, str]) -> None:
    where = Where(project, environ=environ)
    init(where)
    assert is_trusted(project, project, environ)
    untrust(where)
    init(where)
    assert not is_trusted(project, project, environ)


@pytest.mark.parametrize("name", ["reign.local.yaml", "reign.prod.yaml", ".reign"])
def test_init_trusts_no_folder_in_which_others_left_something(
    project: Path, environ: dict[str, str], name: str
) -> None:
    """An overlay or a state may run what it likes, once it is trusted with the file that Reign wrote."""
    (project / name).mkdir() if name == ".reign" else (project / name).write_text("resources: {}\n")
    with suppress(Failed):  # which environment is meant is another question
        init(Where(project, environ=environ))
    assert (project / "reign.yaml").is_file()
    assert not is_trusted(project, project, environ)


def test_init_writes_through_no_link(project: Path, environ: dict[str, str], tmp_path: Path) -> None:
    (project / "reign.yaml").symlink_to(tmp_path / "elsewhere")
    assert "reign.yaml" not in init(Where(project, environ=environ)).files
    assert not (tmp_path / "elsewhere").exists()
    assert not is_trusted(project, project, environ)


def test_init_works_where_trust_cannot_be_kept(project: Path) -> None:
    assert "reign.yaml" in init(Where(project)).files
