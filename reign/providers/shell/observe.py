"""What `read` says of shell resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from reign.model.address import Address
from reign.model.errors import ProviderError
from reign.model.resource import Observation, Snapshot
from reign.model.values import Spec, is_known
from reign.ports import Call, Wanted
from reign.providers.modelled import as_recorded
from reign.providers.shell.perform import outputs_of, read_back
from reign.providers.shell.safety.concerns import concerns, refuse

AT_ONCE = 8
_ACTING = ("create", "script", "source", "interpreter", "args", "stdin", "env", "cwd", "shell", "triggers")
_ASKED = ("read", "absent_codes", "stdin", "env", "cwd", "shell", "timeout", "output")
_DRIFTED = "it prints something else than was recorded"
_AGAIN = "it prints something else than was recorded, once more"


def observe_all(wanted: Sequence[Wanted], call: Call) -> Mapping[Address, Observation | ProviderError | None]:
    """One answer for each: what `read` says, or what the state does where there is none to run."""
    specs = [(item, _spec_of(item)) for item in wanted]
    asked = [(item, spec) for item, spec in specs if spec is not None]
    seen = dict(as_recorded([item for item, spec in specs if spec is None]))
    if len(asked) < 2:
        return {**seen, **{item.address: _seen(item, spec, call) for item, spec in asked}}
    with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(asked))) as pool:
        answers = pool.map(lambda pair: _seen(pair[0], pair[1], call), asked)
        return {**seen, **{item.address: answer for (item, _), answer in zip(asked, answers, strict=True)}}


def _spec_of(wanted: Wanted) -> Spec | None:
    """The spec whose `read` is run; None where there is none, or it is not known.

    What was made is asked about as it was made. Only where nothing that acts has changed does a new `read` count: it
    asks about the same thing in other words.
    """
    known, desired = wanted.known, wanted.desired
    spec = known.spec if known else desired.spec if desired else {}
    if known and desired and all(known.spec.get(name) == desired.spec.get(name) for name in _ACTING):
        spec = desired.spec
    if spec.get("read") is None or not is_known([spec.get(name) for name in _ASKED]):
        return None
    return spec


def _seen(wanted: Wanted, spec: Spec, call: Call) -> Observation | ProviderError | None:
    try:
        if wanted.desired is not None:  # what is only recorded was judged when it was declared
            refuse(concerns(spec, call.site, ("read",)), wanted.desired.allow, str(wanted.address))
        told = read_back(str(wanted.address), spec, call)
        if told is None:
            return None
        outputs = outputs_of(told, spec)
    except ProviderError as error:
        return error
    if wanted.known is None:
        return Observation(wanted.key or str(wanted.address), spec, outputs, found=not wanted.key)
    held = wanted.known
    now: Spec = {**held.spec, "drift": _drift(held, spec, outputs)}
    return Observation(held.external_id, now, outputs, found=held.found)


def _drift(known: Snapshot, spec: Spec, outputs: Spec) -> str | None:
    """What the state says of it, as long as nothing has changed since: also where it has taken over what was changed, which
    is not what is declared. Another change since is told in other words.
    """
    held = known.spec.get("drift")
    if not _has_drifted(known, spec, outputs):
        return held if isinstance(held, str) else None
    return _AGAIN if held == _DRIFTED else _DRIFTED


def _has_drifted(known: Snapshot, spec: Spec, outputs: Spec) -> bool:
    """Whether the same `read` prints something else than when it was recorded."""
    same = known.spec.get("read") == spec.get("read")
    return same and "stdout" in known.outputs and known.outputs["stdout"] != outputs["stdout"]
