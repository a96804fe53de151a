"""`requires`: what is installed, told from the packages that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from reign import __version__
from reign.config import Request, load
from reign.config.requires import installed_version

from .conftest import SCHEMAS, load_in

HEAD = "version: 1\nproject: shop\n"


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that brings the provider `acme`, installed."""
    info = tmp_path / "site" / "reign_acme-2.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: reign-acme\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text("[reign.providers]\nacme = reign_acme:Acme\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))


@pytest.mark.usefixtures("acme")
def test_a_provider_has_the_version_of_its_package(tmp_path: Path) -> None:
    assert installed_version("acme") == "2.1"
    assert installed_version("local") is None
    for wanted, codes in ((">=2,<3", []), ("==2.1", []), (">2.1", ["config/unmet-requirement"])):
        (tmp_path / "reign.yaml").write_text(f'{HEAD}requires: {{providers: {{acme: "{wanted}"}}}}\n')
        result = load(Request(tmp_path), SCHEMAS.get, lambda: tuple(SCHEMAS))
        assert [finding.code for finding in result.findings] == codes


@pytest.mark.parametrize(
    "wanted", [f"=={__version__}", f">={__version__},<99", "~=0.1", "", ">=0.1.0.dev1", "!=0.0.1", "*"]
)
def test_what_is_met(tmp_path: Path, wanted: str) -> None:
    (tmp_path / "reign.yaml").write_text(f'{HEAD}requires: {{reign: "{wanted}", providers: {{value: "{wanted}"}}}}\n')
    codes = {finding.code for finding in load_in(tmp_path).findings}
    assert codes == ({"config/wrong-value"} if wanted == "*" else set())


def test_a_version_that_is_none_is_not_met(tmp_path: Path) -> None:
    (tmp_path / "reign.yaml").write_text(f'{HEAD}requires: {{providers: {{acme: ">=1"}}}}\n')
    (finding,) = load_in(tmp_path, {"acme": "unknown"}).findings
    assert finding.code == "config/unmet-requirement"
    assert "unknown" in finding.detail


def test_a_provider_that_is_only_looked_up_is_one(tmp_path: Path) -> None:
    (tmp_path / "reign.yaml").write_text(f'{HEAD}requires: {{providers: {{git: ">=0.1"}}}}\n')
    for data, codes in ((("git",), []), ((), ["config/unknown-provider"])):
        result = load(Request(tmp_path), SCHEMAS.get, lambda: tuple(SCHEMAS), data_types=lambda data=data: data)
        assert [finding.code for finding in result.findings] == codes
