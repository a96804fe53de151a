"""Files: `local.file`, and `local.template`, which is one once it is rendered."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import replace

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call, Wanted
from reign.providers.durable import sync
from reign.providers.faults import from_os
from reign.providers.local.beneath import kind_of, look
from reign.providers.local.content import Held, as_declared, held_content, wanted_content
from reign.providers.local.draft import Draft, named, nameless
from reign.providers.local.marks import mark_for
from reign.providers.local.place import Place, in_the_way, mapped, not_ours, place_of, stands


def observe_file(wanted: Wanted, place: Place) -> Observation | None:
    """What stands at the recorded path, or else at the declared one. Raises ProviderError."""
    known, desired = wanted.known, wanted.desired
    shape = known.spec if known else desired.spec if desired else {}
    path = known.external_id if known else shape.get("path")
    if not isinstance(path, str):
        return None  # not known yet where it will stand
    with mapped(f"reading {path}"), suppress(FileNotFoundError, NotADirectoryError), place.parent(path) as where:
        found = look(*where)
        if found is None:
            return None
        mark = place.marks.ours(path)
        owned = mark is not None and mark.kind == "file" and (known is not None or mark.names(found))
        held = held_content(*where) if stat.S_ISREG(found.st_mode) else None
        if held is None:
            return Observation(path, {"path": path}, {"path": path}, owned=False)
        return _observation(path, held, shape, owned)
    return None


def _observation(path: str, held: Held, shape: Spec, owned: bool = True) -> Observation:
    mode = f"{held.mode:04o}"
    spec: Spec = {"path": path, **as_declared(held, shape), "mode": mode, "backup": shape.get("backup", False)}
    return Observation(path, spec, _outputs(path, held.sha256, held.size, mode), owned)


def _outputs(path: str, sha256: str, size: int, mode: str) -> Spec:
    return {"path": path, "sha256": sha256, "bytes": size, "mode": mode}


def create_file(desired: Resource, call: Call) -> Observation:
    """Write it beside its place and link it there, its mark first. See `ports.Provider.create`."""
    path, place = str(desired.spec["path"]), place_of(call)
    with mapped(f"writing {path}"):
        return place.make(path, lambda folder, name: _create(desired, place, call, folder, name))


def _create(desired: Resource, place: Place, call: Call, folder: int, name: str) -> Observation:
    path = str(desired.spec["path"])
    if found := look(folder, name):
        return _made_before(found, desired, path, place, call)
    with nameless(folder, place.temporary(path)) as draft:
        draft.fill(wanted_content(desired.spec, call.site))
        draft.settle(int(str(desired.spec["mode"]), 8))
        mark = mark_for(call, str(desired.address), "file", os.fstat(draft.descriptor))
        place.marks.put(path, mark)
        _link(draft, name, desired, path, place)
        return _written(desired, path, draft)


def _link(draft: Draft, name: str, desired: Resource, path: str, place: Place) -> None:
    """Raises ProviderError: `conflict` where somebody was faster; with what stands there where only its folder failed."""
    try:
        draft.link(name)
    except FileExistsError:
        place.marks.remove(path)
        found = look(draft.folder, name)
        raise in_the_way(path, kind_of(found) if found else "file", desired.address) from None
    except OSError as error:
        found = look(draft.folder, name)
        if found is None or found.st_ino != os.fstat(draft.descriptor).st_ino:
            place.marks.remove(path)
            raise
        failure = from_os(error, f"making the folder of {path} durable")
        failure.partial = _written(desired, path, draft)
        failure.args = (failure.kind, failure.summary, failure.detail, failure.fix, failure.partial)
        raise failure from error


def _made_before(found: os.stat_result, desired: Resource, path: str, place: Place, call: Call) -> Observation:
    """The answer to a create whose answer was lost; a conflict with anything else."""
    mark = place.marks.ours(path)
    asked = (str(desired.address), call.key)
    if mark is None or (mark.address, mark.key) != asked or mark.kind != "file" or not mark.names(found):
        raise in_the_way(path, kind_of(found), desired.address)
    with place.parent(path) as where:
        held = held_content(*where)
    if held is None:
        raise in_the_way(path, kind_of(found), desired.address)
    return _observation(path, held, desired.spec)


def _written(desired: Resource, path: str, draft: Draft) -> Observation:
    mode = str(desired.spec["mode"])
    return Observation(path, desired.spec, _outputs(path, draft.sha256, draft.size, mode))


def update_file(desired: Resource, prior: Snapshot, call: Call) -> Observation:
    """Put the new content over the old; where only the mode differs, change that. See `ports.Provider.update`."""
    path, place = prior.external_id, place_of(call)
    with mapped(f"writing {path}"):
        found = stands(place, path)
        if found is None:
            raise ProviderError(
                ErrorKind.MISSING, "Gone", f"Nothing stands at {path} any more.", "Plan again: it will be made anew."
            )
        mark = place.marks.ours(path)
        if mark is None or not stat.S_ISREG(found.st_mode):
            raise not_ours(path, kind_of(found), "write over")
        with place.parent(path) as (folder, name), named(folder, place.temporary(path)) as draft:
            mode = int(str(desired.spec["mode"]), 8)
            draft.fill(wanted_content(desired.spec, call.site))
            held = held_content(folder, name)
            if held is None:
                raise not_ours(path, "link", "write over")
            if held.sha256 != draft.sha256:
                if desired.spec.get("backup") is True:
                    _keep(folder, name, held)
                place.marks.put(path, mark.of(os.fstat(draft.descriptor), over=found))
                draft.settle(mode)
                draft.rename(name)
                return _written(desired, path, draft)
            if held.mode != mode:
                _change_mode(folder, name, mode)
            place.mark_anew(path)
            return _written(desired, path, draft)


def _keep(folder: int, name: str, held: Held) -> None:
    """Give what is about to be overwritten a second name, which says what it holds."""
    with suppress(FileExistsError):
        backup = f"{name}.{held.sha256[:12]}.bak"
        os.link(name, backup, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)


def _change_mode(folder: int, name: str, mode: int) -> None:
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.fchmod(descriptor, mode)
        sync(descriptor)
    finally:
        os.close(descriptor)


def delete_file(prior: Snapshot, call: Call) -> None:
    """Remove the file, then its mark, then the folders that were made for it. See `ports.Provider.delete`."""
    path, place = prior.external_id, place_of(call)
    with mapped(f"removing {path}"):
        with suppress(FileNotFoundError, NotADirectoryError), place.parent(path) as (folder, name):
            if found := look(folder, name):
                if place.marks.ours(path) is None or not stat.S_ISREG(found.st_mode):
                    raise not_ours(path, kind_of(found), "remove")
                os.unlink(name, dir_fd=folder)
            with suppress(FileNotFoundError):
                os.unlink(place.temporary(path), dir_fd=folder)
            sync(folder)
        place.marks.remove(path)
        place.prune(path)


def adopt_file(address: Address, path: str, call: Call) -> Observation:
    """Put the mark on the file that is at `path`. Raises ProviderError `invalid` where none is."""
    place = place_of(call)
    with mapped(f"reading {path}"):
        with suppress(FileNotFoundError, NotADirectoryError), place.parent(path) as where:
            found = look(*where)
            held = held_content(*where) if found else None
            if found and held:
                mark = replace(mark_for(call, str(address), "file", found), found=True)
                place.marks.put(path, mark)
                return _observation(path, held, {})
        raise nothing_at(path, "file")


def nothing_at(path: str, what: str) -> ProviderError:
    """The answer to an import of something that is not there."""
    return ProviderError(
        ErrorKind.INVALID,
        "Nothing to import",
        f"No {what} stands at {path}.",
        f"Give the path of a {what}, relative to the folder that the connection writes to.",
    )
