"""The functions and filters of expressions that need files or YAML: `file filehash files yaml fromyaml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from io import StringIO
from typing import Any

from reign.config.files import Files, Unreachable
from reign.expression import ExpressionError
from reign.model.values import Value
from reign.yaml.compose import Unreadable, compose
from reign.yaml.nodes import Source
from reign.yaml.report import Report
from reign.yaml.scalars import literal

Function = Callable[..., Value]


def functions_over(files: Files) -> Mapping[str, Function]:
    """All five; those that read files see only what `files` may, and pin it."""
    return {
        "file": partial(_over_files, lambda name: files.text(name)[0]),
        "filehash": partial(_over_files, files.sha256),
        "files": partial(_over_files, files.matching),
        "yaml": to_yaml,
        "fromyaml": from_yaml,
    }


def _over_files(read: Callable[[str], Any], name: Value) -> Value:
    if not isinstance(name, str):
        raise ExpressionError("a file is named by a text")
    try:
        value: Value = read(name)
    except Unreachable as error:
        raise ExpressionError(f"{error.summary}: {error.detail}", fix=error.fix) from None
    return value


def to_yaml(value: Value) -> Value:
    """`value` as block YAML that readers of YAML 1.1 and 1.2 understand alike: what could be anything else is quoted."""
    from ruamel.yaml import YAML
    from ruamel.yaml.representer import SafeRepresenter

    class Representer(SafeRepresenter):
        def ignore_aliases(self, data: Any) -> bool:
            del data
            return True

    Representer.add_representer(str, _represent_text)
    writer = YAML(typ="safe", pure=True)
    writer.Representer = Representer
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.width = 1 << 20
    out = StringIO()
    writer.dump(value, out)
    return out.getvalue().removesuffix("...\n")


def _represent_text(representer: Any, text: str) -> Any:
    if "\n" in text.strip() and _is_block(text):
        return representer.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    style = None if _is_word(text) else '"'
    return representer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _is_block(text: str) -> bool:
    return all(line.isprintable() and line == line.rstrip() for line in text.split("\n")) and not text[0].isspace()


def _is_word(text: str) -> bool:
    first = text[:1]
    bare = text.replace("_", "").replace("-", "").replace(".", "").replace("/", "")
    ambiguous = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
    return first.isalpha() and bare.isalnum() and text.isascii() and text.lower() not in ambiguous


def from_yaml(text: Value) -> Value:
    """The value that a YAML text means by the core schema, within the limits of a file."""
    if not isinstance(text, str):
        raise ExpressionError("fromyaml reads a text")
    report = Report()
    try:
        node = compose(Source("the text", text), report)
    except Unreadable as error:
        raise ExpressionError(_in_words(error.finding)) from None
    if report.failed:
        raise ExpressionError(_in_words(report.sorted()[0]))
    if node is None:
        return None
    return literal(node)


def _in_words(finding: Any) -> str:
    return f"{finding.summary} on line {finding.place.line} of the text: {finding.detail}"
