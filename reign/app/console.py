"""`console`: expressions on a project, with the values of its state. Nothing is run, reached, locked or written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reign.app.declared import all_findings, planner_inputs
from reign.app.nouns import Where
from reign.app.workspace import open_workspace, request
from reign.config import functions, load
from reign.expression import ExpressionError, Scope, parse_expression, resolve, resource_root
from reign.model.errors import Failed
from reign.model.finding import Finding, Place
from reign.model.values import Deferred, Unknown, Value, mapped
from reign.planning import Options
from reign.planning.resolve import seen_by_state
from reign.state import read

MOST_ROUNDS = 8
"""What a local leaves open is filled in by one more round; more of them than this no project has."""


def open_console(where: Where) -> Callable[[str], Value]:
    """What gives the value of an expression, `var.tag | upper`, or of a text that begins with `${`.

    It reads variables, locals, what is declared, and outputs as the state has them; what only a look, a secret or an
    apply would tell is Unknown. It raises ExpressionError, with the place in the text. Raises Failed itself where the
    project's files are wrong.
    """
    space = open_workspace(where)
    registry = space.registry
    asked = replace(request(where), hides_env=not space.trusted)
    loaded = load(
        asked, registry.schema, registry.types, data_types=registry.data_types, check_settings=registry.check_settings
    )
    project = loaded.project
    if project is None:
        raise Failed(all_findings(space, loaded))
    inputs = planner_inputs(space, project, read(space.layout), Options(refresh=False))
    _, view = seen_by_state(inputs)
    roots = {
        **project.roots,
        "local": project.locals,
        "project": {"name": project.name, "env": project.env, "dir": str(space.folder)},
        "resources": resource_root([group for group in inputs.groups if group.mode == "managed"], view),
        "data": resource_root([group for group in inputs.groups if group.mode == "data"], view),
        "run": {"id": Unknown(("run.id",))},
    }
    scope = Scope(roots, functions=functions(project))
    return lambda text: _value(text, scope)


def _value(text: str, scope: Scope) -> Value:
    if text.startswith("${"):
        return _filled(resolve(text, scope), scope)
    parse_expression(text)  # else a bracket that closes nothing would end the expression, and the rest be a text
    try:
        return _filled(resolve(f"${{ {text} }}", scope), scope)
    except ExpressionError as error:
        raise error.at(max(0, error.offset - 3), error.width) from None


def _filled(value: Value, scope: Scope) -> Value:
    """`value` with what locals left open in it, which reads resources."""
    for _ in range(MOST_ROUNDS):
        filled = mapped(value, (Deferred,), lambda part, _: resolve(part.text, scope, part.kind))
        if filled == value:
            break
        value = filled
    return value


def refused(error: ExpressionError, text: str, line: int) -> Finding:
    """The finding about an expression that begins on `line` (from 1) of what was typed."""
    above = text[: error.offset].count("\n")
    lines = text.split("\n")
    column = error.offset - (text.rfind("\n", 0, error.offset) + 1)
    place = Place("the console", line + above, column + 1, max(1, min(error.width, len(lines[above]) - column)))
    return Finding(
        "console/expression",
        "Wrong expression",
        f"{error.message[:1].upper()}{error.message[1:]}.",
        place=place,
        excerpt=((place.line, lines[above]),),
        hint=f'did you mean "{error.hint}"?' if error.hint else "",
        fix=error.fix,
    )
