"""What lines of the stream are made of: Terraform's UI messages, one object a line. Who writes one adds its `@timestamp`."""

from __future__ import annotations

from typing import Any

from reign import __version__
from reign.model.address import Address

Line = dict[str, Any]

STARTS = {
    "create": "Creating",
    "update": "Modifying",
    "delete": "Destroying",
    "adopt": "Importing",
    "read": "Reading",
}
ENDS = {
    "create": "Creation",
    "update": "Modifications",
    "delete": "Destruction",
    "adopt": "Import",
    "read": "Read",
}
"""Terraform's words for a provider call that begins, and for one that ended."""


def line(type: str, message: str, level: str = "info", **more: Any) -> Line:
    """A message of `type`, with what it carries."""
    return {"@level": level, "@message": message, "@module": "reign.ui", "type": type, **more}


def version() -> Line:
    """The first line of every stream."""
    return line("version", f"Reign {__version__}", reign=__version__, ui="1.2")


def resource(address: Address) -> Line:
    """Which instance a message is about."""
    module = ".".join(f"module.{name}" for name in address.module)
    return {
        "addr": address.text,
        "module": module,
        "resource": address.text[len(module) + 1 :] if module else address.text,
        "implied_provider": address.provider,
        "resource_type": address.type,
        "resource_name": address.name,
        "resource_key": address.key,
    }


def took(seconds: float) -> str:
    """A duration as Terraform's messages write it: `0s`, `59s`, `1m5s`, `1h0m5s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
