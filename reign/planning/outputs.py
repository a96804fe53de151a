"""The project's outputs, before and after."""

from __future__ import annotations

from typing import Literal, TypeAlias

from reign.model.event import OutputValue
from reign.model.finding import Finding
from reign.model.plan import OutputChange
from reign.model.values import Secret, Sensitive, Unknown, Value, is_known, is_sensitive, reveal, unknowns
from reign.planning import findings
from reign.planning.diff import differences
from reign.planning.inputs import Inputs, OutputDeclaration
from reign.planning.resolve import Filler, Trouble

Word: TypeAlias = Literal["no-op", "create", "update", "delete"]


def output_changes(inputs: Inputs, filler: Filler, told: list[Finding]) -> tuple[OutputChange, ...]:
    """Every output that is declared or recorded, by name. A plan that destroys everything ends all of them."""
    declared = {} if inputs.options.destroy else inputs.outputs
    held = inputs.prior.outputs
    found: list[OutputChange] = []
    for name in sorted({*declared, *held}):
        before, declaration = held.get(name), declared.get(name)
        if declaration is not None:
            found.append(_declared(inputs, filler, name, declaration, before, told))
        elif before is not None and not inputs.options.refresh_only:
            found.append(OutputChange(name, "delete", before=_before(before), sensitive=before.sensitive))
    return tuple(found)


def _declared(
    inputs: Inputs,
    filler: Filler,
    name: str,
    declaration: OutputDeclaration,
    before: OutputValue | None,
    told: list[Finding],
) -> OutputChange:
    troubles: list[Trouble] = []
    after = filler.value(declaration.value, (), troubles)
    if inputs.options.refresh_only and (troubles or not is_known(after)):
        return _kept(name, declaration, before)
    told += [findings.output_not_evaluated(name, error) for _, error in troubles]
    if is_sensitive(after) and not declaration.sensitive:
        told.append(findings.sensitive_output(name))
    elif declaration.sensitive:
        after = _hidden(after)
    action: Word = "create"
    if before is not None:
        same = before.sensitive == declaration.sensitive and not differences(
            {"": before.value}, {"": after}, inputs.hash
        )
        action = "no-op" if same else "update"
    return OutputChange(
        name,
        action,
        before=_before(before),
        after=after,
        value=declaration.value,
        sensitive=declaration.sensitive,
        description=declaration.description,
    )


def _kept(name: str, declaration: OutputDeclaration, before: OutputValue | None) -> OutputChange:
    """An output that cannot be told from what is there: a plan that only takes over leaves it as it was."""
    value = _before(before)
    sensitive = before.sensitive if before else declaration.sensitive
    return OutputChange(name, "no-op", value, value, value, sensitive, declaration.description)


def _before(held: OutputValue | None) -> Value:
    if held is None:
        return None
    return _hidden(held.value) if held.sensitive else held.value


def _hidden(value: Value) -> Value:
    """`value` with a mark: it is said to be sensitive, whatever it is made from."""
    if value is None or isinstance(value, Sensitive | Secret):
        return value
    return Sensitive(reveal(value)) if is_known(value) else Unknown(unknowns(value), sensitive=True)
