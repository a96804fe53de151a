"""What was made over a connection is found and removed over it, also when the project has forgotten it."""

from __future__ import annotations

from pathlib import Path

from .conftest import Folder


def test_a_connection_that_is_no_longer_declared_is_kept_in_the_state(folder: Folder, tmp_path_factory: object) -> None:
    elsewhere: Path = tmp_path_factory.mktemp("elsewhere")  # type: ignore[attr-defined]
    folder.write(
        "  f: {type: local.file, provider: local.there, spec: {path: a.txt, content: hi}}\n",
        head=f"providers: {{local.there: {{folder: {elsewhere}}}}}\n",
    )
    folder.apply()
    assert (elsewhere / "a.txt").read_text() == "hi"
    folder.write("  v: {type: value, spec: {value: 1}}\n")
    assert folder.actions() == {"local.file.f": "delete", "value.v": "create"}
    folder.apply()
    assert not (elsewhere / "a.txt").exists()
    assert folder.actions() == {}
