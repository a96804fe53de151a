"""The specs of `local.file`, `local.directory` and `local.template`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Annotated, Any

from pydantic import AfterValidator, model_validator
from pydantic import Field as Described
from pydantic_core import PydanticCustomError

from reign.expression.templates import TemplateError, render
from reign.model.errors import ErrorKind, InvalidSpec, Problem, ProviderError
from reign.model.finding import Place
from reign.model.schema import Kind, Output, When
from reign.model.values import Spec, Unknown, unknowns
from reign.providers.local.lookup import LookedUpFileSpec
from reign.providers.local.paths import checked_file, checked_folder, checked_tree
from reign.providers.spec import (
    COMPUTED,
    IDENTITY,
    OPAQUE,
    RECORDED,
    Mark,
    Model,
    PinnedFile,
    PinnedText,
    Reads,
    Types,
    TypeSpec,
    refuse,
)

_MODE = re.compile(r"(?:0o|0)?([0-7]{3}|[0-7]{4})")
_LONGEST_LINE = 1_000
"""Characters of a template's line that a finding carries."""
_CONTENT = ("content", "content_base64", "source")


def _mode(text: str) -> str:
    found = _MODE.fullmatch(text)
    if not found:
        raise refuse(
            "spec/mode",
            "Not a file mode",
            f"The mode {text!r} is none: three or four digits from 0 to 7 are.",
            'Write it like "0644".',
        )
    return found[1].zfill(4)


def _base64(text: str) -> str:
    try:
        return base64.b64encode(base64.b64decode("".join(text.split()), validate=True)).decode()
    except (binascii.Error, ValueError):
        raise refuse(
            "spec/base64", "Not base64", "content_base64 is not valid base64.", "Use `content` for text."
        ) from None


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refuse(
            "spec/text", "Not a text", "The text holds half a character.", "Use `content_base64` for bytes."
        ) from None
    return text


FilePath = Annotated[str, AfterValidator(checked_file), IDENTITY]
Mode = Annotated[str, AfterValidator(_mode)]
Text = Annotated[str, AfterValidator(_text)]
Base64 = Annotated[str, AfterValidator(_base64)]
Backup = Annotated[
    bool,
    RECORDED,
    Described(description="Keep what an update overwrites, beside it: NAME, 12 digits of its sha256, .bak."),
]
Sha256 = Annotated[str | None, COMPUTED, Described(description="sha256 of the content.")]
Bytes = Annotated[int | None, COMPUTED, Described(description="Size of the content.")]


class FileSpec(Model):
    """A file of the project."""

    path: Annotated[FilePath, Described(description="Where it stands, below the project folder; parents are made.")]
    content: Annotated[Text | None, Described(description="What it holds, as text.")] = None
    content_base64: Annotated[Base64 | None, Described(description="What it holds, as bytes in base64.")] = None
    source: Annotated[PinnedFile | None, Described(description="A file to copy, pinned by its sha256 at plan.")] = None
    mode: Annotated[Mode, Described(description="Permissions in octal digits.")] = "0644"
    backup: Backup = False
    sha256: Sha256 = None
    bytes: Bytes = None

    @model_validator(mode="after")
    def _one_content(self) -> FileSpec:
        _exactly_one(self, _CONTENT)
        return self


class TemplateSpec(Model):
    """A file made from a template: `${name}`, `%{ for x in xs }`, `%{ if c }` over `vars` alone."""

    path: Annotated[FilePath, Described(description="Where it stands, below the project folder; parents are made.")]
    template: Annotated[Text | None, Reads("template"), Described(description="The template itself.")] = None
    source: Annotated[PinnedText | None, Described(description="The file that holds the template.")] = None
    vars: Annotated[dict[str, Any] | None, Described(description="The names that the template may use.")] = None
    content: Annotated[Text | None, COMPUTED, Described(description="What was rendered.")] = None
    mode: Annotated[Mode, Described(description="Permissions in octal digits.")] = "0644"
    backup: Backup = False
    sha256: Sha256 = None
    bytes: Bytes = None

    @model_validator(mode="after")
    def _one_template(self) -> TemplateSpec:
        _exactly_one(self, ("template", "source") if self.content is None else ("template", "source", "content"))
        return self


class DirectorySpec(Model):
    """A folder of the project."""

    path: Annotated[
        str, AfterValidator(checked_folder), IDENTITY, Described(description="Where it stands; parents are made.")
    ]
    mode: Annotated[
        Mode | None, Described(description="Permissions in octal digits; 0755 when made, and left alone, unless given.")
    ] = None
    exist_ok: Annotated[
        bool, RECORDED, Described(description="Accept one that is there already; it stays on destroy.")
    ] = False
    force: Annotated[bool, RECORDED, Described(description="Destroy it with all that is in it.")] = False


def _pattern(text: str) -> str:
    if not text.strip("/") or ".." in text.split("/") or "\0" in text:
        raise refuse(
            "spec/pattern",
            "Not a pattern",
            f"{text!r} matches nothing below `source`.",
            "Write it like *.conf, docs/**, or a name.",
        )
    return text


Patterns = list[Annotated[str, AfterValidator(_pattern)]] | None


NAMING = Mark(identity=True)
"""Which files there are follows from it, so nothing sensitive may stand in it."""


class TreeSpec(Model):
    """All files of a folder, each one a `local.file`."""

    source: Annotated[
        str, NAMING, Described(min_length=1, description="The folder to copy, inside the root; // is the root.")
    ]
    path: Annotated[
        str,
        AfterValidator(checked_tree),
        NAMING,
        Described(
            description="Where its files stand; `.` is the project folder, or that of the connection. Parents are made."
        ),
    ]
    include: Annotated[
        Patterns, NAMING, Described(description="Only what one of these patterns matches; all unless given.")
    ] = None
    exclude: Annotated[Patterns, NAMING, Described(description="Nothing that one of these patterns matches.")] = None
    mode: Annotated[
        Mode | None, NAMING, Described(description="Permissions of all files; each as its source unless given.")
    ] = None
    prune: Annotated[
        bool,
        NAMING,
        Described(description="Delete what leaves the tree or goes with it; false: let it stand, and forget it."),
    ] = True


def _exactly_one(model: Model, names: tuple[str, ...]) -> None:
    given = [name for name in names if getattr(model, name) is not None]
    if len(given) == 1:
        return
    choices = ", ".join(names[:-1]) + f" and {names[-1]}"
    said = f"it has {' and '.join(given)}" if given else "it has none"
    raise refuse("spec/one-of", "Exactly one is needed", f"Of {choices}, exactly one is needed; {said}.", "Keep one.")


class FileType(TypeSpec):
    """`local.file`: what follows from the content is filled in."""

    def normalize(self, spec: Spec) -> Spec:
        """See `TypeSpec`."""
        return _measured(super().normalize(spec))


class TemplateType(TypeSpec):
    """`local.template`: comes out as the file that it renders to."""

    def normalize(self, spec: Spec) -> Spec:
        """See `TypeSpec`. A template that cannot be rendered is a problem of `template` or `source`."""
        checked = super().normalize(spec)
        given: Spec = {name: checked.pop(name) for name in ("template", "source", "vars") if name in checked}
        if "template" in given or "source" in given:
            checked["content"] = _rendered(given)
        return _measured(checked)


def _rendered(given: Spec) -> Any:
    name = "template" if "template" in given else "source"
    held = given[name]
    text, names = held["text"] if isinstance(held, dict) else held, given.get("vars", {})
    if isinstance(text, OPAQUE) or isinstance(names, OPAQUE):
        return _waiting(text if isinstance(text, OPAQUE) else names)
    try:
        rendered = render(str(text), names if isinstance(names, dict) else {})
    except TemplateError as error:
        raise InvalidSpec([_unrendered(name, held, str(text), error)]) from None
    return rendered


def _unrendered(name: str, held: Any, text: str, error: TemplateError) -> Problem:
    """What is wrong with a template, at the line of the file that it stands in, or of its text."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    left = len(lines[error.line - 1]) - error.column + 1
    file = str(held["path"]) if isinstance(held, dict) else ""
    last = error.line + (error.line < len(lines) and bool(lines[error.line].strip()))
    around = range(max(1, error.line - 1), last + 1)
    return Problem(
        (name,),
        "spec/template",
        "Template cannot be rendered",
        f"{error.message[:1].upper()}{error.message[1:]}.",
        error.hint,
        error.fix or (f'Write "{error.hint}".' if error.hint else ""),
        Place(file, error.line, error.column, max(1, min(error.width, left))),
        tuple([(number, lines[number - 1][:_LONGEST_LINE]) for number in around]) if file else (),
    )


def _waiting(value: Any) -> Unknown:
    return value if isinstance(value, Unknown) else Unknown(unknowns(value))


def _measured(spec: Spec) -> Spec:
    """`spec` with the computed fields that follow from its content, in the order of the type."""
    for name in ("sha256", "bytes"):
        spec.pop(name, None)
    content = next((spec[name] for name in _CONTENT if name in spec), None)
    if isinstance(content, OPAQUE):
        spec["sha256"] = spec["bytes"] = _waiting(content)
    elif isinstance(content, dict):
        spec["sha256"] = content["sha256"]
    else:
        raw = base64.b64decode(str(content)) if "content_base64" in spec else str(content).encode()
        spec["sha256"], spec["bytes"] = hashlib.sha256(raw).hexdigest(), len(raw)
    return spec


_FILE_OUTPUTS = {
    "path": Output(Kind("string"), description="The path as declared."),
    "sha256": Output(Kind("string"), follows=_CONTENT, description="sha256 of the content."),
    "bytes": Output(Kind("integer"), follows=_CONTENT, description="Size of the content."),
    "mode": Output(Kind("string"), follows=("mode",), description="Permissions, four octal digits."),
}

_LOOKED_UP = {
    "path": Output(Kind("string"), description="The path as declared."),
    "content": Output(Kind("string"), description="What it holds, as text."),
    "sha256": Output(Kind("string"), description="sha256 of the content."),
    "bytes": Output(Kind("integer"), description="Size of the content."),
    "mode": Output(Kind("string"), description="Permissions, four octal digits."),
}

_TREE_OUTPUTS = {"files": Output(Kind("list", item=Kind("string")), description="The keys of its files, sorted.")}
_FOLDER_OUTPUTS = {"path": Output(Kind("string"), description="The path as declared.")}
_PATHS = "path"
"""One thing stands at a path, whatever its type."""


def imported_path(type: str, external_id: str) -> str:
    """The canonical path that an import names. Raises ProviderError `invalid`."""
    try:
        return checked_folder(external_id) if type == "local.directory" else checked_file(external_id)
    except PydanticCustomError as error:
        said = error.context or {}
        raise ProviderError(ErrorKind.INVALID, said["summary"], said["detail"], said["fix"]) from None


def local_types() -> Types:
    """The types of the provider `local`."""
    return Types(
        FileType("local.file", FileSpec, _FILE_OUTPUTS, space=_PATHS, nests=True, beneath=True),
        TypeSpec(
            "local.directory",
            DirectorySpec,
            _FOLDER_OUTPUTS,
            space=_PATHS,
            nests=True,
            beneath=True,
            fills=When(true=("force",)),
        ),
        TemplateType("local.template", TemplateSpec, _FILE_OUTPUTS, space=_PATHS, nests=True, beneath=True),
        TypeSpec("local.tree", TreeSpec, _TREE_OUTPUTS, beneath=True, expands=True),
        TypeSpec("data.local.file", LookedUpFileSpec, _LOOKED_UP, marked=False, beneath=True, data=True),
    )
