"""The documents name everything there is, and nothing that is not."""

import json
import re

import pytest
from pydantic import BaseModel

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
    TimeoutModel,
    VariableModel,
    written_fields,
)
from reign.expression.filters import FILTERS
from reign.yaml.compose import compose
from reign.yaml.nodes import Scalar, Source
from reign.yaml.report import Report
from reign.yaml.scalars import scalar
from tests.docs.examples import examples
from tests.docs.pages import ROOT, named, page, rows, sections, ticked
from tests.docs.reference import PAGES, written
from tests.docs.sources import finding_codes


@pytest.mark.parametrize("name", PAGES)
def test_what_comes_from_the_code_is_true(name: str) -> None:
    assert page(name) == written(name), "make docs writes it anew"


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
