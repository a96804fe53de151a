"""Variables: default < REIGN_VAR_x < --var-file < --var, read as the declared type and checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Names
from collections.abc import Sequence as Several
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from pydantic_core import SchemaError, SchemaValidator, core_schema

from reign.config import cut
from reign.config.document import VariableModel
from reign.config.evaluate import Evaluator
from reign.config.files import Unreachable, decode, open_regular, read_limited
from reign.config.shape import bodies, entries, read_model
from reign.config.template import BROKEN, Where, is_broken
from reign.model.finding import Finding
from reign.model.schema import Kind, KindName
from reign.model.values import Path as Way
from reign.model.values import Sensitive, Spec, Unknown, Value, format_path
from reign.yaml.nodes import Mapping, Node, Source, find
from reign.yaml.report import Report
from reign.yaml.scalars import plain

ENVIRONMENT = "REIGN_VAR_"
_STATIC = Where(roots=frozenset())
_GIVEN = Where(roots=frozenset(), evaluated=False)
"""A value from outside is text to the letter: whoever may set one must not get to read files with it."""

_SCALARS: dict[str, KindName] = {"string": "string", "number": "number", "bool": "bool", "any": "any"}
_DEEPEST_TYPE = 16


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable. `node` is where it is declared, `default` what stands there as its default."""

    name: str
    kind: Kind
    model: VariableModel
    node: Node
    default: Node | None


def declare(section: Node | None, evaluator: Evaluator) -> dict[str, Variable]:
    """The variables that the document declares."""
    report, declared = evaluator.reader.report, {}
    for name, key, body in bodies(section, report, "`variables`", "The variable"):
        model = read_model(body, VariableModel, evaluator, _STATIC, skip=("default",))
        if model is None:
            model, kind = VariableModel(), None
        else:
            kind = parse_type(model.type)
            if kind is None:
                _report_type(model.type, body, report)
            if model.pattern is not None:
                _check_pattern(model.pattern, body, report)
        declared[name] = Variable(name, kind or Kind(), model, key, body.get("default"))
    return declared


def parse_type(text: str, depth: int = 0) -> Kind | None:
    """The kind of values of a variable's type, such as `list(map(number))`; None when it is no type."""
    text = text.strip()
    if text in _SCALARS:
        return Kind(_SCALARS[text])
    for outer in ("list", "map"):
        if text.startswith(f"{outer}(") and text.endswith(")") and depth < _DEEPEST_TYPE:
            item = parse_type(text[len(outer) + 1 : -1], depth + 1)
            return Kind("list" if outer == "list" else "map", item=item) if item else None
    return None


def assign(
    declared: Names[str, Variable],
    texts: Names[str, str],
    files: Several[Path],
    environ: Names[str, str],
    evaluator: Evaluator,
    planned: Spec,
) -> tuple[Spec, list[Source]]:
    """The value of every variable, and the files that were read. What is broken or missing is reported and `BROKEN`.
    `planned` are those that count above all.

    What a sensitive variable holds is `Sensitive`, but null, which is no value.
    """
    report = evaluator.reader.report
    values: Spec = {}
    for name, variable in declared.items():
        if variable.default is not None:
            values[name] = evaluator.fill(evaluator.reader.read(variable.default, variable.kind, _STATIC))
            _check(variable, values, name, variable.default, report)
    for name, variable in declared.items():
        text = environ.get(ENVIRONMENT + name)
        if text is not None:
            _take_text(variable, text, f"{ENVIRONMENT}{name}", values, evaluator)
    sources = [source for path in files for source in _take_file(path, declared, values, evaluator)]
    for name, text in texts.items():
        if name in declared:
            _take_text(declared[name], text, f"--var {name}", values, evaluator)
        else:
            report.add(_undeclared(name, declared, report))
    values |= {name: value for name, value in planned.items() if name in declared}
    for name, variable in declared.items():
        if name not in values:
            _report_required(variable, report)
            values[name] = BROKEN
    return {name: _marked(declared[name], values[name]) for name in declared}, sources


def _marked(variable: Variable, value: Value) -> Value:
    is_plain = not variable.model.sensitive or value is None or is_broken(value)
    return value if is_plain else Sensitive(value, f"${{var.{variable.name}}}")


def _take_text(variable: Variable, text: str, origin: str, values: Spec, evaluator: Evaluator) -> None:
    """Read what stands on the command line or in the environment as the declared type."""
    report, kind = evaluator.reader.report, variable.kind
    source = Source(origin, text)
    if kind.name in ("string", "number", "bool"):
        values[variable.name] = text if kind.name == "string" else plain(text.strip())
        node: Node | None = Node(source, 0, 0, 0, len(text))
        if variable.model.sensitive:
            _hide(source)
    else:
        told = len(report)
        node = _read(source, variable.model.sensitive, report)
        nothing = BROKEN if len(report) > told else None
        values[variable.name] = evaluator.fill(evaluator.reader.read(node, kind, _GIVEN)) if node else nothing
    _check(variable, values, variable.name, node or Node(source, 0, 0, 0, 0), report)


def _take_file(path: Path, declared: Names[str, Variable], values: Spec, evaluator: Evaluator) -> Iterator[Source]:
    report = evaluator.reader.report
    try:
        with open_regular(str(path), str(path.resolve())) as file:
            inside = path.resolve().is_relative_to(evaluator.files.folder)
            name = str(path.resolve().relative_to(evaluator.files.folder)) if inside else str(path)
            source = Source(name, decode(read_limited(file, name), name))
    except Unreachable as error:
        report.add(Finding(f"config/{error.code}", error.summary, error.detail, fix=error.fix))
        return
    yield source
    is_hidden = any(variable.model.sensitive for variable in declared.values())
    for name, key, node in entries(_read(source, is_hidden, report), report, "A file of variables"):
        if name in declared:
            values[name] = evaluator.fill(evaluator.reader.read(node, declared[name].kind, _GIVEN))
            _check(declared[name], values, name, node, report)
        else:
            nearest = report.nearest(name, declared)
            report.at(key, "unknown-variable", "Unknown variable", _NOT_DECLARED.format(name), nearest=nearest)


def _read(source: Source, is_hidden: bool, report: Report) -> Node | None:
    """The document in a text. Of one that holds something sensitive, what is wrong is told without any of its words."""
    if not is_hidden:
        return cut.read(source, report)
    told = Report()
    node = cut.read(source, told)
    _hide(source)
    for finding in told.sorted():
        place = replace(finding.place, width=1) if finding.place else None
        detail = "Something sensitive stands in this text, so no more of it is shown."
        report.add(Finding(finding.code, finding.summary, detail, place=place))
    return node


def _hide(source: Source) -> None:
    source.hide(Node(source, 0, 0, 0, len(source.text)))


_NOT_DECLARED = 'There is no variable "{}" in this project.'


def _undeclared(name: str, declared: Names[str, Variable], report: Report) -> Finding:
    nearest = report.nearest(name, declared)
    return Finding(
        "config/unknown-variable",
        "Unknown variable",
        f"--var gives a value to it. {_NOT_DECLARED.format(name)}",
        hint=f'did you mean "{nearest}"?' if nearest else "",
        fix="" if nearest else "Declare it under `variables`.",
        path=name,
    )


def _check(variable: Variable, values: Spec, name: str, node: Node, report: Report) -> None:
    """Report a value that the declaration does not allow, and mark it broken."""
    path, wrong = _misfit(values[name], variable.kind) or ((), "")
    if variable.model.sensitive:
        path = ()
    code, summary = "wrong-type", "Wrong type"
    if not wrong and values[name] is None and not variable.model.nullable:
        wrong = "is null, and the variable does not say `nullable: true`"
    elif not wrong and values[name] is not None:
        wrong = _out_of_bounds(values[name], variable.model)
        code, summary = "wrong-value", "Wrong value"
    if wrong and not is_broken(values[name]):
        told = f": {variable.model.message}" if variable.model.message else ""
        declared = Finding("", "", place=variable.node.place()).place
        report.at(
            find(node, path),
            code,
            summary,
            f'The value of the variable "{name}" {wrong}{told}.'.replace("..", "."),
            path=format_path((name, *path)),
            place=Node.place(find(node, path)) if variable.model.sensitive else None,  # its width would tell the length
            related=(declared,) if declared and node.source is not variable.node.source else (),
        )
        values[name] = BROKEN


def _misfit(value: Value, kind: Kind) -> tuple[Way, str] | None:
    """Where in a value something is of the wrong type, and what, in words that go on a sentence; None when nothing is."""
    item = kind.item or Kind()
    match kind.name:
        case "list" if isinstance(value, list):
            return _first_misfit(enumerate(value), item)
        case "map" if isinstance(value, dict):
            return _first_misfit(value.items(), item)
        case "string":
            fits = isinstance(value, str)
        case "bool":
            fits = isinstance(value, bool)
        case "number":
            fits = isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            fits = kind.name == "any"
    if fits or value is None or isinstance(value, Unknown):
        return None
    return (), f"is no {kind.name}, which it is declared to be"


def _first_misfit(parts: Iterable[tuple[str | int, Value]], kind: Kind) -> tuple[Way, str] | None:
    for key, part in parts:
        wrong = _misfit(part, kind)
        if wrong:
            path, words = wrong
            return (key, *path), words if path else f"holds what {words}"
    return None


def _out_of_bounds(value: Value, model: VariableModel) -> str:
    if model.enum is not None and value not in model.enum:
        return f"is none of those allowed: {', '.join(map(str, model.enum))[:200]}"
    if model.pattern is not None and not (isinstance(value, str) and _matches(model.pattern, value)):
        return f"does not match the pattern {model.pattern}"
    size = value if isinstance(value, int | float) else len(value) if isinstance(value, str | list | dict) else 0
    what = "is" if isinstance(value, int | float) else "has a length of"
    shown = "" if model.sensitive else f" {size}, which is"
    if model.min is not None and size < model.min:
        return f"{what}{shown} less than {model.min:g}"
    if model.max is not None and size > model.max:
        return f"{what}{shown} more than {model.max:g}"
    return ""


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return isinstance(compiled, str) or compiled.isinstance_python(value)


def _check_pattern(pattern: str, body: Mapping, report: Report) -> None:
    compiled = _compiled(pattern)
    if isinstance(compiled, str):
        report.at(body.pairs["pattern"][1], "wrong-value", "Wrong value", f"This is no regular expression: {compiled}.")


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> SchemaValidator | str:
    """What tells whether a whole text matches, or what is wrong with the pattern.

    The engine takes time in proportion to the text; Python's own can be kept busy for years by a short pattern.
    """
    try:
        _matcher(pattern)  # alone, since `a)(b` is one only between brackets
        return _matcher(rf"\A(?:{pattern})\z")
    except SchemaError as error:
        return str(error).splitlines()[-1].strip().removeprefix("SchemaError: ").removeprefix("error: ").rstrip(".")


def _matcher(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


def _report_type(text: str, body: Mapping, report: Report) -> None:
    types = (*_SCALARS, "list(string)", "map(string)", "list(number)", "map(number)")
    report.at(
        body.pairs["type"][1],
        "unknown-variable-type",
        "Unknown type of a variable",
        f'"{text[:80]}" is no type of a variable: string, number, bool, any, list(T) or map(T).',
        nearest=report.nearest(text, types),
    )


def _report_required(variable: Variable, report: Report) -> None:
    name = variable.name
    report.at(
        variable.node,
        "required-variable",
        "A variable without a value",
        f'The variable "{name}" has no default, so a value has to be given.',
        fix=f"Give one with --var {name}=..., in a --var-file, or as {ENVIRONMENT}{name}; or declare a default.",
        path=name,
    )
