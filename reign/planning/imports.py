"""`imports`: which of them are wrong whatever is there, and whether one is done already."""

from __future__ import annotations

from dataclasses import replace

from reign.model.address import Address
from reign.model.finding import Finding
from reign.model.plan import Action, Change, Plan, Step
from reign.model.resource import Import, Snapshot
from reign.model.values import reveal
from reign.planning import statements
from reign.planning.inputs import Inputs
from reign.planning.shapes import Shape

_SHORTEST = 6
"""Of an id that only begins the one that its system tells."""


def wrong_imports(inputs: Inputs) -> list[Finding]:
    """What is not declared, what is to be taken under two addresses, and what is to be two things at once."""
    found: list[Finding] = []
    by_address: dict[Address, Import] = {}
    by_id: dict[tuple[str, str, str], Import] = {}
    for each in inputs.imports:
        declared = inputs.desired.get(each.to)
        if declared is None:
            found.append(statements.import_undeclared(each, inputs.desired))
            continue
        thing = (each.to.type, declared.connection, each.id)
        first = by_address.setdefault(each.to, each), by_id.setdefault(thing, each)
        if any(other is not each for other in first):
            found.append(statements.import_twice(each, next(other for other in first if other is not each)))
    return found


def only(made: Plan, address: Address) -> Plan:
    """Of a plan, nothing but what is said of `address`, which is then not to be carried out."""
    told = tuple(finding for finding in made.findings if finding.address in ("", address.text))
    changes = tuple(change for change in made.changes if change.address == address)
    basis = replace(made.basis, options={})
    return replace(
        made, basis=basis, changes=changes, steps=(), findings=told, drift=(), outputs=(), checks=(), complete=False
    )


def only_import(made: Plan, address: Address) -> Plan:
    """Of a plan, nothing but that what stands outside is taken over at `address`, as it is: what differs is left to the
    next plan. There is nothing in it where there is nothing to take over.
    """
    made = only(made, address)
    change = next((each for each in made.changes if each.import_id is not None), None)
    if change is None:
        return replace(made, changes=())
    taken = Change(
        address=address,
        action=Action.NOOP,
        connection=change.connection,
        before=change.before,
        after=change.before,
        before_outputs=change.before_outputs,
        after_outputs=change.before_outputs,
        import_id=change.import_id,
        prior=change.prior,
        desired=change.desired,
        depends_on=change.depends_on,
        digest=change.digest,
    )
    return replace(made, changes=(taken,), steps=(Step("call", "adopt", address),))


def is_same_id(id: str, held: Snapshot, shape: Shape) -> bool:
    """Whether what the state holds is what `id` names: by its id, the beginning of it, its identity or an output."""
    if held.external_id == id or (len(id) >= _SHORTEST and held.external_id.startswith(id)):
        return True
    names = (*(held.spec.get(name) for name in shape.identity), *map(reveal, held.outputs.values()))
    return any(isinstance(name, str) and name == id for name in names)
