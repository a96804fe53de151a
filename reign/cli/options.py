"""Options that several commands share, each family declared once."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reign.cli.arguments import MaybeValue, Whole
from reign.cli.gate import WORDS, Gate
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.planning import Options

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("table", "json", "csv", "md")


def duration(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """The seconds of an option that takes a duration; None where it was not given."""
    if value is None:
        return None
    from reign.yaml.scalars import seconds

    try:
        return seconds(value)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", ctx, param) from None


def _words(ctx: click.Context, param: click.Parameter, value: str | None) -> frozenset[str] | None:
    if value is None:
        return None
    words = frozenset(WORDS if value == "all" else value.split(","))
    strange = sorted(words - frozenset(WORDS))
    if strange:
        raise click.BadParameter(f"{strange[0]!r} is no action; they are {', '.join(WORDS)}.", ctx, param)
    return words


def _truth(ctx: click.Context, param: click.Parameter, value: str | None) -> bool | None:
    if value not in (None, "true", "false"):
        raise click.BadParameter(f"{value!r} is neither true nor false.", ctx, param)
    return None if value is None else value == "true"


@dataclass(frozen=True, slots=True)
class Asked:
    """The options that change what is planned, as given; None where `refresh` was not named."""

    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    refresh_only: bool = False
    refresh: bool | None = None
    destroy: bool = False

    def words(self) -> list[str]:
        """The options as words of a command line."""
        several = {"--target": self.target, "--exclude": self.exclude, "--replace": self.replace}
        words = [f"{name} {shlex.quote(value)}" for name, values in several.items() for value in values]
        if self.refresh is not None:
            words.append(f"--refresh={str(self.refresh).lower()}")
        flags = {"--refresh-only": self.refresh_only, "--destroy": self.destroy}
        return words + [name for name, is_given in flags.items() if is_given]

    def options(self) -> Options:
        """For the planner."""
        from reign.planning import Options

        return Options(
            destroy=self.destroy,
            refresh=self.refresh is not False,
            refresh_only=self.refresh_only,
            targets=self.target,
            excludes=self.exclude,
            replace=self.replace,
        )


def planning(function: F) -> F:
    """`--target --exclude --replace --refresh-only --refresh --destroy`, handed over as `asked`."""
    return _gathered(function, [*_selection(), _DESTROY], "asked", _asked)


def destroying(function: F) -> F:
    """The same for a command that destroys anyway."""
    return _gathered(function, _selection(), "asked", lambda given: _asked({**given, "destroy": True}, "destroy"))


def refreshing(function: F) -> F:
    """`--target --exclude`, for a command that only looks at what is there: nothing else changes what it finds."""
    return _gathered(function, _selection()[:2], "asked", lambda given: Asked(**given))


def returning(function: F) -> F:
    """The same for a command that goes back to an earlier point: what it plans is told by that."""

    def asked(given: Mapping[str, Any]) -> Asked:
        asked = Asked(**given)
        others = {"--destroy": asked.destroy, "--refresh-only": asked.refresh_only}
        for other in (name for name, is_given in others.items() if is_given):
            raise click.UsageError(
                f"rollback and {other} contradict each other: the one goes back to what was there, the other to nothing, "
                "or to nothing but what is there."
            )
        return asked

    return _gathered(function, [*_selection(), _DESTROY], "asked", asked)


def _asked(given: Mapping[str, Any], destroy: str = "--destroy") -> Asked:
    asked = Asked(**given)
    others = {destroy: asked.destroy, "--replace": asked.replace, "--refresh=false": asked.refresh is False}
    for other in (name for name, is_given in others.items() if asked.refresh_only and is_given):
        raise click.UsageError(
            f"--refresh-only and {other} contradict each other: the one takes over what is there, the other changes or "
            "ignores it."
        )
    return asked


_DESTROY = click.option("--destroy", is_flag=True, help="Destroy everything.")


def _selection() -> list[Callable[[Any], Any]]:
    return [
        click.option(
            "--target",
            metavar="ADDRESS",
            multiple=True,
            help="Only this, and what it depends on; also what depends on it, where it goes. Repeatable.",
        ),
        click.option(
            "--exclude",
            metavar="ADDRESS",
            multiple=True,
            help="Not this, nor what depends on it; wins over --target. Repeatable.",
        ),
        click.option(
            "--replace", metavar="ADDRESS", multiple=True, help="Replace this even where it could stay. Repeatable."
        ),
        click.option("--refresh-only", is_flag=True, help="Only bring the state up to what is really there."),
        click.option(
            "--refresh",
            cls=MaybeValue,
            bare="true",
            callback=_truth,
            metavar="BOOL",
            help="Look at what is really there (true, the default), or believe the state (false).",
        ),
    ]


def gate(function: F) -> F:
    """`--auto-approve --max-destroy`, handed over as `gate`."""
    stack: list[Callable[[Any], Any]] = [
        click.option(
            "--auto-approve",
            cls=MaybeValue,
            bare="all",
            callback=_words,
            metavar="ACTIONS",
            help=f"Approve without asking: everything, or only these of {', '.join(WORDS)}; then anything else is refused.",
        ),
        click.option(
            "--max-destroy",
            type=Whole(0),
            metavar="N",
            help="Refuse to destroy more than N; a replace counts.",
        ),
    ]
    return _gathered(function, stack, "gate", lambda given: Gate(given["auto_approve"], given["max_destroy"]))


def into(function: F) -> F:
    """`--json-into --document-into --markdown-into`, handed over as `into`: form -> the file it is written to, or None."""
    told = {"json": "lines of JSON", "document": "JSON document", "markdown": "Markdown"}
    stack: list[Callable[[Any], Any]] = [
        click.option(f"--{form}-into", f"{form}_into", metavar="FILE", help=f"Write the {words} of the plan.")
        for form, words in told.items()
    ]
    return _gathered(function, stack, "into", lambda given: {form: given[f"{form}_into"] for form in told})


def shown(function: F) -> F:
    """`--summary --full`."""

    @wraps(function)
    def called(*args: Any, summary: bool, full: bool, **settings: Any) -> Any:
        if summary and full:
            raise click.UsageError("--summary and --full contradict each other.")
        return function(*args, summary=summary, full=full, **settings)

    wrapped: Any = click.option("--full", is_flag=True, help="Fold and cut nothing.")(called)
    return click.option("--summary", is_flag=True, help="Only name what changes.")(wrapped)  # type: ignore[no-any-return]


def running(function: F) -> F:
    """`--parallelism --continue-on-error --fail-fast --lock-timeout`, handed over as `running`."""
    stack: list[Callable[[Any], Any]] = [
        click.option(
            "--parallelism",
            type=Whole(1),
            envvar="REIGN_PARALLELISM",
            metavar="N",
            help="Operations at once; also REIGN_PARALLELISM and the setting.",
        ),
        click.option(
            "--continue-on-error", "goes_on", is_flag=True, help="Skip only what depends on a failure (default)."
        ),
        click.option("--fail-fast", "stops", is_flag=True, help="Start nothing more after a failure."),
        lock_timeout,
    ]
    return _gathered(function, stack, "running", _running)


def lock_timeout(function: F) -> F:
    """`--lock-timeout`, handed over as seconds."""
    said = "Wait this long for the lock; 0s by default."
    return click.option("--lock-timeout", callback=duration, default="0s", metavar="TIME", help=said)(function)


def _running(given: Mapping[str, Any]) -> dict[str, Any]:
    if given["goes_on"] and given["stops"]:
        raise click.UsageError("--continue-on-error and --fail-fast contradict each other.")
    on_failure = "stop" if given["stops"] else "continue" if given["goes_on"] else None
    return {**given, "on_failure": on_failure}


def as_json(function: F) -> F:
    """`--json`, kept as `Session.wants_json`."""
    return click.option("--json", is_flag=True, expose_value=False, callback=_keep_json, help="Print JSON.")(function)


def _keep_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    session = ctx.find_object(Session)
    if session is not None:
        session.wants_json = value


def limited(function: F) -> F:
    """`--limit`, handed over as `limit`: None where all are meant."""
    said = "Only the last N."
    return click.option("-n", "--limit", type=Whole(1), metavar="N", help=said)(function)


def listing(function: F) -> F:
    """`-o table|json|csv|md` and `--json`, handed over as `form`."""
    stack: list[Callable[[Any], Any]] = [
        click.option("-o", "--output", "form", type=click.Choice(FORMATS), help="How to print it; a table by default."),
        click.option("--json", "form_json", is_flag=True, help="The same as -o json."),
    ]
    return _gathered(function, stack, "form", _form)


def _form(given: Mapping[str, Any]) -> str:
    if given["form_json"] and given["form"] not in (None, "json"):
        raise click.UsageError(f"--json and -o {given['form']} contradict each other.")
    return "json" if given["form_json"] else given["form"] or "table"


def _gathered(
    function: F, stack: list[Callable[[Any], Any]], name: str, build: Callable[[Mapping[str, Any]], Any]
) -> F:
    """Declare the options of `stack` on `function`, which then gets one argument made of them."""

    @wraps(function)
    def called(*args: Any, **settings: Any) -> Any:
        given = {key: settings.pop(key) for key in names if key in settings}
        return function(*args, **settings, **{name: build(given)})

    before = len(getattr(function, "__click_params__", ()))
    wrapped: Any = called
    for declare in reversed(stack):
        wrapped = declare(wrapped)
    names = [param.name for param in wrapped.__click_params__[before:]]
    return wrapped  # type: ignore[no-any-return]
