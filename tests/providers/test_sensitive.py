"""What is sensitive goes through a provider in clear, and comes out marked; what is said about it tells nothing of it."""

import json
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator

from reign.model.errors import InvalidSpec
from reign.model.redact import Masks
from reign.model.schema import Kind, Output
from reign.model.values import Sensitive, Spec, Unknown, Value, is_sensitive, leaves, mapped, reveal
from reign.providers.modelled import OnlyData
from reign.providers.registry import Registry
from reign.providers.spec import COMPUTED, IDENTITY, Mark, Model, Types, TypeSpec

SECRET = "hunter2-hunter2"
S = Sensitive(SECRET, "${secret.s}")


class VaultedSpec(Model):
    """Something whose normal form moves, copies and derives."""

    name: Annotated[str, IDENTITY]
    password: str | None = None
    users: dict[str, str] | None = None
    order: Annotated[list[str] | None, AfterValidator(lambda items: items and sorted(items))] = None
    free: Any = None
    token: Annotated[str | None, Mark(sensitive=True)] = None
    flag: bool = False
    url: Annotated[str | None, COMPUTED] = None
    size: Annotated[int | None, COMPUTED] = None
    made: Annotated[str | None, COMPUTED] = None
    state: Annotated[str | None, Mark(computed=True, tells=False)] = None


class VaultedType(TypeSpec):
    """`vaulted.thing`: users become a list, a URL holds the password, and a size follows from it."""

    def normalize(self, spec: Spec) -> Spec:
        checked = super().normalize(spec)
        users = checked.pop("users", None)
        if isinstance(users, dict):
            checked["free"] = [f"{name}:{word}" if isinstance(word, str) else word for name, word in users.items()]
        password = checked.get("password")
        if isinstance(password, str):
            checked |= {"url": f"x://{password}@h", "size": len(password)}
        elif password is not None:
            checked |= {"url": Unknown(), "size": Unknown()}
        return {**checked, "made": "always", "state": "locked"}


class Vaulted(OnlyData):
    """A provider of one type."""

    name = "vaulted"

    def __init__(self) -> None:
        outputs = {
            "url": Output(Kind("string"), follows=("password",)),
            "size": Output(Kind("integer"), follows=("url",)),
            "made": Output(Kind("string")),
        }
        self.types = Types(VaultedType("vaulted.thing", VaultedSpec, outputs))


REGISTRY = Registry({"vaulted": Vaulted})


def made(spec: Spec) -> Spec:
    return REGISTRY.normalize("vaulted.thing", {"name": "n", **spec})


def hidden(spec: Spec) -> set[str]:
    return {name for name, value in spec.items() if is_sensitive(value)}


def test_what_stands_at_the_same_place_keeps_its_template() -> None:
    assert made({"password": S})["password"] == S
    assert made({"free": {"a": [1, S]}})["free"] == {"a": [1, S]}


def test_what_follows_is_marked_and_what_follows_nothing_is_not() -> None:
    spec = made({"password": S})
    assert hidden(spec) == {"password", "url", "size"}
    assert spec["url"] == Sensitive(f"x://{SECRET}@h")
    assert spec["size"] == Sensitive(len(SECRET))
    assert (spec["made"], spec["flag"]) == ("always", False)


def test_a_short_one_is_found_by_what_follows_and_by_its_place() -> None:
    spec = made({"password": Sensitive("x", "${secret.s}")})
    assert hidden(spec) == {"password", "url", "size"}


def test_where_the_structure_changes_what_holds_it_is_marked() -> None:
    spec = made({"users": {"a": S, "b": "plain-plain"}})
    assert spec["free"] == [Sensitive(f"a:{SECRET}"), "b:plain-plain"]
    assert hidden(made({"order": ["b", Sensitive("a", "${secret.s}"), "c"]})) == {"order"}
    assert reveal(made({"order": ["b", Sensitive("a", "${secret.s}")]}))["order"] == ["a", "b"]  # type: ignore[index,call-overload]


def test_a_field_that_is_sensitive_by_itself_is_marked_always() -> None:
    assert made({"token": "t"})["token"] == Sensitive("t")
    assert "token" not in made({})
    assert made({"token": S})["token"] == S


def test_an_unknown_that_will_be_sensitive_stays_one() -> None:
    waiting = Unknown(("secret.s",), sensitive=True)
    spec = made({"password": waiting, "free": [waiting]})
    assert spec["password"] == waiting
    assert spec["free"] == [waiting]
    assert spec["url"] == Unknown((), sensitive=True)


def test_once_normalised_it_stays_as_it_is() -> None:
    for given_spec in ({"password": S}, {"free": [S, {"a": S}]}, {"order": ["b", S]}, {"token": "x", "password": S}):
        once = made(given_spec)  # type: ignore[arg-type]
        assert made({name: value for name, value in once.items() if name != "name"}) == once


PLACES: Any = st.recursive(
    st.sampled_from([S, "plain", 1, None, True, Sensitive(7, "${secret.n}"), Sensitive({"a": SECRET}, "${secret.m}")]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("password", "users", "order", "free", "token"), PLACES)))
def test_nothing_of_it_comes_out_in_clear(spec: Any) -> None:
    try:
        found = made(spec)
    except InvalidSpec as refused:
        assert SECRET not in str(refused.problems)
        return
    shown = mapped(found, (Sensitive,), lambda *_: None)
    if any(SECRET in str(reveal(value)) for _, value in leaves(spec) if isinstance(value, Sensitive)):
        assert SECRET not in json.dumps(shown, default=str)


# Where it may not stand


def refusals(type: str, spec: Any, registry: Registry = REGISTRY) -> dict[str, str]:
    with pytest.raises(InvalidSpec) as raised:
        registry.normalize(type, spec)
    return {".".join(map(str, problem.path)): problem.code for problem in raised.value.problems}


@pytest.mark.parametrize("value", [S, Unknown(("secret.s",), sensitive=True)])
def test_it_names_nothing(value: Value) -> None:
    assert refusals("vaulted.thing", {"name": value}) == {"name": "spec/sensitive-identity"}
    assert refusals("local.file", {"path": value, "content": "x"}) == {"path": "spec/sensitive-identity"}
    assert refusals("local.tree", {"path": "x", "source": value}) == {"source": "spec/sensitive-identity"}


@pytest.mark.parametrize("value", [S, Unknown(("secret.s",), sensitive=True)])
@pytest.mark.parametrize(
    ("type", "spec", "path"),
    [
        ("shell.command", lambda x: {"create": ["curl", "-H", x]}, "create.2"),
        ("shell.command", lambda x: {"create": [["true"], ["curl", x]]}, "create.1.1"),
        ("shell.command", lambda x: {"create": "x", "delete": ["rm", x]}, "delete.1"),
        ("shell.command", lambda x: {"create": "x", "read": ["cat", x]}, "read.1"),
        ("shell.command", lambda x: {"create": "x", "cwd": x}, "cwd"),
        ("shell.script", lambda x: {"script": "x", "args": ["a", x]}, "args.1"),
        ("shell.script", lambda x: {"script": "x", "interpreter": x}, "interpreter"),
        ("data.shell.command", lambda x: {"read": ["cat", x]}, "read.1"),
    ],
)
def test_it_stands_in_no_command_line(type: str, spec: Any, path: str, value: Value) -> None:
    assert refusals(type, spec(value))[path] == "spec/sensitive-exposed"
    with pytest.raises(InvalidSpec) as raised:
        Registry().normalize(type, spec(value))
    assert any("`env` or `stdin`" in problem.fix for problem in raised.value.problems)
    assert SECRET not in str(raised.value.problems)


def test_it_stands_in_no_image() -> None:
    for key, value in {"dockerfile_inline": S, "args": {"TOKEN": S}, "labels": {"token": S}}.items():
        with pytest.raises(InvalidSpec) as raised:
            REGISTRY.normalize("docker.image", {"name": "app", "build": {"context": ".", key: value}})
        (problem,) = raised.value.problems
        assert problem.code == "spec/sensitive-exposed"
        assert problem.path[:2] == ("build", key)
        assert "stays in the image" in problem.detail
        assert "`build.secrets`" in problem.fix
        assert SECRET not in str(problem)


def test_it_may_stand_in_a_shell_string_in_env_and_in_stdin() -> None:
    command = {"command": "curl -d ${REIGN_1} x", "with": {"REIGN_1": S}}
    spec = REGISTRY.normalize("shell.command", {"create": command, "env": {"T": S}, "stdin": S, "triggers": {"a": S}})
    assert spec["create"] == command
    assert hidden(spec) == {"create", "env", "stdin", "triggers"}


def test_a_template_with_something_sensitive_is_sensitive_as_a_whole() -> None:
    spec = REGISTRY.normalize("local.template", {"path": "x", "template": "p=${p | base64}", "vars": {"p": S, "q": 1}})
    assert hidden(spec) == {"content", "sha256", "bytes"}
    waiting = REGISTRY.normalize(
        "local.template", {"path": "x", "template": "${p}", "vars": {"p": Unknown(("secret.s",), sensitive=True)}}
    )
    assert hidden(waiting) == {"content", "sha256", "bytes"}


def test_a_file_with_something_sensitive_has_a_sensitive_checksum() -> None:
    spec = REGISTRY.normalize("local.file", {"path": "x", "content": S})
    assert hidden(spec) == {"content", "sha256", "bytes"}


# What is said


@pytest.mark.parametrize("secret", [SECRET, "abc", "x", 5, 'it\'s \\ "quoted"', "two\nlines", "ü"])
@pytest.mark.parametrize(
    ("type", "spec"),
    [
        ("local.file", lambda x: {"path": "a", "content": "x", "mode": x}),
        ("local.file", lambda x: {"path": "a", "content_base64": x}),
        ("shell.command", lambda x: {"create": "a", "timeout": x}),
        ("shell.command", lambda x: {"create": "a", "output": x}),
        ("shell.command", lambda x: {"create": "a", "env": x}),
        ("shell.command", lambda x: {"create": "a", "absent_codes": [x]}),
        ("shell.command", lambda x: {"create": {"command": "a '${REIGN_1}'", "with": {"REIGN_1": x}}}),
        ("local.template", lambda x: {"path": "a", "template": "${v | int}", "vars": {"v": x}}),
        ("local.template", lambda x: {"path": "a", "template": x}),
    ],
)
def test_problems_do_not_quote_it(type: str, spec: Any, secret: Any) -> None:
    try:
        REGISTRY.normalize(type, spec(Sensitive(secret, "${secret.s}")))
    except InvalidSpec as refused:
        for problem in refused.problems:
            words = problem.detail.replace(str(problem.path[-1]) if problem.path else "", "")
            assert repr(secret) not in words
            assert json.dumps(secret) not in words
            if len(str(secret)) > 4:
                assert str(secret)[:5] not in words
            assert problem.summary


def test_what_does_not_quote_it_is_said_as_ever() -> None:
    with pytest.raises(InvalidSpec) as raised:
        REGISTRY.normalize("shell.command", {"create": {"command": "a '${REIGN_1}'", "with": {"REIGN_1": S}}})
    assert "single quotes" in raised.value.problems[0].detail
    with pytest.raises(InvalidSpec) as raised:
        REGISTRY.normalize("local.file", {"path": "a", "contnt": S})
    [unknown] = raised.value.problems
    assert (unknown.code, unknown.nearest) == ("spec/unknown-key", "content")


def test_what_is_known_to_be_sensitive_elsewhere_is_masked_as_well() -> None:
    registry = Registry({"vaulted": Vaulted}, Masks(["other-secret"]))
    with pytest.raises(InvalidSpec) as raised:
        registry.normalize("vaulted.thing", {"name": "n", "flag": "other-secret", "password": S})
    assert "other-secret" not in str(raised.value.problems)
