"""docs/settings.md: every setting of a project with its default."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from reign.config.document import SettingsModel
from tests.docs.blocks import Blocks
from tests.docs.reference.commands import marked


def settings() -> Blocks:
    """One block: the table."""
    rows = [f"| `{name}` | {default} | {meaning} |" for name, default, meaning in _settings(SettingsModel)]
    table = ["## Settings of a project", "", "| setting | default | meaning |", "|---|---|---|", *rows]
    return Blocks("reign/config/document.py", {"settings": "\n".join(table)})


def _settings(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """(dotted name, default, meaning) of each."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _settings(inner, f"{prefix}{name}.")
        else:
            default: Any = field.get_default(call_default_factory=True)
            yield (
                f"{prefix}{name}",
                "none" if default is None else f"`{json.dumps(default)}`",
                marked(field.description or ""),
            )
