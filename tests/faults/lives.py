"""Small projects at the point where a command begins, and the worlds that it leads to."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.crew import new_site
from tests.faults.objects import OBJECTS
from tests.faults.site import Site, Wanted

Life = tuple[tuple[str, ...], Wanted, Wanted]
"""A command, what is there before it and after it."""

BEFORE: Wanted = {"local": {1: 1, 2: 1, 8: 1}, "outside": {3: 1, 4: 1}}
AFTER: Wanted = {"local": {1: 1, 2: 2, 9: 1}, "outside": {4: 2, 5: 1}}


def lives_of(before: Wanted, after: Wanted) -> dict[str, Life]:
    """From nothing to the one, from that to the other, back to it, and to nothing."""
    return {
        "create": (("apply", "--auto-approve"), {}, before),
        "update": (("apply", "--auto-approve"), before, after),
        "destroy": (("destroy", "--auto-approve"), before, {}),
        "rollback": (("rollback", "--to", "then", "--auto-approve"), after, before),
    }


LIVES = lives_of(BEFORE, AFTER)
FAR = lives_of(
    {OBJECTS.name: {0: 1, 1: 1, 2: 1, 3: 1, 4: 1}},
    {OBJECTS.name: {0: 1, 1: 1, 2: 2, 3: 2, 7: 1, 8: 1, 10: 1}},
)
"""A network, a volume, an image and a container of it in both; then the image is another one, and with it the container."""


def begin(
    name: str, site: Site | None = None, lives: Mapping[str, Life] = LIVES
) -> tuple[Site, tuple[str, ...], Wanted]:
    """A project where the life `name` begins, the life's command, and what it leads to."""
    words, before, after = lives[name]
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
