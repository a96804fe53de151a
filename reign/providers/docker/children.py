"""What programs that are run on behalf of an engine get of the environment: a short list, and what each needs."""

from __future__ import annotations

from collections.abc import Mapping

_BASE = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR")


def passed_on(environ: Mapping[str, str], *more: str) -> dict[str, str]:
    """The base list, and `more`: names, or the beginning of some with a `*`."""
    whole = {*_BASE, *(name for name in more if not name.endswith("*"))}
    fronts = ("LC_", *(name[:-1] for name in more if name.endswith("*")))
    return {name: value for name, value in environ.items() if name in whole or name.startswith(fronts)}
