"""Which environment is meant, told from reign.yaml alone and by the loader alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reign.config import Project, Request, resolve_env
from reign.config.settings import Thresholds
from reign.model.errors import Failed

from .conftest import load_in

HEAD = "version: 1\nproject: shop\n"
DECLARED = f"{HEAD}environments: {{dev: {{}}, prod: {{confirm: name}}}}\n"
BESIDE = {"reign.yaml": HEAD, "reign.dev.yaml": "", "reign.prod.yaml": "locals: {a: 1}\n"}
MEANT = {
    "none": ({"reign.yaml": HEAD}, None, ""),
    "a local overlay is none": ({"reign.yaml": HEAD, "reign.local.yaml": ""}, None, ""),
    "an empty declaration is none": ({**BESIDE, "reign.yaml": f"{HEAD}environments: {{}}\n"}, None, ""),
    "declared": ({"reign.yaml": DECLARED}, "prod", "prod"),
    "beside": (BESIDE, "dev", "dev"),
    "a null declaration is none": ({**BESIDE, "reign.yaml": f"{HEAD}environments:\n"}, "dev", "dev"),
    "the default": ({"reign.yaml": f"{DECLARED}settings: {{default_env: dev}}\n"}, None, "dev"),
    "a default beside": ({**BESIDE, "reign.yaml": f"{HEAD}settings: {{default_env: prod}}\n"}, None, "prod"),
    "a name before the default": ({"reign.yaml": f"{DECLARED}settings: {{default_env: dev}}\n"}, "prod", "prod"),
    "written with an escape": ({"reign.yaml": f'{HEAD}"environm\\x65nts": {{dev: {{}}}}\n'}, "dev", "dev"),
    "not declared with signs": ({"reign.yaml": f"{HEAD}# environments\n"}, None, ""),
}
WRONG = {
    "not named": ({"reign.yaml": DECLARED}, None, "config/no-environment"),
    "not named beside": (BESIDE, None, "config/no-environment"),
    "unknown": ({"reign.yaml": DECLARED}, "prdo", "config/unknown-environment"),
    "unknown beside": (BESIDE, "stage", "config/unknown-environment"),
    "without any": ({"reign.yaml": HEAD}, "dev", "config/unknown-environment"),
    "local": ({"reign.yaml": DECLARED, "reign.local.yaml": ""}, "local", "config/unknown-environment"),
    "wrong default": ({"reign.yaml": f"{DECLARED}settings: {{default_env: x}}\n"}, None, "config/unknown-environment"),
    "not YAML": ({"reign.yaml": "environments: ["}, "dev", "config/yaml-syntax"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "named", "meant"), MEANT.values(), ids=MEANT.keys())
def test_which_one_is_meant(write: Callable[..., Path], files: dict[str, str], named: str | None, meant: str) -> None:
    folder = write(files)
    assert resolve_env(Request(folder, named)) == meant
    made = load_in(folder, env=named).project
    assert made
    assert made.env == meant


@pytest.mark.parametrize(("files", "named", "code"), WRONG.values(), ids=WRONG.keys())
def test_none_is_meant(write: Callable[..., Path], files: dict[str, str], named: str | None, code: str) -> None:
    folder = write(files)
    with pytest.raises(Failed) as refused:
        resolve_env(Request(folder, named))
    assert [finding.code for finding in refused.value.findings] == [code]
    assert refused.value.findings == load_in(folder, env=named).findings


def test_the_nearest_one_is_told(write: Callable[..., Path]) -> None:
    with pytest.raises(Failed) as refused:
        resolve_env(Request(write({"reign.yaml": DECLARED}), "prdo"))
    (finding,) = refused.value.findings
    assert (str(finding.place), finding.hint) == ("reign.yaml:3:1", 'did you mean "prod"?')
    assert finding.fix == "Write --env prod."


def test_without_a_file_any_name_is_taken(tmp_path: Path) -> None:
    assert resolve_env(Request(tmp_path, "prod")) == "prod"
    assert resolve_env(Request(tmp_path)) == ""
    assert resolve_env(Request(tmp_path / "nowhere")) == ""


def test_a_text_that_names_none_is_not_parsed(write: Callable[..., Path]) -> None:
    assert resolve_env(Request(write({"reign.yaml": "resources: ["}))) == ""


def test_another_overlay_that_is_broken_does_not_matter(write: Callable[..., Path]) -> None:
    folder = write({**BESIDE, "reign.prod.yaml": "["})
    assert resolve_env(Request(folder, "dev")) == "dev"
    assert load_in(folder, env="dev").project


def test_what_an_environment_is_known_by(project: Callable[..., Project]) -> None:
    files = {
        "reign.yaml": f"{DECLARED}locals: {{e: '${{project.env}}'}}\noutputs: {{o: {{value: '${{local.e}}'}}}}\n",
        "reign.dev.yaml": "environments: {dev: {confirm: name}}\n",
    }
    prod, dev = project(files, env="prod"), project(files, env="dev")
    assert (prod.outputs["o"].value, prod.confirms_by_name) == ("prod", True)
    assert (dev.outputs["o"].value, dev.confirms_by_name) == ("dev", True)
    assert not project({**files, "reign.dev.yaml": ""}, env="dev").confirms_by_name


def test_an_environment_may_have_settings_of_its_own(project: Callable[..., Project]) -> None:
    files = {
        "reign.yaml": f"{DECLARED}settings: {{default_env: dev, findings_thresholds: {{medium: 3}}}}\n",
        "reign.prod.yaml": "settings: {execution: {mode: confirm}, findings_thresholds: {major: unlimited, minor: 0}, "
        "history: {retention: 1d12h}}\n",
    }
    dev, prod = project(files).settings, project(files, env="prod").settings
    assert (dev.execution.mode, dev.default_env, dev.findings_thresholds) == ("auto", "dev", Thresholds(0, 3, None))
    assert (prod.execution.mode, prod.findings_thresholds) == ("confirm", Thresholds(None, 3, 0))
    assert (dev.history.retention_s, prod.history.retention_s) == (90 * 86400, 1.5 * 86400)
    files["reign.yaml"] = f"{DECLARED}settings: {{default_env: dev, history: {{retention: unlimited}}}}\n"
    assert project(files).settings.history.retention_s is None
