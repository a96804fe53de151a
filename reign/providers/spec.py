"""Spec models: a type's fields as a pydantic model, and what the rest of Reign reads off it.

A model is annotated with what a change of each field means; `Types` turns models into `model.Schema` and checks specs
against them. A spec may hold values that are not known yet: they pass through every field, at every depth.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from reign.model.errors import InvalidSpec, Problem
from reign.model.nearest import nearest
from reign.model.schema import Exposure, Field, Kind, KindName, Output, Schema, Traits, When
from reign.model.values import Deferred, Path, Secret, Spec, Unknown, Value, format_path

OPAQUE = (Unknown, Deferred, Secret)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a field means to the planner: put it into the field's `Annotated`. The words are those of `schema.Field`."""

    immutable: bool = False
    immutable_when: When | None = None
    recorded: bool = False
    computed: bool = False
    sensitive: bool = False
    identity: bool = False
    holds: bool = False
    observed: bool = True
    exposed: Exposure | None = None
    tells: bool = True


IMMUTABLE = Mark(immutable=True)
IDENTITY = Mark(immutable=True, identity=True)
COMPUTED = Mark(computed=True)
RECORDED = Mark(recorded=True, observed=False)
HOLDS = Mark(holds=True)


@dataclass(frozen=True, slots=True)
class Reads:
    """How the source text of a field is read, where its Python type does not tell (see `schema.Kind`)."""

    kind: KindName


@dataclass(frozen=True, slots=True)
class Also:
    """Other forms in which a value may be written, as type hints (`str` for a list of one, `list[str]` for a map): a
    validator makes them the one form that the field's type says.
    """

    hints: tuple[Any, ...]

    def __init__(self, *hints: Any) -> None:
        object.__setattr__(self, "hints", hints)


class Source(BaseModel):
    """A file to read, pinned by what it held at plan. `path` is relative to the project folder."""

    model_config = ConfigDict(extra="forbid")
    path: str
    sha256: str


class TextSource(Source):
    """A source whose text the plan needs."""

    text: str


def refuse(code: str, summary: str, detail: str, fix: str = "", at: str | int | None = None) -> PydanticCustomError:
    """What a validator raises. The words arrive in the `Problem` as they are. at: the field of a model or the item of a list
    that is meant, where the whole is looked at.
    """
    context = {"code": code, "summary": summary, "detail": detail, "fix": fix, "at": at}
    return PydanticCustomError("reign", "refused", context)


def _pinned(value: Any) -> Any:
    if isinstance(value, str):
        raise refuse(
            "spec/not-pinned",
            "Source not known at plan",
            f"The path {value!r} was not known when the plan was made, so what the file holds could not be pinned.",
            "Write the path, or make it from variables and locals only.",
        )
    return value


def _seconds(value: Any) -> Any:
    if isinstance(value, bool):
        raise refuse("spec/wrong-type", "Wrong type", "A duration is written like 30s or 1m30s, not true or false.")
    return value


Duration = Annotated[float, BeforeValidator(_seconds), Reads("duration")]
PinnedFile = Annotated[Source, BeforeValidator(_pinned), Reads("source")]
PinnedText = Annotated[TextSource, BeforeValidator(_pinned), Reads("text_source")]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a key that others know is not taken: the words of a `Problem`."""

    code: str
    summary: str
    detail: str
    fix: str


class Model(BaseModel):
    """The spec of one type, or a part of one. Unknown keys are refused; numbers are taken where text is asked for.

    refusals: keys that are none of it, and have a finding of their own, by name.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True, coerce_numbers_to_str=True, allow_inf_nan=False)
    refusals: ClassVar[Mapping[str, Refusal]] = {}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler.resolve_ref_schema(handler(source))
        _open_fields(cast("dict[str, Any]", schema))
        return schema


def _open_fields(node: dict[str, Any]) -> None:
    """Let values that are not known yet through each field of the model that `node` describes."""
    while node["type"] != "model-fields":
        node = node["schema"]
    for field in node["fields"].values():
        field["schema"] = _opened(field["schema"])


def _opened(node: dict[str, Any]) -> dict[str, Any]:
    """`node` and the places under it, up to the next model, which sees to itself."""
    inner = node
    while inner["type"] != "model" and isinstance(inner.get("schema"), dict):
        inner = inner["schema"]
    for key in ("items_schema", "values_schema"):
        if key in inner:
            inner[key] = _opened(inner[key])
    if node["type"] == "default":
        node["schema"] = _let_in(node["schema"])
        return node
    return _let_in(node)


def _let_in(node: dict[str, Any]) -> dict[str, Any]:
    schema = core_schema.no_info_wrap_validator_function(_let_through, cast("CoreSchema", node))
    return cast("dict[str, Any]", schema)


def _let_through(value: Any, handler: core_schema.ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, OPAQUE) else handler(value)


def plain(model: BaseModel) -> Spec:
    """A checked model as a spec. What was left out and has no default stays out."""
    spec: Spec = {}
    optional = _optional(type(model))
    for name, value in model.__dict__.items():
        if value is not None or name not in optional:
            spec[name] = _plain(value)
    return spec


def _plain(value: Any) -> Value:
    kind = type(value)
    if kind is str or kind is int or kind is bool:
        return cast("Value", value)
    if isinstance(value, BaseModel):
        return plain(value)
    if kind is dict:
        return {key: _plain(item) for key, item in value.items()}
    if kind is list:
        return [_plain(item) for item in value]
    return cast("Value", value)


@cache
def _optional(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(name for name, field in model.model_fields.items() if field.default is None)


@dataclass(frozen=True)
class TypeSpec(Traits):
    """One type: the model of its spec, its outputs, and what its schema says beyond its fields."""

    name: str
    model: type[Model]
    outputs: Mapping[str, Output]

    def schema(self) -> Schema:
        """The planner's view of the type."""
        return Schema(
            self.name,
            _fields(self.model),
            self.outputs,
            refused=_refused(self.model),
            description=(self.model.__doc__ or "").strip(),
            json=_JsonSchema(self.model),
            **{trait.name: getattr(self, trait.name) for trait in fields(Traits)},
        )

    def normalize(self, spec: Spec) -> Spec:
        """`spec` checked and completed. Raises InvalidSpec with every problem of it."""
        try:
            return plain(self.model.model_validate(spec))
        except ValidationError as error:
            raise InvalidSpec(problems(error, spec, self.model, self.name)) from None


class _JsonSchema(Mapping[str, Any]):
    """The published JSON Schema of a model, made when it is first read: few commands need any."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model
        self._made: dict[str, Any] | None = None

    def _whole(self) -> dict[str, Any]:
        if self._made is None:
            self._made = self._model.model_json_schema()
        return self._made

    def __getitem__(self, key: str) -> Any:
        return self._whole()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())


def _refused(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(model.refusals) if issubclass(model, Model) else frozenset()


def _fields(model: type[BaseModel]) -> dict[str, Field]:
    return {name: _field(info) for name, info in model.model_fields.items()}


def _field(info: FieldInfo) -> Field:
    mark = next((item for item in info.metadata if isinstance(item, Mark)), Mark())
    return Field(
        kind=_kind(info.annotation, info.metadata),
        required=info.is_required(),
        immutable=mark.immutable,
        immutable_when=mark.immutable_when,
        recorded=mark.recorded,
        computed=mark.computed,
        sensitive=mark.sensitive,
        identity=mark.identity,
        holds=mark.holds,
        observed=mark.observed,
        exposed=mark.exposed,
        tells=mark.tells,
        description=info.description or "",
    )


_SCALARS: dict[Any, KindName] = {str: "string", bool: "bool", int: "integer", float: "number"}


def _kind(hint: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> Kind:
    """How a value of this type hint is read from YAML."""
    told = next((item.kind for item in metadata if isinstance(item, Reads)), None)
    if told is not None:
        return Kind(told)
    if others := tuple([_kind(other) for item in metadata if isinstance(item, Also) for other in item.hints]):
        return replace(_kind(hint), also=others)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _kind(args[0], args[1:])
    if origin in (Union, types.UnionType):
        members = [member for member in args if member is not type(None)]
        return _kind(members[0]) if len(members) == 1 else Kind()
    if origin is Literal:
        return Kind("string") if all(isinstance(choice, str) for choice in args) else Kind()
    if hint is list or origin is list:
        return Kind("list", item=_kind(args[0]) if args else Kind())
    if hint is dict or origin is dict:
        return Kind("map", item=_kind(args[1]) if args else Kind())
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return Kind("object", fields=_fields(hint), refused=_refused(hint))
    return Kind(_SCALARS.get(hint, "any"))


# Problems


def problems(error: ValidationError, spec: Spec, model: type[BaseModel], type: str) -> list[Problem]:
    """What pydantic found, in our words, each with its path in `spec`."""
    return [_problem(cast("Mapping[str, Any]", entry), spec, model, type) for entry in error.errors(include_url=False)]


def _problem(entry: Mapping[str, Any], spec: Spec, model: type[BaseModel], type: str) -> Problem:
    path = _path(entry["loc"], spec)
    match entry["type"]:
        case "reign":
            said = entry["ctx"]
            path = path if said["at"] is None else (*path, said["at"])
            return Problem(path, said["code"], said["summary"], said["detail"], fix=said["fix"])
        case "extra_forbidden":
            return _unknown_key(path, model, type)
        case "missing":
            path = tuple(entry["loc"])
            name = format_path(path)
            fix = f"Add `{name}` to its spec. All keys: reign schema {type}"
            return Problem(path, "spec/required", "Missing key", f'{type} needs "{name}".', fix=fix)
    found = f"{format_path(path)} holds {_shown(entry['input'])}. " if path else ""
    detail = f"{found}{_said(entry)}."
    wrong_type = entry["type"] in _WORDS
    code, summary = ("spec/wrong-type", "Wrong type") if wrong_type else ("spec/invalid-value", "Value not allowed")
    return Problem(path, code, summary, detail)


_WORDS = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
}
"""What each of pydantic's type errors asks for, in the words of YAML."""

_LIMITS = {
    "greater_than": "greater than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "finite_number": "a finite number",
    "string_too_short": "a text of {min_length} or more characters",
    "string_too_long": "a text of {max_length} or fewer characters",
    "too_short": "a collection of {min_length} or more entries",
    "too_long": "a collection of {max_length} or fewer entries",
    "literal_error": "{expected}",
}


def _said(entry: Mapping[str, Any]) -> str:
    if words := _WORDS.get(entry["type"]):
        return f"It should be {words}"
    if words := _LIMITS.get(entry["type"]):
        return f"It should be {words.format(**entry.get('ctx', {}))}"
    return str(entry["msg"]).replace("Input should", "It should")


def _unknown_key(path: Path, model: type[BaseModel], type: str) -> Problem:
    key, holder = str(path[-1]), _model_at(model, path[:-1])
    told = holder.refusals.get(key) if issubclass(holder, Model) else None
    if told is not None:
        return Problem(path, told.code, told.summary, told.detail, fix=told.fix)
    names = [name for name, field in _fields(holder).items() if not field.computed]
    meant = nearest(key, names)
    where = f"{format_path(path[:-1])} of {type}" if len(path) > 1 else type
    return Problem(
        path,
        "spec/unknown-key",
        "Unknown key",
        f"{where} has no key {key!r}.",
        meant,
        f"Rename it to {meant!r}." if meant else f"Remove it. All keys: {', '.join(names)}.",
    )


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel]:
    """The model of the part of a spec at `path`."""
    for part in path:
        if isinstance(part, int) or part not in model.model_fields:
            continue
        inner = _model_in(model.model_fields[part].annotation)
        if inner is None:
            return model
        model = inner
    return model


def _model_in(hint: Any) -> type[BaseModel] | None:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    return next((found for arg in get_args(hint) if (found := _model_in(arg)) is not None), None)


def _path(location: tuple[str | int, ...], spec: Value) -> Path:
    """The parts of pydantic's location that are really in the spec."""
    path: list[str | int] = []
    value: Any = spec
    for part in location:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            continue
        path.append(part)
    return tuple(path)


def _shown(value: Any) -> str:
    match value:
        case None | bool():
            return json.dumps(value)
        case dict():
            return "a map"
        case list():
            return "a list"
        case str() if len(value) > 60:
            return f"a text of {len(value)} characters"
    return repr(value)


class Types:
    """The types of one provider, by name."""

    def __init__(self, *entries: TypeSpec) -> None:
        self._entries = {entry.name: entry for entry in entries}
        self._schemas: dict[str, Schema] | None = None

    def schemas(self) -> Mapping[str, Schema]:
        """Type -> schema, made once."""
        if self._schemas is None:
            self._schemas = {name: entry.schema() for name, entry in self._entries.items()}
        return self._schemas

    def normalize(self, type: str, spec: Spec) -> Spec:
        """`spec` checked against its type. Raises InvalidSpec."""
        return self._entries[type].normalize(spec)
