"""What not every machine takes of a container, changed from outside: on this one where it does, else behind `Elsewhere`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.app.drifting import Found, changed_outside
from tests.app.drifting_containers import attribute, both, doubtful
from tests.providers.docker.containers.machines import takes
from tests.services.elsewhere import elsewhere
from tests.services.engine import Engine


def changed_elsewhere(folder: Path, engine: Engine) -> Found:
    """Every row of `doubtful`. See `drifting.changed_outside`."""
    keys = [key for row in doubtful(engine) for key in row.differs]
    near = [key for key in keys if takes(engine, key, *both(engine, key))]
    found = [_changed(folder / "near", near, engine)]
    with elsewhere(engine) as there:
        found.append(_changed(folder / "far", (key for key in keys if key not in near), there))
    missed, noisy = ([told for each in found for told in getattr(each, name)] for name in ("missed", "noisy"))
    return Found(sum(each.attributes for each in found), tuple(missed), sum(each.plans for each in found), tuple(noisy))


def _changed(folder: Path, keys: Iterable[str], engine: Engine) -> Found:
    folder.mkdir()
    return changed_outside(folder, (attribute(engine, key) for key in keys), engine)
