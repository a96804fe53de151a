"""What `make docs` writes into the pages, and from where."""

from collections.abc import Callable

from tests.docs.blocks import Blocks
from tests.docs.pages import ROOT, page
from tests.docs.reference.commands import commands
from tests.docs.reference.compose import compose
from tests.docs.reference.docker import docker
from tests.docs.reference.exit_codes import exit_codes
from tests.docs.reference.findings import findings
from tests.docs.reference.provider import provider
from tests.docs.reference.settings import settings
from tests.docs.reference.sql import sql
from tests.docs.reference.types import types

PAGES: dict[str, Callable[[], Blocks]] = {
    "commands": commands,
    "compose": compose,
    "docker": docker,
    "exit-codes": exit_codes,
    "findings": findings,
    "provider": provider,
    "settings": settings,
    "sql": sql,
    "types": types,
}
"""The pages with written blocks."""


def written(name: str) -> str:
    """The page as it has to be."""
    return PAGES[name]().put_into(page(name))


def write() -> list[str]:
    """Write every page anew; returns the names of those that changed."""
    changed = [name for name in PAGES if written(name) != page(name)]
    for name in changed:
        (ROOT / "docs" / f"{name}.md").write_text(written(name), encoding="utf-8")
    return changed
