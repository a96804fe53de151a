"""The grammar of reign.yaml as models: which keys there are, what they hold, and the published JSON Schema.

Nodes are read by `kind_of` these models first (expressions, durations, positions), then checked by the models.
"""

from __future__ import annotations

import types
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from reign.model import schema
from reign.model.schema import Kind, KindName

NAME = r"[a-z][a-z0-9_-]*"

Duration = Annotated[
    float,
    "duration",
    WithJsonSchema({"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|[smhd]))+$", "examples": ["30s", "1h30m"]}),
]
VariableType = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": r"^((list|map)\()*(string|number|bool|any)\)*$"}),
]


class Part(BaseModel):
    """What every part of the document shares: no key besides those named."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class VariableModel(Part):
    """A value that comes from outside: default < REIGN_VAR_x < --var-file < --var."""

    type: VariableType = Field(default="any", description="`string`, `number`, `bool`, `any`, `list(T)` or `map(T)`.")
    default: Any = Field(default=None, description="Without one, a value must be given.")
    description: str = ""
    nullable: bool = False
    enum: list[Any] | None = Field(default=None, description="The only values that are allowed.")
    pattern: str | None = Field(default=None, description="A regular expression that the whole text must match.")
    min: float | None = Field(
        default=None, description="The smallest number, or the least length of a text, list or map."
    )
    max: float | None = Field(
        default=None, description="The largest number, or the greatest length of a text, list or map."
    )
    message: str = Field(default="", description="What to tell who gave a value that is not allowed.")
    sensitive: bool = False


class LifecycleModel(Part):
    """What happens to the resource in the end."""

    prevent_destroy: bool = False
    create_before_destroy: bool = False
    ignore_changes: list[str] = Field(
        default=[],
        description='Paths in the spec whose changes are left alone: `labels["build"]`, with `*` for any one part.',
    )
    replace_triggered_by: list[str] = Field(default=[], description="Resources whose change replaces this one.")
    restart_triggered_by: list[str] = Field(
        default=[], description="Resources whose change updates this one without a difference in its spec."
    )
    on_destroy: Literal["delete", "retain"] = "delete"


class RetryModel(Part):
    """How often and how fast a failed call is tried again."""

    attempts: int = Field(default=3, ge=1, le=100, description="Counts the first.")
    initial: Duration = Field(default=1.0, ge=0)
    backoff: float = Field(default=2.0, ge=1)
    max: Duration = Field(default=30.0, ge=0)
    jitter: Literal["none", "full"] = "full"


class TimeoutModel(Part):
    """How long a whole operation may take, by what it does."""

    create: Duration = Field(default=600.0, gt=0)
    update: Duration = Field(default=600.0, gt=0)
    delete: Duration = Field(default=600.0, gt=0)


class BlockModel(Part):
    """One resource, or with for_each or count a group of them."""

    type: str = Field(description="What it is: `local.file`, `shell.command`, ...")
    spec: dict[str, Any] = Field(default={}, description="Its settings, by its type.")
    depends_on: list[str] = Field(
        default=[], description="Resources that come first, besides those that expressions refer to."
    )
    for_each: Any = Field(default=None, description="A map, or a list of distinct strings: one instance for each.")
    count: int | None = Field(default=None, ge=0, le=10_000, description="So many instances.")
    enabled: bool = True
    provider: str = Field(default="", description="The connection to use, as named under `providers`.")
    lifecycle: LifecycleModel = Field(default_factory=LifecycleModel)
    retry: RetryModel | None = None
    timeout: Duration | TimeoutModel = 600.0
    priority: int = Field(default=0, description="Among operations that are ready, higher comes first.")
    tags: list[str] = []


class OptionsModel(Part):
    """The keys of a block that are values of the resource, read together for each instance."""

    lifecycle: LifecycleModel = Field(default_factory=LifecycleModel)
    retry: RetryModel | None = None
    timeout: TimeoutModel = Field(default_factory=TimeoutModel)
    priority: int = 0
    tags: list[str] = []


class OutputModel(Part):
    """A value of the project that is shown, and that others may read."""

    value: Any
    sensitive: bool = False
    description: str = ""


class ExecutionModel(Part):
    """How plans are run."""

    parallelism: int = Field(default=10, ge=1, le=1000, description="Operations at once.")
    limits: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default={}, description="Operations at once for one provider."
    )
    on_failure: Literal["continue", "stop"] = Field(
        default="continue", description="Whether what does not depend on the failure goes on."
    )
    retry: RetryModel | None = Field(default=None, description="For resources that have none of their own.")
    mode: Literal["auto", "confirm"] = Field(
        default="auto",
        description="`confirm`: only what somebody looked at is applied, at a terminal or as a plan file.",
    )


def _tolerated(value: Any) -> int | None:
    """A count of findings, or None for any number of them."""
    if value == "unlimited":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PydanticCustomError("tolerated", "It should be a whole number from 0 on, or unlimited")
    return value


Tolerated = Annotated[
    int | None,
    PlainValidator(_tolerated),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"const": "unlimited"}]}),
]


class FindingsThresholdsModel(Part):
    """How many findings of each severity are tolerated before a gate closes: a number, or `unlimited`. An error never is."""

    major: Tolerated = 0
    medium: Tolerated = 10
    minor: Tolerated = None


class SettingsModel(Part):
    """Settings of Reign for this project."""

    execution: ExecutionModel = Field(default_factory=ExecutionModel)
    findings_thresholds: FindingsThresholdsModel = Field(default_factory=FindingsThresholdsModel)
    default_env: str | None = Field(default=None, description="The environment that is meant where none is named.")


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

    version: Literal[1]
    project: str = Field(pattern=f"^{NAME}$", description="The project's name.")
    requires: RequiresModel = Field(default_factory=RequiresModel)
    include: list[str] = Field(
        default=[],
        description="More files of the same grammar: relative to the project folder, or to the root as //path.",
    )
    environments: dict[str, EnvironmentModel | None] = Field(
        default={}, description="Without this, those that have a reign.NAME.yaml beside the file."
    )
    settings: SettingsModel = Field(default_factory=SettingsModel)
    variables: dict[str, VariableModel] = {}
    locals: dict[str, Any] = Field(default={}, description="Values with a name, for use in this file.")
    providers: dict[str, dict[str, Any]] = Field(
        default={}, description="Connections to outside systems: `docker` is the default one, `docker.eu` another."
    )
    resources: dict[str, BlockModel] = {}
    outputs: dict[str, OutputModel] = {}


NOT_SUPPORTED = {
    Document: ("secrets", "data", "checks", "imports", "moved", "removed"),
    BlockModel: ("allow", "health", "fallback"),
    SettingsModel: (
        "verification", "healing", "history", "knowledge", "git", "artifacts", "logging", "state", "overrides",
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
        return Kind("duration") if "duration" in args else kind_of(args[0])
    if origin is list:
        return Kind("list", item=kind_of(args[0]))
    if origin is dict:
        return Kind("map", item=kind_of(args[1]))
    if origin is Literal:
        return Kind("integer" if isinstance(args[0], int) else "string")
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Kind("object", fields={name: _field(info) for name, info in annotation.model_fields.items()})
    names: dict[Any, KindName] = {str: "string", int: "integer", float: "number", bool: "bool"}
    return Kind(names.get(annotation, "any"))


def _field(info: FieldInfo) -> schema.Field:
    if "duration" in info.metadata:
        return schema.Field(Kind("duration"), required=info.is_required())
    return schema.Field(kind_of(cast("Any", info.annotation)), required=info.is_required())
