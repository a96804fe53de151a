"""What an engine says of a request that it refuses."""

from __future__ import annotations

from typing import Any


def message(answer: Any) -> str:
    """Its words, whatever they are written in."""
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return str(answer.text)
