"""The documents as a site: built without a warning, and with every page in reach."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from tests.docs.site import build


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    assert build(folder) == ""
    return folder / "site"


def test_every_page_stands_in_the_navigation(site: Path) -> None:
    listed = re.findall(r"([\w-]+\.md)", (ROOT / "docs/mkdocs.yml").read_text())
    assert sorted(listed) == sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def test_every_address_on_the_site_leads_somewhere(site: Path) -> None:
    missing = [
        f"{path.name}: {link}"
        for path in site.glob("*.html")
        if path.name != "404.html"  # which stands at any depth, so its addresses begin at the root of a server
        for link in re.findall(r'(?:href|src)="([^"#?]+)', path.read_text())
        if "://" not in link and not (path.parent / link).exists()
    ]
    assert missing == []


def test_nothing_of_the_site_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = {
        link
        for path in site.glob("*.html")
        for link in re.findall(r'<(?:script|link|img)[^>]+(?:href|src)="(https?://[^"]+)', path.read_text())
    }
    assert loaded == set()
