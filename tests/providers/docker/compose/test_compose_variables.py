"""Variables: every operator, nested, escaped; what is sensitive or not known yet; files of variables."""

from __future__ import annotations

import pytest

from reign.model.values import Deferred, Sensitive, Unknown, Value
from reign.providers.docker.compose.dotenv import BadLine, parse
from reign.providers.docker.compose.variables import Mistake, fill

GIVEN: dict[str, Value] = {
    "SET": "yes",
    "BLANK": "",
    "DOLLAR": "$SET",
    "NULL": None,
    "SECRET": Sensitive("pw", "${secret.db}"),
    "LATER": Deferred("${resources.db.name}"),
    "UNSEEN": Unknown(("data.x.y",), sensitive=True),
}


def given(name: str) -> Value:
    return GIVEN[name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$SET", "yes"),
        ("${SET}", "yes"),
        ("a${SET}b$SET", "ayesbyes"),
        ("$SET_MORE-${SET}", None),
        ("$$SET $${SET}", "$SET ${SET}"),
        ("$DOLLAR", "$SET"),
        ("5$ and $1 and $", "5$ and $1 and $"),
        ("${BLANK}", ""),
        ("${NULL}", ""),
        ("${SET:-x}", "yes"),
        ("${BLANK:-x}", "x"),
        ("${BLANK-x}", ""),
        ("${GONE:-x}", "x"),
        ("${GONE-x}", "x"),
        ("${NULL-x}", "x"),
        ("${GONE:-}", ""),
        ("${SET:+x}", "x"),
        ("${BLANK:+x}", ""),
        ("${BLANK+x}", "x"),
        ("${GONE+x}", ""),
        ("${SET:?why}", "yes"),
        ("${BLANK?why}", ""),
        ("${BLANK:?why}", None),
        ("${GONE?why}", None),
        ("${GONE:-${SET}}", "yes"),
        ("${GONE:-${ALSO:-${SET}}/b}", "yes/b"),
        ("${SET:+${GONE:-in ${SET}}}", "in yes"),
        ("${SET:-${GONE}}", "yes"),
        ('${GONE:-{"a": 1}}', '{"a": 1}'),
        ("${GONE:-a:-b?c}", "a:-b?c"),
        ("${GONE:-$$x}", "$x"),
        ("$GONE", None),
        ("${SET", None),
        ("${}", None),
        ("${1}", None),
        ("${SET!x}", None),
        ("p:${SECRET}@h", Sensitive("p:pw@h", "p:${secret.db}@h")),
        ("${SECRET}", Sensitive("pw", "${secret.db}")),
        ("${GONE:-${SECRET}}", Sensitive("pw", "${secret.db}")),
        ("http://${LATER:-x}/$$", Deferred("http://${resources.db.name}/$", "string")),
        ("${SECRET}@${LATER}", Deferred("${secret.db}@${resources.db.name}", "string")),
        ("$UNSEEN-$SET", Unknown(("data.x.y",), sensitive=True)),
    ],
)
def test_operators(text: str, expected: Value) -> None:
    if expected is None:
        with pytest.raises(Mistake):
            fill(text, given)
    else:
        assert fill(text, given) == expected


def test_depth_and_length_are_limited() -> None:
    with pytest.raises(Mistake):
        fill("${A:-" * 50 + "}" * 50, given)
    lines = ["A0=xxxxxxxxxxxxxxxx", *(f"A{n}=$A{n - 1}$A{n - 1}" for n in range(1, 30))]
    with pytest.raises(BadLine):
        parse("\n".join(lines), given)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=b", {"A": "b"}),
        ("# c\n\n  A = b c # d\nexport B: x\r\n", {"A": "b c", "B": "x"}),
        ("A='$SET # x'\nB=\"$SET \\n\\$SET\"", {"A": "$SET # x", "B": "yes \n$SET"}),
        ("A='two\nlines'\nB=1", {"A": "two\nlines", "B": "1"}),
        ("A=1\nB=${A}2", {"A": "1", "B": "12"}),
        ("SET\nGONE\nA=", {"SET": "yes", "A": ""}),
        ("A=x#y", {"A": "x#y"}),
        (
            "A=\r\nB='x'\r\n\r\n# c\r\nSET\r\nC=\"1\r\n2\"\r\nD=\r",
            {"A": "", "B": "x", "SET": "yes", "C": "1\n2", "D": ""},
        ),
        ("A=\r'x'\nB=\r \ty\r\n", {"A": "x", "B": "y"}),
        ("my.key-1=v", {"my.key-1": "v"}),
    ],
)
def test_files_of_variables(text: str, expected: dict[str, str]) -> None:
    assert parse(text, given) == expected


def test_raw_lines_are_kept_as_they_are() -> None:
    assert parse("A='$SET' # x\nB=1", given, raw=True) == {"A": "'$SET' # x", "B": "1"}


@pytest.mark.parametrize("text", ["A='open", "=x", "A B=1", "A=$GONE"])
def test_bad_lines_are_told(text: str) -> None:
    with pytest.raises(BadLine):
        parse(text, given)
