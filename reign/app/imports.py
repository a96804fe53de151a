"""`import ADDRESS ID`: a plan with nothing in it but that one thing is taken over, which runs like any other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reign.app.data import look_up_data
from reign.app.declared import Declared, load_project, planner_inputs
from reign.app.nouns import Looking, Planned, Taking, Where, nobody
from reign.app.observe import observe
from reign.app.plan import parted, settled_state
from reign.app.secrets import Secrets
from reign.app.unseen import hidden, hidden_values
from reign.app.workspace import Workspace, open_workspace
from reign.model.address import Address
from reign.model.errors import Failed, ReignError
from reign.model.event import State
from reign.model.finding import Finding, Severity
from reign.model.nearest import nearest
from reign.model.plan import Plan
from reign.model.resource import Import
from reign.planning import Inputs, Options, by_hand, desired_now, moved_state, plan
from reign.planning.imports import only, only_import
from reign.planning.nesting import nested
from reign.planning.selection import Names
from reign.planning.shapes import Shapes


def make_import(where: Where, taking: Taking, looking: Looking = nobody) -> Planned:
    """What `import` would do, on the state as it is read, without a lock. Raises Failed where it cannot be done."""
    space = open_workspace(where)
    declared = load_project(space, Secrets(space, lambda: space.held))
    state, told = settled_state(space, space.held, declared.project.resources)
    planned = plan_import(space, declared, taking, state, looking)
    return replace(planned, warnings=(*told, *planned.warnings))


def plan_import(
    space: Workspace, declared: Declared, taking: Taking, state: State, looking: Looking = nobody
) -> Planned:
    """The same of a project that was loaded, on a state that was read and opened."""
    inputs = planner_inputs(space, declared.project, state, Options())
    to = _declared(inputs, taking)
    held = moved_state(inputs).resources.get(to)
    if held is not None:
        raise Failed([by_hand.import_managed(to, taking.id, held.external_id)])
    inputs = _seen(space, declared, _alone(inputs, to, (Import(to, taking.id),)), to, looking)
    made = only_import(plan(inputs), to)
    told = tuple(
        replace(each, fix=_by_hand(each)) for each in made.findings if to in inputs.observed or not _blind(each)
    )
    if to not in inputs.observed and not inputs.unseen:
        raise Failed([by_hand.import_blind(to, taking.id)])
    return parted(space, replace(made, findings=told), declared, inputs.desired)


def plan_next(where: Where, taking: Taking) -> Plan | None:
    """What the next plan says of what was just imported, all else left aside; None where that cannot be told."""
    space = open_workspace(where)
    try:
        declared = load_project(space, Secrets(space, lambda: space.held))
        inputs = planner_inputs(space, declared.project, space.held, Options())
        to = _declared(inputs, taking)
        made = only(plan(_seen(space, declared, _alone(inputs, to), to, nobody)), to)
    except ReignError:
        return None
    return None if any(finding.severity is Severity.ERROR for finding in made.findings) else made


def _seen(space: Workspace, declared: Declared, inputs: Inputs, to: Address, looking: Looking) -> Inputs:
    """`inputs` with what stands at `to`, and of what is made of what. Where only a trusted folder is asked, it says so."""
    site = space.site(inputs.basis.lineage, inputs.project, inputs.env)
    data = look_up_data(space, inputs, site, looking)
    inputs = replace(inputs, data=data.answers)
    now = {address: resource for address, resource in desired_now(inputs).items() if address == to}
    unseen = hidden(space, now, State(), inputs.connections)
    wanted = [] if to in unseen.addresses else [to]
    state = moved_state(inputs)
    seen = observe(space, site, now, state, inputs.connections, wanted, inputs.imports, looking)
    phrases = (*declared.unseen, *hidden_values(space, declared.project), *data.unseen, *unseen.phrases)
    return replace(inputs, observed=seen, unseen=tuple(dict.fromkeys(phrases)))


def _blind(finding: Finding) -> bool:
    """What is told in other words: why nothing was looked at."""
    return finding.code == "plan/import-unseen"


def _by_hand(finding: Finding) -> str:
    """What to do, where that is not what it would be of an import in the project's files."""
    fix = "Correct the id." if finding.code == "plan/import-missing" else finding.fix
    return fix.replace("replace the import by:", "write")


def _declared(inputs: Inputs, taking: Taking) -> Address:
    """The one declared instance that the user means. Raises Failed."""
    managed = sorted((each for each in inputs.desired if each.mode == "managed"), key=Address.sort_key)
    found = [each for each in managed if each.text == taking.to] or Names(managed).find(taking.to)
    if len(found) == 1:
        return found[0]
    if found:
        raise Failed([by_hand.import_several(taking.to, taking.id, found)])
    names = [name for each in managed for name in (each.text, each.text.removeprefix(f"{each.type}."))]
    fix = _how_to_declare(taking.to, managed)
    raise Failed([by_hand.import_undeclared(taking.to, taking.id, nearest(taking.to, names), fix)])


def _how_to_declare(text: str, managed: Iterable[Address]) -> str:
    """What makes `text` a place to import to."""
    front, bracket, key = text.removesuffix("]").partition("[")
    mode, _, name = front.rpartition(".")
    if mode == "data" or mode.startswith("data."):
        return "What is looked up stays somebody else's. To manage it, declare it under `resources`."
    if bracket and any(each.name == name and each.key is not None for each in managed):
        return f"{name} is declared, without [{key}]: add that to its `for_each`, or raise its `count`."
    return "\n".join(["Declare it first, as it should be:", *(f"  {line}" for line in _block(mode, name, key))])


def _block(type: str, name: str, key: str) -> Iterable[str]:
    """What to write into the project's file."""
    yield "resources:"
    yield f"  {name}:"
    yield f"    type: {type or 'TYPE'}"
    if key:
        yield f"    count: {int(key) + 1}" if key.isdecimal() else f"    for_each: [{key}]"
    yield "    spec: {}"


def _alone(inputs: Inputs, to: Address, imports: tuple[Import, ...] = ()) -> Inputs:
    """`inputs` with what is imported, all that it waits for, and nothing else that is asked for."""
    desired = nested(inputs.desired, Shapes(inputs.schema))
    wanted, kept = [to], set[Address]()
    while wanted:
        address = wanted.pop()
        if address not in kept and address in desired:
            kept.add(address)
            wanted += desired[address].depends_on
    return replace(
        inputs,
        desired={address: resource for address, resource in inputs.desired.items() if address in kept},
        imports=imports,
        options=Options(targets=(to.text,)),
        outputs={},
        checks=(),
        removed=(),
    )
