"""The grammar of reign.yaml as models: which keys there are, what they hold, and the published JSON Schema.

Nodes are read by `kind_of` these models first (expressions, durations, positions), then checked by the models.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from reign.model import schema
from reign.model.schema import Kind, KindName
from reign.yaml.scalars import seconds

NAME = r"[a-z][a-z0-9_-]*"

DURATION = r"^([0-9]+(\.[0-9]+)?(ms|[smhd]))+$"

Duration = Annotated[
    float,
    "duration",
    WithJsonSchema({"type": "string", "pattern": DURATION, "examples": ["30s", "1h30m"]}),
]


def _command(value: Any) -> Any:
    """A command as `schema.Kind` has it: a shell string, a list of words, or a list of commands."""
    if not is_command(value):
        raise PydanticCustomError("command_type", "It should be a shell string, a list of words or a list of commands")
    return value


def is_command(value: Any) -> bool:
    """Whether `value`, read as a command, has the shape of one."""
    return _is_words(value) or (isinstance(value, list) and bool(value) and all(map(_is_words, value)))


def _is_words(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and not any(isinstance(word, list | dict) or word is None for word in value)
    return isinstance(value, dict) or (isinstance(value, str) and bool(value.strip()))


_WORDS = {"type": "array", "minItems": 1, "items": {"type": ["string", "number", "boolean", "array"]}}
Command = Annotated[
    Any,
    "command",
    PlainValidator(_command),
    WithJsonSchema({"anyOf": [_WORDS, {"type": "string"}], "examples": [["op", "read", "op://v/api"]]}),
]
VariableType = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": r"^((list|map)\()*(string|number|bool|any)\)*$"}),
]


def _day(text: Any) -> str:
    """A day as text; YAML reads no dates."""
    try:
        if len(text) != len("2027-01-01"):
            raise ValueError
        date.fromisoformat(text)
    except (TypeError, ValueError):
        raise PydanticCustomError("day_value", "It should be a day, such as 2027-01-01") from None
    return str(text)


Day = Annotated[str, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


def _one_of(*names: str) -> Any:
    """For the JSON Schema of a model: exactly one of these keys; one that is null is none."""
    present = {name: {"not": {"type": "null"}} for name in names}
    return {"oneOf": [{"required": [name], "properties": {name: present[name]}} for name in names]}


class Part(BaseModel):
    """What every part of the document shares: no key besides those named."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class VariableModel(Part):
    """A value that comes from outside: default < REIGN_VAR_x < --var-file < --var."""

    type: VariableType = Field(default="any", description="`string`, `number`, `bool`, `any`, `list(T)` or `map(T)`.")
    default: Any = Field(default=None, description="Without one, a value must be given.")
    description: str = Field(default="", description="What it is for; told where its value is wrong or missing.")
    nullable: bool = Field(default=False, description="Whether null is a value of it.")
    enum: list[Any] | None = Field(default=None, description="The only values that are allowed.")
    pattern: str | None = Field(
        default=None, description="A regular expression that the whole text must match.", examples=["[0-9.]+"]
    )
    min: float | None = Field(
        default=None, description="The smallest number, or the least length of a text, list or map."
    )
    max: float | None = Field(
        default=None, description="The largest number, or the greatest length of a text, list or map."
    )
    message: str = Field(default="", description="What to tell who gave a value that is not allowed.")
    sensitive: bool = Field(default=False, description="Its value is never shown, and is kept encrypted.")


class LifecycleModel(Part):
    """What happens to the resource in the end."""

    prevent_destroy: bool = Field(default=False, description="A plan that would destroy it is refused.")
    create_before_destroy: bool = Field(
        default=False, description="Replaced by making the new one first; by default the old one goes first."
    )
    ignore_changes: list[str] = Field(
        default=[],
        description='Paths in the spec whose changes are left alone: `labels["build"]`, with `*` for any one part.',
    )
    replace_triggered_by: list[str] = Field(default=[], description="Resources whose change replaces this one.")
    restart_triggered_by: list[str] = Field(
        default=[], description="Resources whose change updates this one without a difference in its spec."
    )
    on_destroy: Literal["delete", "retain"] = Field(
        default="delete", description="`retain`: what is declared no more is left where it is, and forgotten."
    )


class RetryModel(Part):
    """How often and how fast a failed call is tried again."""

    attempts: int = Field(default=3, ge=1, le=100, description="Counts the first.")
    initial: Duration = Field(default=1.0, ge=0, description="How long to wait before the second attempt.")
    backoff: float = Field(default=2.0, ge=1, description="What every further wait is multiplied by.")
    max: Duration = Field(default=30.0, ge=0, description="The longest wait.")
    jitter: Literal["none", "full"] = Field(
        default="full", description="`full`: each wait is anything up to its length, so that not all come back at once."
    )


class TimeoutModel(Part):
    """How long a whole operation may take, by what it does."""

    create: Duration = Field(default=600.0, gt=0, description="For making it.")
    update: Duration = Field(default=600.0, gt=0, description="For changing it.")
    delete: Duration = Field(default=600.0, gt=0, description="For destroying it.")


class HealthModel(Part):
    """When it counts as healthy: exactly one of `http`, `tcp`, `command`, `exit` and `ready`, and how it is asked."""

    model_config = ConfigDict(json_schema_extra=_one_of("http", "tcp", "command", "exit", "ready"))

    http: str | None = Field(default=None, description="A URL that answers with one of `status`.")
    tcp: str | None = Field(default=None, description="A host:port that takes connections.")
    command: Command = Field(default=None, description="A command that ends with 0.")
    exit: int | None = Field(default=None, ge=0, le=255, description="The code that it has to have ended with.")
    ready: bool | None = Field(default=None, description="What the provider itself counts as ready, where it can tell.")
    status: str = Field(default="200-399", description="HTTP codes that are good: `200-399,401`.")
    interval: Duration = Field(default=2.0, gt=0, description="From one question to the next.")
    timeout: Duration = Field(default=1.0, gt=0, description="How long one answer may take.")
    healthy_after: int = Field(default=1, ge=1, description="So many good answers in a row.")
    deadline: Duration = Field(default=300.0, gt=0, description="Without them by then it is unhealthy.")


class HealthOptionsModel(Part):
    """How health is asked, whatever is asked."""

    status: str = "200-399"
    interval: Duration = Field(default=2.0, gt=0)
    timeout: Duration = Field(default=1.0, gt=0)
    healthy_after: int = Field(default=1, ge=1)
    deadline: Duration = Field(default=300.0, gt=0)


class AllowModel(Part):
    """A finding that is tolerated."""

    code: str = Field(pattern=r"^[a-z][a-z0-9-]*/[a-z0-9][a-z0-9-]*$", description="Its code: `docker/port-public`.")
    reason: str = Field(min_length=1, description="Why; shown where the finding is.")
    until: Day = Field(default="", description="The last day on which it is tolerated; without one, for good.")


class BlockModel(Part):
    """One resource, or with for_each or count a group of them."""

    type: str = Field(description="What it is: `local.file`, `shell.command`, ...")
    spec: dict[str, Any] = Field(default={}, description="Its settings, by its type.")
    depends_on: list[str] = Field(
        default=[], description="Resources that come first, besides those that expressions refer to."
    )
    for_each: Any = Field(default=None, description="A map, or a list of distinct strings: one instance for each.")
    count: int | None = Field(default=None, ge=0, le=10_000, description="So many instances.")
    enabled: bool = Field(default=True, description="False: as if it were not declared.")
    provider: str = Field(default="", description="The connection to use, as named under `providers`.")
    lifecycle: LifecycleModel = Field(default_factory=LifecycleModel)
    retry: RetryModel | None = None
    timeout: Duration | TimeoutModel = Field(
        default=600.0, description="How long a whole operation may take; or a map, by what it does."
    )
    priority: int = Field(default=0, description="Among operations that are ready, higher comes first.")
    health: HealthModel | None = Field(default=None, description="What depends on it waits until it is healthy.")
    allow: list[AllowModel] = Field(default=[], description="Findings about it that are tolerated.")
    tags: list[str] = Field(default=[], description="Words of your own, kept in state and history.")


class OptionsModel(Part):
    """The keys of a block that are values of the resource, read together for each instance."""

    lifecycle: LifecycleModel = Field(default_factory=LifecycleModel)
    retry: RetryModel | None = None
    priority: int = 0
    health: HealthOptionsModel = Field(default_factory=HealthOptionsModel)
    allow: list[AllowModel] = []
    tags: list[str] = []


class WholeTimeoutModel(OptionsModel):
    """With one timeout for whatever is done."""

    timeout: Duration = Field(default=600.0, gt=0)


class TimeoutsModel(OptionsModel):
    """With a timeout for each thing that may be done."""

    timeout: TimeoutModel = Field(default_factory=TimeoutModel)


class DataModel(Part):
    """Something that is looked up and never changed."""

    type: str = Field(description="What it is: `git`, `local.file`, ...")
    spec: dict[str, Any] = Field(default={}, description="What it is looked up by, by its type.")
    depends_on: list[str] = Field(
        default=[],
        description="Resources after whose changes it is looked up, besides those that expressions refer to.",
    )
    for_each: Any = Field(default=None, description="A map, or a list of distinct strings: one for each.")
    count: int | None = Field(default=None, ge=0, le=10_000, description="So many.")
    enabled: bool = Field(default=True, description="False: as if it were not declared.")
    provider: str = Field(default="", description="The connection to use, as named under `providers`.")


class GenerateModel(Part):
    """A value that is made up in the first apply that needs it, and kept."""

    length: int = Field(default=32, ge=8, le=1024, description="Its characters.")


class SecretModel(Part):
    """Where the value of a secret comes from: exactly one of these."""

    model_config = ConfigDict(json_schema_extra=_one_of("env", "file", "command", "generate"))

    env: str | None = Field(default=None, min_length=1, description="A variable of the environment.")
    file: str | None = Field(default=None, min_length=1, description="A file inside the root.")
    command: Command = Field(default=None, description="A command that prints it, best as a list of words.")
    generate: GenerateModel | None = Field(default=None, description="Made by Reign.")


class CheckModel(Part):
    """An assertion about the project, looked at with every plan where it is known, and after every apply."""

    name: str = Field(pattern=f"^{NAME}$", description="What it is called in plans and findings.")
    condition: bool = Field(alias="assert", description="What has to be true.")
    severity: Literal["error", "major", "medium", "minor", "info"] = Field(
        default="major", description="How bad it is when it is not; `error` keeps a plan from being applied."
    )
    message: str = Field(default="", description="What to tell then.")


class ImportModel(Part):
    """Something that exists already and is taken over as a declared resource."""

    to: str = Field(description='The resource, or the instance: `web["us"]`.')
    id: str = Field(min_length=1, description="The id that its own system knows it by.")


class MovedModel(Part):
    """What the state calls `from` is called `to` from now on: an instance, or a group with its keys."""

    source: str = Field(alias="from", min_length=1, description='What the state calls it: `web`, `web["eu"]`.')
    target: str = Field(alias="to", min_length=1, description="What it is called from now on.")


class RemovedModel(Part):
    """What becomes of something that is not declared any more."""

    source: str = Field(alias="from", min_length=1, description='What the state calls it: `cache`, `web["us"]`.')
    destroy: bool = Field(default=True, description="False: it is left alone and no longer managed.")
    unprotect: str = Field(default="", description="Why it may go although it is protected.")


class OutputModel(Part):
    """A value of the project that is shown, and that others may read."""

    value: Any = Field(description="Its value, most often an expression.")
    sensitive: bool = Field(
        default=False, description="It is not shown; needed where its value is made of something sensitive."
    )
    description: str = Field(default="", description="What it is, for those who read it.")


class ExecutionModel(Part):
    """How plans are run."""

    parallelism: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Operations at once; `apply --parallelism N` and REIGN_PARALLELISM go first.",
    )
    limits: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default={}, description="Operations at once for one provider: `{shell: 2}`."
    )
    on_failure: Literal["continue", "stop", "rollback"] = Field(
        default="continue",
        description="`continue`: only what depends on a failure is skipped; `stop`: nothing new is started; `rollback`: "
        "nothing new is started, and then what the run did is undone.",
    )
    retry: RetryModel | None = Field(
        default=None,
        description="For resources that have no `retry` of their own; without either, 3 attempts, from 1 s, doubled up to 30 s.",
    )
    mode: Literal["auto", "confirm"] = Field(
        default="auto",
        description="`confirm`: `--auto-approve` is not enough: the plan and each operation are asked about, or it is a "
        "plan file.",
    )


def _tolerated(value: Any) -> int | None:
    """A count of findings, or None for any number of them."""
    if value == "unlimited":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PydanticCustomError("tolerated_value", "It should be a whole number from 0 on, or unlimited")
    return value


Tolerated = Annotated[
    int | None,
    PlainValidator(_tolerated),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"const": "unlimited"}]}),
]


class FindingsThresholdsModel(Part):
    """How many findings of each severity are tolerated before a gate closes: a number, or `unlimited`. An error never is."""

    major: Tolerated = Field(
        default=0,
        description="How many findings of severity major are tolerated before a gate closes (exit 3), or `unlimited`.",
    )
    medium: Tolerated = Field(default=10, description="The same of severity medium.")
    minor: Tolerated = Field(default=None, description="The same of severity minor; `unlimited` unless set.")


def _kept_for(value: Any) -> str:
    """A duration as it is written, or `unlimited`."""
    try:
        if value != "unlimited":
            seconds(str(value))
        return str(value)
    except ValueError:
        raise PydanticCustomError("kept_value", "It should be a duration such as 90d, or unlimited") from None


KeptFor = Annotated[
    str,
    PlainValidator(_kept_for),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": DURATION}, {"const": "unlimited"}], "examples": ["90d"]}),
]


class HistoryModel(Part):
    """What is kept of what happened."""

    retention: KeptFor = Field(
        default="90d",
        description="How long events are kept, or `unlimited`. What is older goes after an apply, in whole "
        "segments of the journal; what a checkpoint with a name needs stays.",
    )


class SettingsModel(Part):
    """Settings of Reign for this project."""

    execution: ExecutionModel = Field(default_factory=ExecutionModel)
    findings_thresholds: FindingsThresholdsModel = Field(default_factory=FindingsThresholdsModel)
    history: HistoryModel = Field(default_factory=HistoryModel)
    default_env: str | None = Field(
        default=None, description="The environment that is meant where `--env` and REIGN_ENV name none."
    )


class EnvironmentModel(Part):
    """One environment of the project, with a state of its own and `reign.NAME.yaml` over the other files."""

    confirm: Literal["name"] | None = Field(
        default=None, description="`name`: to apply, its name is typed instead of `yes`."
    )


class RequiresModel(Part):
    """What has to be installed, as version specifiers such as `>=0.1,<2`."""

    reign: str = Field(default="", description="Versions of Reign that can read this project.")
    providers: dict[str, str] = Field(default={}, description="Versions of providers, by the provider's name.")


class Document(Part):
    """reign.yaml, version 1."""

    version: Literal[1] = Field(description="The version of the language.")
    project: str = Field(pattern=f"^{NAME}$", description="The project's name.", examples=["shop"])
    requires: RequiresModel = Field(default_factory=RequiresModel)
    include: list[str] = Field(
        default=[],
        description="More files of the same grammar: relative to the project folder, or to the root as //path.",
        examples=[["//shared/network.yaml"]],
    )
    environments: dict[str, EnvironmentModel | None] = Field(
        default={}, description="Without this, those that have a reign.NAME.yaml beside the file."
    )
    settings: SettingsModel = Field(default_factory=SettingsModel)
    variables: dict[str, VariableModel] = Field(
        default={}, description="Values that come from outside; `${var.NAME}` reads one."
    )
    locals: dict[str, Any] = Field(default={}, description="Values with a name, for use in this file.")
    providers: dict[str, dict[str, Any]] = Field(
        default={}, description="Connections to outside systems: `docker` is the default one, `docker.eu` another."
    )
    secrets: dict[str, SecretModel] = Field(
        default={}, description="Where sensitive values come from; `${secret.NAME}` reads one."
    )
    data: dict[str, DataModel] = Field(default={}, description="What is looked up; `${data.NAME.OUTPUT}` reads it.")
    resources: dict[str, BlockModel] = Field(
        default={}, description="What there has to be; `${resources.NAME.OUTPUT}` reads one."
    )
    outputs: dict[str, OutputModel] = Field(default={}, description="Values that are shown, and that others may read.")
    checks: list[CheckModel] = Field(default=[], description="What has to be true, of a plan and after an apply.")
    imports: list[ImportModel] = Field(default=[], description="What exists already and is taken over.")
    moved: list[MovedModel] = Field(default=[], description="What has another name than in the state.")
    removed: list[RemovedModel] = Field(default=[], description="What becomes of what is declared no more.")


NOT_SUPPORTED = {
    BlockModel: ("fallback",),
    SettingsModel: (
        "verification", "healing", "knowledge", "git", "artifacts", "logging", "state", "overrides",
    ),
}  # fmt: skip
"""Keys of the language that this version reads nothing of; leaving them out silently would be a lie."""


@cache
def kind_of(annotation: Any) -> Kind:
    """The kind of value that a field of this annotation receives."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        members = [member for member in args if member is not type(None)]
        return kind_of(members[0]) if len(members) == 1 else Kind()
    if origin is Annotated:
        return _marked(args[1:]) or kind_of(args[0])
    if origin is list:
        return Kind("list", item=kind_of(args[0]))
    if origin is dict:
        return Kind("map", item=kind_of(args[1]))
    if origin is Literal:
        return Kind("integer" if isinstance(args[0], int) else "string")
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Kind("object", fields={name: _field(info) for name, info in written_fields(annotation).items()})
    names: dict[Any, KindName] = {str: "string", int: "integer", float: "number", bool: "bool"}
    return Kind(names.get(annotation, "any"))


def written_fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a model by the keys that users write."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _marked(marks: Iterable[Any]) -> Kind | None:
    """The kind that an annotation names, which its type does not tell."""
    return next((Kind(mark) for mark in marks if mark in ("duration", "command")), None)


def _field(info: FieldInfo) -> schema.Field:
    kind = _marked(info.metadata) or kind_of(cast("Any", info.annotation))
    return schema.Field(kind, required=info.is_required())
