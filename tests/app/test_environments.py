"""Environments have a state each, and the key in common."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reign.app.look import outputs, state
from reign.app.planfile import open_plan
from reign.app.validate import validate
from reign.model.errors import Failed, Stale
from reign.model.values import reveal

from .conftest import Folder

TEXT = """\
version: 1
project: p
environments: {dev: {}, prod: {confirm: name}}
secrets: {x: {generate: {length: 9}}}
resources:
  f: {type: local.file, spec: {path: "out-${project.env}", content: "${project.env}"}}
outputs: {x: {value: "${secret.x}", sensitive: true}}
"""


@pytest.fixture
def envs(folder: Folder) -> tuple[Folder, Folder]:
    (folder.path / "reign.yaml").write_text(TEXT, encoding="utf-8")
    return replace(folder, env="dev"), replace(folder, env="prod")


def test_each_has_a_state_of_its_own(envs: tuple[Folder, Folder]) -> None:
    dev, prod = envs
    dev.apply()
    assert [s.external_id for s in state(dev.where).resources.values()] == ["out-dev"]
    assert state(prod.where).resources == {}
    prod.apply()
    assert (dev.path / ".reign/env/prod/journal").is_dir()
    assert not (dev.path / ".reign/journal").exists()
    assert [path.name for path in (dev.path / ".reign").rglob("key")] == ["key"]
    assert (dev.path / ".reign/key").is_file()
    made = {reveal(outputs(each.where, reveal="x")["x"].value) for each in envs}
    assert len(made) == 2
    assert (prod.plan().confirms_by_name, dev.plan().confirms_by_name) == (True, False)


@pytest.mark.parametrize("env", [None, "pord"])
def test_one_has_to_be_named_that_there_is(envs: tuple[Folder, Folder], env: str | None) -> None:
    folder = replace(envs[0], env=env)
    for use in (folder.plan, folder.apply, lambda: state(folder.where), lambda: outputs(folder.where)):
        with pytest.raises(Failed) as raised:
            use()
        (finding,) = raised.value.findings
        assert finding.code == ("config/unknown-environment" if env else "config/no-environment")
        assert not env or "prod" in finding.hint + finding.fix
    assert [f.code for f in validate(folder.where).findings] == [finding.code]
    assert not (folder.path / ".reign").exists()


def test_the_default_one_is_meant_where_none_is_named(folder: Folder) -> None:
    (folder.path / "reign.yaml").write_text(TEXT + "settings: {default_env: dev}\n", encoding="utf-8")
    folder.apply()
    assert (folder.path / ".reign/env/dev/journal").is_dir()
    assert len(state(folder.where).resources) == 1


def test_a_plan_file_knows_its_environment(envs: tuple[Folder, Folder]) -> None:
    dev, prod = envs
    file = dev.save()
    assert open_plan(dev.where, file).plan.env == "dev"
    with pytest.raises(Stale) as raised:
        prod.apply(file)
    assert raised.value.findings[0].code == "plan/foreign"
    nameless = replace(dev, env=None)
    applied = nameless.apply(file)
    assert (applied.added, applied.warnings) == (1, ())
    assert [s.external_id for s in state(dev.where).resources.values()] == ["out-dev"]


def test_a_state_can_be_looked_at_without_its_files(envs: tuple[Folder, Folder]) -> None:
    dev, _ = envs
    dev.apply()
    (dev.path / "reign.yaml").unlink()
    assert len(state(dev.where).resources) == 1
