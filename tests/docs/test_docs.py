"""The documents name everything there is, and nothing that is not."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from reign.app.nouns import Where
from reign.app.workspace import open_workspace
from reign.cli.main import PRECEDENCE, Exit
from reign.config.compose import compose
from reign.config.document import (
    AllowModel,
    BlockModel,
    CheckModel,
    DataModel,
    Document,
    EnvironmentModel,
    HealthModel,
    ImportModel,
    LifecycleModel,
    MovedModel,
    OutputModel,
    RemovedModel,
    RequiresModel,
    RetryModel,
    SecretModel,
    SettingsModel,
    TimeoutModel,
    VariableModel,
    written_fields,
)
from reign.config.nodes import Scalar, Source
from reign.config.report import Report
from reign.config.scalars import scalar
from reign.expression.filters import FILTERS
from reign.model.schema import Schema
from tests.docs.examples import examples
from tests.docs.examples import written as findings
from tests.docs.pages import ROOT, named, page, rows, sections, ticked
from tests.docs.reference import PAGES, written
from tests.docs.sources import finding_codes


@pytest.mark.parametrize("name", PAGES)
def test_what_comes_from_the_code_is_true(name: str) -> None:
    assert page(name) == written(name), "make docs writes it anew"


def settings(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted name, default) of every setting."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field.get_default(call_default_factory=True)


def test_every_setting_is_documented_with_its_default() -> None:
    table = {ticked(cells[0])[0]: cells[1] for cells in rows(sections(page("settings"))["Settings of a project"])}
    expected = {name: _default(name, default) for name, default in settings(SettingsModel)}
    assert table == {name: default.replace('"', "") for name, default in expected.items()}


def _default(name: str, default: object) -> str:
    """As the page writes it: of a threshold, nothing is any number."""
    if default is None:
        return "`unlimited`" if name.startswith("findings_thresholds.") else "none"
    return f"`{json.dumps(default)}`"


def test_every_variable_of_the_environment_is_documented() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "reign").rglob("*.py"))
    read = {
        name
        for name in re.findall(r"\bREIGN_[A-Z][A-Z_]*[A-Z]\b", source)
        if name not in ("REIGN_VAR", "REIGN_COMPLETE")
    }
    read -= {name for name in read if f"_{name}" in source}
    assert named(sections(page("settings"))["Variables of the environment"]) >= read


def test_every_finding_code_is_documented() -> None:
    assert named(page("findings")) == finding_codes()


def test_every_finding_code_has_an_example() -> None:
    assert sorted(finding_codes() - set(examples())) == []


def test_the_examples_of_findings_are_those_of_the_cases() -> None:
    assert page("findings") == findings(), "make docs writes them anew"


def test_every_exit_code_is_documented_in_its_order() -> None:
    table = [int(cells[0]) for cells in rows(page("exit-codes"))]
    assert table == sorted(int(code) for code in Exit)
    assert f"the first of {', '.join(map(str, PRECEDENCE))} " in page("exit-codes")


def reign(folder: Path, *words: str) -> str:
    """What a command writes on stdout."""
    done = subprocess.run([sys.executable, "-m", "reign", *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


REGISTRY = open_workspace(Where(ROOT)).registry
SCHEMAS: dict[str, Schema] = {
    name: schema
    for name in (*REGISTRY.types(), *(f"data.{name}" for name in REGISTRY.data_types()))
    if "memory" not in name.split(".") and (schema := REGISTRY.schema(name))
}


def test_every_type_has_a_section_and_every_section_a_type() -> None:
    headings = {heading.strip("`") for heading in sections(page("types")) if heading.startswith("`")}
    assert headings == set(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_fields_and_outputs_of_a_type_are_those_of_its_section(name: str) -> None:
    section = sections(page("types"))[f"`{name}`"]
    schema = SCHEMAS[name]
    assert named(section) == {field for field, told in schema.fields.items() if not told.computed}
    [outputs] = [line for line in section.splitlines() if line.startswith("Outputs: ")]
    assert set(ticked(outputs)) == set(schema.outputs)


def test_every_filter_is_documented() -> None:
    section = sections(page("language"))["Expressions"]
    table = section[section.index("| filter |") :]
    assert {name.partition("(")[0] for name in named(table)} == set(FILTERS)


@pytest.mark.parametrize(
    ("heading", "models"),
    [
        ("The top of the file", [Document]),
        ("Requirements", [RequiresModel]),
        ("Environments", [EnvironmentModel]),
        ("Variables", [VariableModel]),
        ("Secrets", [SecretModel]),
        ("Data", [DataModel]),
        ("Resources", [BlockModel, LifecycleModel]),
        ("Retry and timeout", [RetryModel, TimeoutModel]),
        ("Health", [HealthModel]),
        ("Findings that are tolerated", [AllowModel]),
        ("Outputs", [OutputModel]),
        ("Checks", [CheckModel]),
        ("Imports", [ImportModel]),
        ("Moved", [MovedModel]),
        ("Removed", [RemovedModel]),
    ],
)
def test_every_key_of_the_language_is_documented(heading: str, models: list[type[BaseModel]]) -> None:
    keys = {name for model in models for name in written_fields(model)}
    assert named(sections(page("language"))[heading]) == keys


def test_the_table_of_scalars_is_true() -> None:
    section = sections(page("language"))["Values"]
    table = rows(section)
    assert len(table) >= 20
    for cells in table:
        written, *expected = (ticked(cell)[0] for cell in cells)
        for kind, shown in zip(("string", "number", "bool", "any"), expected, strict=True):
            assert json.dumps(scalar(_node(written), kind)) == shown, f"{written} as {kind}"


def _node(written: str) -> Scalar:
    node = compose(Source("reign.yaml", written), Report())
    assert isinstance(node, Scalar)
    return node
