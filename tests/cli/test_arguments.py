"""Words to options: Terraform's spellings, bare optional options, globals before and after."""

import click
import pytest

from reign.cli.arguments import Command, MaybeValue, spelled
from reign.cli.session import Session, wants_json

PARAMS = [
    click.Option(["--out"]),
    click.Option(["-o", "--output", "form"]),
    click.Option(["--json"], is_flag=True),
    MaybeValue(["--auto-approve"], bare="all"),
    MaybeValue(["--refresh"], bare="true"),
    click.Argument(["file"]),
]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("-out=F", "--out=F"),
        ("-out F", "--out F"),
        ("-json", "--json"),
        ("-auto-approve F", "--auto-approve=all F"),
        ("--auto-approve F", "--auto-approve=all F"),
        ("--auto-approve=create F", "--auto-approve=create F"),
        ("-refresh=false", "--refresh=false"),
        ("-refresh", "--refresh=true"),
        ("-o json", "-o json"),
        ("-ojson", "-ojson"),
        ("--out -json", "--out -json"),
        ("--out --auto-approve", "--out --auto-approve"),
        ("-- -json", "-- -json"),
        ("-strange", "-strange"),
        ("--out", "--out"),
        ("F -json", "F --json"),
    ],
)
def test_spelled(words: str, meant: str) -> None:
    assert spelled(words.split(), PARAMS, whole=True) == meant.split()


def test_group_leaves_the_command_alone() -> None:
    assert spelled(["-out=F", "plan", "-out=G"], PARAMS, whole=False) == ["--out=F", "plan", "-out=G"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("plan --json", True),
        ("plan -json --nonsense", True),
        ("state list -o json", True),
        ("state list -ojson", True),
        ("state list --output=json", True),
        ("state list -o csv", False),
        ("output -- --json", False),
        ("plan -o", False),
        ("", False),
    ],
)
def test_wants_json(words: str, answer: bool) -> None:
    assert wants_json(words.split()) is answer


def test_globals_add_up() -> None:
    seen: list[Session] = []

    @click.group(cls=click.Group)
    def outer() -> None:
        pass

    @outer.command(cls=Command, name="inner")
    @click.pass_obj
    def inner(session: Session) -> None:
        seen.append(session)

    session = Session(variables=("a=1",))
    outer.main(
        ["inner", "-C", "there", "-var", "b=2", "--var=c=3", "-var-file=f", "-no-color", "--env", "prod"],
        standalone_mode=False,
        obj=session,
    )
    assert seen == [session]
    assert (session.folder, session.env, session.no_color) == ("there", "prod", True)
    assert session.variables == ("a=1", "b=2", "c=3")
    assert session.var_files == ("f",)
    assert session.command() == "reign -C there --env prod"
