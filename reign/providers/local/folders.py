"""Folders: `local.directory`."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import suppress
from dataclasses import replace

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call, Wanted
from reign.providers.durable import sync
from reign.providers.local.beneath import kind_of, look, mode_of
from reign.providers.local.files import nothing_at
from reign.providers.local.marks import mark_for
from reign.providers.local.place import Overtaken, Place, in_the_way, mapped, not_ours, place_of, stands

_USUAL_MODE = "0755"
_NAMED = 5


def observe_folder(wanted: Wanted, place: Place) -> Observation | None:
    """What stands at the recorded path, or else at the declared one. Raises ProviderError."""
    known, desired = wanted.known, wanted.desired
    shape = known.spec if known else desired.spec if desired else {}
    path = known.external_id if known else shape.get("path")
    if not isinstance(path, str):
        return None  # not known yet where it will stand
    with mapped(f"looking at {path}"):
        found = stands(place, path)
        if found is None:
            return None
        if not stat.S_ISDIR(found.st_mode):
            return Observation(path, {"path": path}, {"path": path}, owned=False)
        mark = place.marks.ours(path)
        owned = mark is not None and mark.kind == "folder" and (known is not None or mark.names(found))
        if known is None and mark is None and shape.get("exist_ok") is True:
            return None  # nothing of ours, and nothing in the way of a create either
    seen = _observation(path, found, shape, owned)
    return replace(seen, found=known is not None and mark is not None and mark.found)


def _observation(path: str, found: os.stat_result, shape: Spec, owned: bool = True) -> Observation:
    spec: Spec = {"path": path}
    if "mode" in shape:
        spec["mode"] = mode_of(found)
    spec |= {name: shape.get(name, False) for name in ("exist_ok", "force")}
    return Observation(path, spec, {"path": path}, owned)


def create_folder(desired: Resource, call: Call) -> Observation:
    """Make it under a temporary name, mark it, and move it into place. See `ports.Provider.create`."""
    path, place = str(desired.spec["path"]), place_of(call)
    with mapped(f"making the folder {path}"):
        return place.make(path, lambda folder, name: _create(desired, place, call, folder, name))


def _create(desired: Resource, place: Place, call: Call, folder: int, name: str) -> Observation:
    path = str(desired.spec["path"])
    found = look(folder, name)
    if found is None:
        made = _make(desired, place, call, folder, name)
        return _observation(path, made, desired.spec)
    mark = place.marks.ours(path)
    same = (str(desired.address), call.key)
    if mark is not None and mark.kind == "folder" and (mark.address, mark.key) == same and mark.names(found):
        return _observation(path, found, desired.spec)
    for_others = mark is None and place.marks.is_parent(path)
    if not stat.S_ISDIR(found.st_mode) or not (for_others or desired.spec.get("exist_ok") is True):
        raise in_the_way(path, kind_of(found), desired.address)
    put = mark_for(call, str(desired.address), "folder", found)
    place.marks.put(path, put if for_others else replace(put, found=True))
    return _observation(path, _set_mode(desired.spec, folder, name), desired.spec)


def _make(desired: Resource, place: Place, call: Call, folder: int, name: str) -> os.stat_result:
    """A rename takes the place of nothing but an empty folder that somebody made since we looked."""
    path = str(desired.spec["path"])
    temporary = place.temporary(path)
    with suppress(FileNotFoundError):
        os.rmdir(temporary, dir_fd=folder)
    os.mkdir(temporary, 0o700, dir_fd=folder)
    try:
        made = _set_mode({"mode": _USUAL_MODE, **desired.spec}, folder, temporary)
        place.marks.put(path, mark_for(call, str(desired.address), "folder", made))
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        with suppress(FileNotFoundError):
            os.rmdir(temporary, dir_fd=folder)
        place.marks.remove(path)
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR):
            raise Overtaken from None
        raise
    sync(folder)
    return made


def _set_mode(spec: Spec, folder: int, name: str) -> os.stat_result:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, dir_fd=folder)
    try:
        if "mode" in spec:
            os.fchmod(descriptor, int(str(spec["mode"]), 8))
            sync(descriptor)
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def update_folder(desired: Resource, prior: Snapshot, call: Call) -> Observation:
    """Change the mode. See `ports.Provider.update`."""
    path, place = prior.external_id, place_of(call)
    with mapped(f"changing the folder {path}"):
        found = stands(place, path)
        if found is None:
            raise ProviderError(
                ErrorKind.MISSING, "Gone", f"Nothing stands at {path} any more.", "Plan again: it will be made anew."
            )
        if place.marks.ours(path) is None or not stat.S_ISDIR(found.st_mode):
            raise not_ours(path, kind_of(found), "change")
        with place.parent(path) as (folder, name):
            return _observation(path, _set_mode(desired.spec, folder, name), desired.spec)


def delete_folder(prior: Snapshot, call: Call) -> None:
    """Remove it when it is empty, or with all that is in it where `force` says so; one that was found stays."""
    path, place = prior.external_id, place_of(call)
    with mapped(f"removing the folder {path}"):
        mark = place.marks.ours(path)
        if not (mark is not None and mark.found):
            with suppress(FileNotFoundError, NotADirectoryError), place.parent(path) as (folder, name):
                if found := look(folder, name):
                    if mark is None or not stat.S_ISDIR(found.st_mode):
                        raise not_ours(path, kind_of(found), "remove")
                    _remove(folder, name, path, force=prior.spec.get("force") is True)
                    sync(folder)
        place.marks.remove(path)
        if mark is None or not mark.found:
            place.marks.remove_parent(path)
        place.prune(path)


def _remove(folder: int, name: str, path: str, force: bool) -> None:
    if force:
        shutil.rmtree(name, dir_fd=folder)
        return
    try:
        os.rmdir(name, dir_fd=folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        raise ProviderError(
            ErrorKind.CONFLICT,
            "Folder not empty",
            f"{path} still holds {_named_inside(folder, name)}, which this project did not put there or has not removed.",
            "Remove what is in it, or apply `force: true` first, which destroys the folder with all that is in it.",
        ) from None


def _named_inside(folder: int, name: str) -> str:
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        with os.scandir(descriptor) as entries:
            names = sorted(entry.name for entry in entries)
    finally:
        os.close(descriptor)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def adopt_folder(address: Address, path: str, call: Call) -> Observation:
    """Put the mark on the folder that is at `path`; it was there before, so it stays on destroy. Raises ProviderError."""
    place = place_of(call)
    with mapped(f"looking at {path}"):
        found = stands(place, path)
        if found is None or not stat.S_ISDIR(found.st_mode):
            raise nothing_at(path, "folder")
        place.marks.put(path, replace(mark_for(call, str(address), "folder", found), found=True))
    return _observation(path, found, {"mode": ""})
