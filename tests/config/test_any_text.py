"""Whatever stands in the file: a project, or findings that say where and why. Never an exception."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reign.model.finding import Severity

from .conftest import load_in

GOOD = """\
version: 1
project: shop
settings: {execution: {parallelism: 4, retry: {attempts: 2, initial: 1s}}}
secrets: {db: {env: DB}, made: {generate: {length: 20}}, cmd: {command: [op, read]}}
data:
  shared: {type: memory.thing, spec: {name: "${var.tag}"}}
variables:
  pin: {type: string, sensitive: true, default: abc123}
  tag: {type: string, default: "1.27", pattern: "[0-9.]+", message: "digits"}
  sizes: {type: map(number), default: {eu: 1, us: 2}}
locals:
  name: &n shop-${var.tag}
  all: {<<: {a: 1}, b: *n}
providers:
  local.srv: {folder: srv}
resources:
  net: {type: value, count: 2, spec: {value: "${count.index}"}}
  web:
    type: memory.thing
    depends_on: [net]
    for_each: ${var.sizes}
    enabled: true
    spec:
      name: ${local.name}-${each.key}
      ports: [{number: 80}]
      wait: 1m30s
      any: |
        some ${resources.net[0].value}
          text
    lifecycle: {prevent_destroy: true, ignore_changes: ['labels["b"]'], replace_triggered_by: [net]}
    timeout: {create: 5m}
    health: {http: "http://x/${self.name}", status: 200-399, deadline: 5m}
    allow: [{code: a/b, reason: why, until: 2027-01-01}]
    tags: [a, 'b${each.value}']
  sh: {type: shell.command, spec: {create: 'echo "${var.tag}" $${X}', delete: [rm, x]}}
outputs:
  o: {value: "${resources.web['eu'].name}", description: what}
  p: {value: "${secret.db} ${var.pin} ${data.shared.size}", sensitive: true}
checks:
  - {name: up, assert: "${self.o == 'x' and run.id != ''}", severity: minor}
imports: [{to: 'web["us"]', id: 3f2a9c}]
moved: [{from: old, to: 'web["eu"]'}]
removed: [{from: cache, destroy: false}]
"""
PIECES = [
    "${",
    "}",
    "{",
    "[",
    "]",
    ": ",
    "- ",
    "#",
    "'",
    '"',
    "\n",
    "\t",
    "  ",
    "&a ",
    "*a",
    "!x ",
    "|\n",
    "null",
    "é",
    "\x07",
    "<<: ",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


def check(folder: Path, text: str) -> None:
    (folder / "reign.yaml").write_text(text, encoding="utf-8", newline="")
    result = load_in(folder)
    errors = [finding for finding in result.findings if finding.severity is Severity.ERROR]
    assert (result.project is None) == bool(errors)
    lines = text.split("\n")
    for finding in errors:
        assert finding.summary
        assert finding.detail
        if finding.place and "\r" not in text:
            assert (
                1 <= finding.place.line <= len(lines) + text.count("\x85") + text.count("\u2028") + text.count("\u2029")
            )


def test_the_good_one_is_good(folder: Path) -> None:
    check(folder, GOOD)
    assert load_in(folder).project


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text(folder: Path, text: str) -> None:
    check(folder, text)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), st.sampled_from(PIECES) | st.text(max_size=3)),
        min_size=1,
        max_size=4,
    )
)
def test_a_good_file_with_a_few_characters_changed(folder: Path, edits: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for at, cut, piece in edits:
        text = text[:at] + piece + text[at + cut :]
    check(folder, text)


@settings(max_examples=100, deadline=None)
@given(st.permutations(GOOD.splitlines()), st.integers(0, 30))
def test_a_good_file_with_its_lines_shuffled_and_dropped(folder: Path, lines: list[str], dropped: int) -> None:
    check(folder, "\n".join(lines[dropped:]))
