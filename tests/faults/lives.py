"""Small projects at the point where a command begins, and the worlds that it leads to."""

from __future__ import annotations

from tests.faults.crew import new_site
from tests.faults.site import Site, Wanted

BEFORE: Wanted = {"local": {1: 1, 2: 1, 8: 1}, "outside": {3: 1, 4: 1}}
AFTER: Wanted = {"local": {1: 1, 2: 2, 9: 1}, "outside": {4: 2, 5: 1}}
LIVES: dict[str, tuple[tuple[str, ...], Wanted, Wanted]] = {
    "create": (("apply", "--auto-approve"), {}, BEFORE),
    "update": (("apply", "--auto-approve"), BEFORE, AFTER),
    "destroy": (("destroy", "--auto-approve"), BEFORE, {}),
    "rollback": (("rollback", "--to", "then", "--auto-approve"), AFTER, BEFORE),
}
"""Life -> its command, what is there before it and after it."""


def begin(name: str, site: Site | None = None) -> tuple[Site, tuple[str, ...], Wanted]:
    """A project where the life `name` begins, the life's command, and what it leads to."""
    words, before, after = LIVES[name]
    site = site or new_site()
    if name == "rollback":
        site.declare(after, follow=3)
        site.must("apply", "--auto-approve")
        site.must("checkpoint", "create", "then")
    if before:
        site.declare(before, follow=3)
        site.must("apply", "--auto-approve")
    if name in ("create", "update"):
        site.declare(after, follow=3)
    return site, words, after
