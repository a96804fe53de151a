"""What a person sees who writes reign.yaml in an editor, through the language server that editors use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reign.config import project_files

from .editor import Editor, start
from .test_schema import PUBLISHED, built_in
from .test_schema_agrees import PROJECTS, role

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    editor = start()
    yield editor
    editor.close()


@pytest.fixture(scope="module")
def schemas() -> dict[str, str]:
    return {name: json.dumps(make(built_in())) for name, make in PUBLISHED.items()}


@pytest.fixture
def folder(tmp_path: Path, schemas: dict[str, str]) -> Path:
    """A project's folder as `init` leaves it."""
    (tmp_path / ".reign").mkdir()
    for name, text in schemas.items():
        (tmp_path / ".reign" / f"{name}.schema.json").write_text(text)
    return tmp_path


def modeline(schema: str) -> str:
    return f"# yaml-language-server: $schema=./.reign/{schema}.schema.json\n"


HEAD = modeline("reign") + "version: 1\nproject: shop\n"


class Page:
    """A file in the editor; `|` in its text is where the cursor stands."""

    def __init__(self, editor: Editor, path: Path, text: str) -> None:
        before = text.partition("|")[0]
        self.place = before.count("\n"), len(before) - before.rfind("\n") - 1
        self.editor, self.path = editor, path
        self.marks = editor.open(path, text.replace("|", ""))

    def complete(self) -> dict[str, str]:
        return self.editor.complete(self.path, *self.place)

    def hover(self) -> str:
        return self.editor.hover(self.path, *self.place)


def test_types_are_completed_with_what_they_are(editor: Editor, folder: Path) -> None:
    page = Page(editor, folder / "reign.yaml", HEAD + "resources:\n  a:\n    type: |\n")
    types = {name: schema.description for name, schema in built_in().items() if not name.startswith("data.")}
    assert page.complete() == types
    data = Page(editor, folder / "data.yaml", HEAD + "data:\n  a:\n    type: |\n").complete()
    assert data.keys() == {name.removeprefix("data.") for name in built_in() if name.startswith("data.")}


def test_the_keys_of_a_spec_are_those_of_its_type(editor: Editor, folder: Path) -> None:
    page = Page(editor, folder / "reign.yaml", HEAD + "resources:\n  a:\n    type: local.file\n    spec:\n      |\n")
    assert page.complete().keys() - {"local.file"} == {"path", "content", "content_base64", "source", "mode", "backup"}
    assert page.complete()["mode"] == "Permissions in octal digits."
    text = "resources:\n  a:\n    type: shell.command\n    spec:\n      create: x\n      shell: |\n"
    assert {"bash", "sh", "pwsh"} <= Page(editor, folder / "shell.yaml", HEAD + text).complete().keys()


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("|\n", {"resources", "outputs", "variables", "secrets", "checks", "moved", "settings"}),
        ("resources:\n  a:\n    type: value\n    |\n", {"spec", "lifecycle", "for_each", "health", "retry", "allow"}),
        ("resources:\n  a:\n    type: value\n    lifecycle:\n      |\n", {"prevent_destroy", "ignore_changes"}),
        ("resources:\n  a:\n    type: value\n    lifecycle:\n      on_destroy: |\n", {"delete", "retain"}),
        ("resources:\n  a:\n    type: value\n    health:\n      |\n", {"http", "tcp", "command", "deadline"}),
        ("settings:\n  execution:\n    |\n", {"parallelism", "on_failure", "retry", "mode"}),
        ("variables:\n  a:\n    |\n", {"type", "default", "pattern", "sensitive"}),
        ("checks:\n  - name: a\n    |\n", {"assert", "severity", "message"}),
        ("secrets:\n  a:\n    |\n", {"env", "file", "command", "generate"}),
    ],
)
def test_keys_are_completed(editor: Editor, folder: Path, text: str, keys: set[str]) -> None:
    found = Page(editor, folder / "reign.yaml", HEAD + text).complete()
    assert keys <= found.keys()
    assert all(found[key] for key in keys - {"delete", "retain"}), "each with what it is for"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("resources:\n  a:\n    type: local.file\n    spec: {pa|th: x}\n", "Where it stands, below the project folder"),
        ("resources:\n  a:\n    type: local.fi|le\n", "`shell.command`: Commands of this machine"),
        ("resources:\n  a:\n    type: value\n    life|cycle: {}\n", "What happens to the resource in the end."),
        ("resources:\n  a:\n    type: value\n    time|out: 5m\n", "How long a whole operation may take"),
        ("resources:\n  a:\n    type: value\n    lifecycle: {ignore_cha|nges: [x]}\n", 'left alone: `labels["build"]`'),
        ("sett|ings: {}\n", "Settings of Reign for this project."),
    ],
)
def test_what_a_key_is_for_stands_beside_it(editor: Editor, folder: Path, text: str, told: str) -> None:
    assert told in Page(editor, folder / "reign.yaml", HEAD + text).hover()


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("resorces: {}\n", "resorces", "Property resorces is not allowed."),
        ("resources:\n  a:\n    type: local.file\n    spec:\n      pth: x\n      path: y\n", "pth", "Property pth is not"),
        ("resources:\n  a:\n    type: local.fle\n", "local.fle", "Value is not accepted"),
        ("resources:\n  a:\n    type: local.file\n    spec: {mode: '0644'}\n", "spec", 'Missing property "path"'),
        ("resources:\n  a:\n    type: value\n    lifecycle:\n      prevent_destory: true\n", "prevent_destory", "not allowed"),
        ("resources:\n  a:\n    type: value\n    timeout: soon\n", "soon", ""),
        ("settings:\n  execution:\n    parallelism: many\n", "many", "Incorrect type"),
        ("outputs:\n  a: {}\n", "a", 'Missing property "value"'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_marked_where_it_stands(editor: Editor, folder: Path, text: str, words: str, why: str) -> None:
    marks = Page(editor, folder / "reign.yaml", HEAD + text).marks
    assert any(marked.strip(" :{}").startswith(words) and why in message for marked, message in marks), marks


def test_an_overlay_and_an_included_file_have_rules_of_their_own(editor: Editor, folder: Path) -> None:
    over = "resources:\n  a:\n    tags+: [x]\n    spec: {labels!: {a: b}, name: null}\n  b: null\n"
    assert Page(editor, folder / "reign.prod.yaml", modeline("reign.overlay") + over).marks == []
    wrong = Page(
        editor, folder / "reign.dev.yaml", modeline("reign.overlay") + "include: [x]\nresources:\n  a: {tgas+: [x]}\n"
    )
    assert [words for words, _ in wrong.marks] == ["include", "tgas+"]
    part = Page(editor, folder / "part.yaml", modeline("reign.include") + "resources:\n  a: {type: value}\n|\n")
    assert part.marks == []
    assert part.complete().keys() >= {"outputs", "locals"}
    assert not part.complete().keys() & {"version", "project", "include"}


def test_no_project_that_is_kept_here_is_marked(editor: Editor, folder: Path) -> None:
    names = {"reign": "reign", "overlay": "reign.overlay", "include": "reign.include"}
    for project in PROJECTS:
        for real, name in project_files(project)[0].items():
            lines = [line for line in real.read_text().splitlines() if "yaml-language-server" not in line]
            path = folder / Path(name).name
            assert editor.open(path, modeline(names[role(name)]) + "\n".join(lines) + "\n") == [], (
                f"{project.name}/{name}"
            )
