"""The forms in which some keys of a container may be written, each brought into one; and what stands inside of them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator
from pydantic import Field as Described

from reign.providers.docker.containers import forms
from reign.providers.docker.containers import ports as port_forms
from reign.providers.docker.specs.parts import text_map
from reign.providers.spec import OPAQUE, Also, Model, refuse

_RESTART = re.compile(r"no|always|unless-stopped|on-failure(:\d+)?")


def without_process(value: Any) -> Any:
    """A name without a value would come from the environment of whoever runs this."""
    bare = [item for item in value if isinstance(item, str) and "=" not in item] if isinstance(value, list) else []
    bare += [name for name, item in value.items() if item is None] if isinstance(value, dict) else []
    if bare:
        raise refuse(
            "docker/environment",
            "Variable without a value",
            f"{', '.join(map(repr, bare))} would be taken from the environment of whoever runs this, so that each would "
            "get another container.",
            f"Give it a value: {bare[0]}: ${{env.{bare[0]}}}, or ''.",
        )
    return pairs(value)


def pairs(value: Any) -> Any:
    """A map of texts, from a map of scalars or a list of `name=value`; waiting where one of the list is not known."""
    if isinstance(value, list) and forms.is_open(value):
        return forms.waiting(value)
    return text_map(value)


def restart_policy(text: str) -> str:
    if not _RESTART.fullmatch(text):
        raise refuse(
            "docker/restart",
            "Not a restart policy",
            f"{text!r} is none: no, always, unless-stopped, on-failure and on-failure:TIMES are.",
            "Choose one of them.",
        )
    return text.removesuffix(":0") if text.startswith("on-failure") else text


def yes_is_text(value: Any) -> Any:
    """An unquoted `no` is read as false where YAML is read that way."""
    return "no" if value is False else value


def pull_policy(text: str) -> str:
    known = {"if_not_present": "missing", "missing": "missing", "always": "always", "never": "never"}
    if text not in known:
        raise refuse(
            "docker/pull",
            "Not a policy for pulling here",
            f"{text!r} is none for a container: always, missing and never are.",
            "Declare a docker.image, and refer to it.",
        )
    return known[text]


def hosts(value: Any) -> Any:
    """Each host with its addresses, from `host:address` and `host=address` or a map of one or several."""
    if isinstance(value, list):
        if forms.is_open(value):
            return forms.waiting(value)
        found: dict[str, list[str]] = {}
        for item in map(str, value):
            host, _, address = item.partition("=" if "=" in item else ":")
            found.setdefault(host.strip(), []).append(address.strip().strip("[]"))
        return found
    if not isinstance(value, dict):
        return value
    return {
        host: item if isinstance(item, (list, *OPAQUE)) else [str(item).strip("[]")] for host, item in value.items()
    }


def exposed(value: Any) -> Any:
    """Ports with their protocol, one by one."""
    if not isinstance(value, list):
        return value
    found: list[Any] = []
    for item in value:
        if isinstance(item, OPAQUE):
            found.append(item)
        else:
            found += [port_forms.key_of(port) for port in port_forms.written_out(str(item))]
    return found


def memory_paths(value: Any) -> Any:
    """Paths, each with its options."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return {path: options for path, _, options in (item.partition(":") for item in value)}
    return forms.waiting(value) if isinstance(value, list) else value


def files(value: Any) -> Any:
    """Each as an object."""
    if not isinstance(value, list):
        return value
    return [{"path": item} if isinstance(item, (str, *OPAQUE)) else item for item in value]


def number_as_text(value: Any) -> Any:
    """An empty text is the same as nothing."""
    if value == "":
        return None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class EnvFile(Model):
    """A file with variables, inside the root."""

    path: Annotated[str, Described(description="Where it stands, relative to the project folder.")]
    required: Annotated[bool, Described(description="Whether it has to be there.")] = True
    format: Annotated[
        Literal["raw"] | None, Described(description="raw: each line as it is, without quotes and ${...}.")
    ] = None


class Logging(Model):
    """Where its output goes."""

    driver: Annotated[str | None, Described(description="The logging driver, such as json-file.")] = None
    options: Annotated[
        dict[str, str] | None, BeforeValidator(text_map), Described(description="Options of that driver.")
    ] = None


class OnChange(Model):
    """What is done instead of a restart. One of both."""

    signal: Annotated[str | None, Described(description="Send this signal, such as SIGHUP.")] = None
    command: Annotated[
        list[str] | None,
        BeforeValidator(forms.words),
        Also(str),
        Described(description="Run these words in the container; another exit code than 0 is an error."),
    ] = None

    @model_validator(mode="after")
    def _one(self) -> OnChange:
        if (self.signal is None) == (self.command is None):
            raise refuse(
                "docker/on-change",
                "Exactly one is needed",
                "What is done on a change is a signal or a command.",
                "Write signal: SIGHUP, or command: [...].",
            )
        return self
