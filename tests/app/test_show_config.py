"""`config show`: the files as one, for the environment that is meant; nothing wrong is shown as if it were right."""

from __future__ import annotations

from pathlib import Path

import pytest

from reign.app.config import show_config
from reign.app.nouns import Where
from reign.model.errors import Failed

TEXT = "version: 1\nproject: shop\nresources:\n  a: {type: value, spec: {value: 1}}\n"


def test_the_files_of_the_environment_that_is_meant(tmp_path: Path) -> None:
    (tmp_path / "reign.yaml").write_text(TEXT)
    (tmp_path / "reign.prod.yaml").write_text("resources: {a: {spec: {value: 2}}}\n")
    shown = show_config(Where(tmp_path, env="prod"))
    assert shown.env == "prod"
    assert shown.to_json()["config"]["resources.a.spec.value"] == {
        "value": 2, "file": "reign.prod.yaml", "line": 1, "column": 31,
    }  # fmt: skip
    assert not (tmp_path / ".reign").exists()


def test_what_is_wrong_is_told_instead(tmp_path: Path) -> None:
    (tmp_path / "reign.yaml").write_text(TEXT + "nonsense: 1\n")
    with pytest.raises(Failed) as refused:
        show_config(Where(tmp_path))
    assert [finding.code for finding in refused.value.findings] == ["config/unknown-key"]
