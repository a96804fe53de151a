"""The settings of a connection to an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic import Field as Described

from reign.model.errors import InvalidSpec, Problem
from reign.model.values import Spec
from reign.providers.docker.addresses import NOT_ONE, WRITE_IT, canonical, is_tcp
from reign.providers.spec import OPAQUE, Model, TypeSpec, refuse


def _host(text: str) -> str:
    try:
        return canonical(text)
    except ValueError as error:
        raise refuse("docker/host", NOT_ONE, str(error), WRITE_IT) from None


def _switched(value: Any) -> Any:
    """`true` is TLS with what the machine trusts, `false` none."""
    return {} if value is True else None if value is False else value


class TlsSettings(Model):
    """Files of a TLS connection."""

    ca: Annotated[
        str | None, Described(min_length=1, description="Who the engine's certificate must be signed by.")
    ] = None
    cert: Annotated[str | None, Described(min_length=1, description="Our own certificate.")] = None
    key: Annotated[str | None, Described(min_length=1, description="The key of it.")] = None
    verify: Annotated[bool, Described(description="Whether the engine must prove who it is.")] = True

    @model_validator(mode="after")
    def _whole(self) -> TlsSettings:
        if (self.cert is None) != (self.key is None):
            there, lacking = ("cert", "key") if self.key is None else ("key", "cert")
            raise refuse(
                "docker/connection",
                "Half of a client certificate",
                f"tls has a `{there}` and no `{lacking}`, and an engine is shown both or none.",
                f"Name the {lacking} as well, or leave both away.",
            )
        return self


class ConnectionSettings(Model):
    """How an engine is reached."""

    host: Annotated[str | None, AfterValidator(lambda text: text and _host(text)), Described(min_length=1)] = None
    context: Annotated[str | None, Described(min_length=1)] = None
    tls: Annotated[TlsSettings | None, BeforeValidator(_switched)] = None

    @model_validator(mode="after")
    def _one(self) -> ConnectionSettings:
        if self.host is not None and self.context is not None:
            raise refuse(
                "docker/connection",
                "Two engines for one connection",
                "It has both a `host` and a `context`, and each of them names an engine.",
                "Leave one of them away.",
            )
        host: Any = self.host
        if self.tls is not None and not isinstance(host, OPAQUE) and not is_tcp(host or ""):
            raise refuse(
                "docker/connection",
                "TLS without an address for it",
                "It has `tls`, and no `host` that begins with tcp://: only over TCP is an engine spoken to by TLS.",
                "Add the host: tcp://host:2376. A context brings the files of its own.",
            )
        return self


_SETTINGS = TypeSpec("a connection of docker", ConnectionSettings, {})


def settings_problems(settings: Mapping[str, Any]) -> Sequence[Problem]:
    """See `ports.Configured.check_settings`."""
    try:
        _SETTINGS.normalize(dict(settings))
    except InvalidSpec as error:
        return error.problems
    return ()


def checked_settings(settings: Mapping[str, Any]) -> Spec:
    """The settings in one form. Raises InvalidSpec."""
    return _SETTINGS.normalize(dict(settings))
