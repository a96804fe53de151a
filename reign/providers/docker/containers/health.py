"""How a container tells that it works: its healthcheck, and what is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator
from pydantic import Field as Described

from reign.model.values import Spec
from reign.providers.docker.containers import forms
from reign.providers.spec import OPAQUE, Also, Model, refuse

Duration = Annotated[str, BeforeValidator(forms.duration)]
_FIRST = ("NONE", "CMD", "CMD-SHELL")


def _test(value: Any) -> Any:
    """A text is a command for the image's shell."""
    return ["CMD-SHELL", value] if isinstance(value, str) else value


class HealthcheckSpec(Model):
    """A command in the container that says whether it works."""

    test: Annotated[
        list[str] | None,
        BeforeValidator(_test),
        Also(str),
        Described(
            description="A text for a shell; or CMD and words, CMD-SHELL and a text; the image's own unless given."
        ),
    ] = None
    interval: Annotated[Duration | None, Described(description="The time between two checks; 30s unless given.")] = None
    timeout: Annotated[Duration | None, Described(description="How long one may take; 30s unless given.")] = None
    retries: Annotated[
        int | None, Described(ge=1, description="So many failures in a row are unhealthy; 3 unless given.")
    ] = None
    start_period: Annotated[
        Duration | None, Described(description="So long failures do not count; 0s unless given.")
    ] = None
    start_interval: Annotated[
        Duration | None,
        Described(description="The time between two checks until then. Needs an engine of API 1.44."),
    ] = None
    disable: Annotated[bool, Described(description="Do without the check that the image has.")] = False

    @model_validator(mode="after")
    def _is_a_test(self) -> HealthcheckSpec:
        if self.test == ["NONE"]:
            self.test, self.disable = None, True
        test: Any = self.test
        first = test[0] if isinstance(test, list) and test else None
        if test is not None and not isinstance(test, OPAQUE) and not isinstance(first, OPAQUE) and first not in _FIRST:
            raise refuse(
                "docker/healthcheck",
                "Not a healthcheck",
                f"A test that is a list begins with {', '.join(_FIRST[:-1])} or {_FIRST[-1]}, and this one with {first!r}.",
                'Write ["CMD", "curl", "-f", "http://localhost"], or the whole command as one text.',
            )
        others = [name for name in ("test", "interval", "timeout", "retries", "start_period") if getattr(self, name)]
        if self.disable is True and others:
            raise refuse(
                "docker/healthcheck",
                "Healthcheck that is none",
                f"It is disabled, and has {others[0]} all the same.",
                "Remove `disable`, or everything else.",
            )
        return self


_TIMES = {
    "interval": "Interval",
    "timeout": "Timeout",
    "start_period": "StartPeriod",
    "start_interval": "StartInterval",
}


def to_engine(check: Mapping[str, Any]) -> dict[str, Any]:
    """Config.Healthcheck."""
    if check.get("disable"):
        return {"Test": ["NONE"]}
    found = {name: forms.nanoseconds(check[key]) for key, name in _TIMES.items() if key in check}
    found.update({"Retries": check["retries"]} if "retries" in check else {})
    return {**found, **({"Test": check["test"]} if "test" in check else {})}


def from_engine(told: Mapping[str, Any] | None, image: Mapping[str, Any] | None, declared: Any) -> Spec | None:
    """The inverse of `to_engine`, without what the image brought and nobody declared."""
    if not told:
        return None
    if told.get("Test") == ["NONE"]:
        return {"disable": True}
    declared = declared if isinstance(declared, dict) else {}
    brought = image or {}
    found: Spec = {"disable": False}
    if told.get("Test") and ("test" in declared or told["Test"] != brought.get("Test")):
        found["test"] = list(told["Test"])
    for key, name in {**_TIMES, "retries": "Retries"}.items():
        value = told.get(name) or 0
        if key in declared and not value and key != "retries":
            found[key] = "0s"
        elif value and (key in declared or value != brought.get(name)):
            found[key] = value if key == "retries" else forms.duration_text(value)
    return found if set(found) > {"disable"} or declared else None
