"""The table of providers: what it loads, when, and what becomes of a package that is broken."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from reign.model.errors import Failed
from reign.providers.memory import Memory
from reign.providers.registry import BUILT_IN, Registry
from tests.providers.sample import install

BUILT_IN_TYPES = (
    "docker.compose",
    "docker.container",
    "docker.image",
    "docker.network",
    "docker.volume",
    "local.directory",
    "local.file",
    "local.template",
    "local.tree",
    "shell.command",
    "shell.script",
    "value",
)
BUILT_IN_DATA = ("docker.image", "docker.network", "docker.volume", "git", "local.file", "shell.command")


def modules_after(program: str) -> set[str]:
    """The modules that a fresh interpreter holds after `program`."""
    ended = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules, sep='\\n')"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ended.stdout.splitlines())


HEAVY = {"pydantic", "tree_sitter", "tree_sitter_bash", "networkx", "duckdb", "ruamel.yaml", "cryptography"}
START = "from reign.providers.registry import Registry\nR = Registry()\n"


def test_nothing_is_loaded_before_a_type_is_asked_for() -> None:
    assert not HEAVY & modules_after(START)


def test_a_type_loads_its_own_provider_alone() -> None:
    loaded = modules_after(START + "R.schema('value'); R.normalize('value', {'value': 1}); R.provider('value')")
    assert "reign.providers.value" in loaded
    assert not {"reign.providers.local", "reign.providers.shell", "tree_sitter", "subprocess"} & loaded


def test_a_command_without_values_needs_no_parser() -> None:
    program = START + "R.normalize('shell.command', {'create': 'echo x'})"
    assert "tree_sitter" not in modules_after(program)
    assert "tree_sitter" not in modules_after(START + "R.normalize('shell.command', {'create': 'if true; then :; fi'})")
    with_value = "{'create': {'command': 'echo ${REIGN_1}', 'with': {'REIGN_1': 'x'}}}"
    assert "tree_sitter" in modules_after(START + f"R.normalize('shell.command', {with_value})")


def test_the_table_names_the_types_that_its_providers_have() -> None:
    registry = Registry()
    for name, (_, _, types) in BUILT_IN.items():
        assert tuple(sorted(registry.provider(name).schemas())) == types
    assert registry.types() == BUILT_IN_TYPES
    assert registry.data_types() == BUILT_IN_DATA


def test_a_type_of_data_stands_under_its_own_name() -> None:
    registry = Registry()
    for name in BUILT_IN_DATA:
        schema = registry.schema(f"data.{name}")
        assert schema is not None
        assert schema.data
        assert schema.type == f"data.{name}"
    assert registry.schema("git") is None
    assert registry.schema("data.value") is None
    assert registry.normalize("data.git", {}) == {}


@pytest.mark.parametrize("type", ["nothing", "nothing.at.all", "local", "local.files", "value.x", ""])
def test_a_type_that_is_none_has_no_schema(type: str) -> None:
    assert Registry().schema(type) is None


def test_a_provider_that_is_none_is_an_error_with_those_there_are() -> None:
    with pytest.raises(Failed) as raised:
        Registry().provider("nothing")
    assert "git, local, shell, value" in raised.value.findings[0].detail


def test_more_providers_can_be_handed_in() -> None:
    registry = Registry({"memory": Memory})
    assert registry.types() == tuple(sorted((*BUILT_IN_TYPES, "memory.box", "memory.item")))
    assert registry.normalize("memory.box", {"name": "a"})["color"] == "red"


def test_a_registry_goes_to_another_process() -> None:
    registry = Registry({"memory": Memory})
    registry.types()
    again = pickle.loads(pickle.dumps(registry))
    assert again.types() == registry.types()


def test_the_same_provider_comes_back_each_time() -> None:
    registry = Registry()
    assert registry.provider("local") is registry.provider("local")
    assert registry.schema("local.file") is registry.schema("local.file")


def package(folder: Path, name: str, source: str, target: str = "Thing") -> None:
    """An installed package `name` with an entry point of that name, holding `source`."""
    (folder / f"{name}_provider.py").write_text(source)
    info = folder / f"{name}_provider-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-provider\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[reign.providers]\n{name} = {name}_provider:{target}\n")


def test_an_installed_package_adds_its_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    registry = Registry()
    assert "sample.note" in registry.types()
    assert "sample.shelf" in registry.data_types()
    assert registry.normalize("sample.note", {"title": "a", "text": "b"})["color"] == "yellow"


BROKEN = {
    "syntax": "def (",
    "import": "import no_such_module",
    "name": "",
    "raise": "class Thing:\n    def __init__(self): raise RuntimeError('out of order')",
    "shape": "class Thing: name = 'broken'",
    "strange": "class Thing:\n    name = 'broken'\n    def schemas(self): return {'value': None}",
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_package_is_one_clear_error_for_its_types_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    package(tmp_path, "broken", BROKEN[case])
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "broken_provider", raising=False)
    registry = Registry()
    assert registry.types() == BUILT_IN_TYPES
    assert registry.schema("value") is not None
    for ask in (lambda: registry.schema("broken.thing"), lambda: registry.provider("broken")):
        with pytest.raises(Failed) as raised:
            ask()
        [finding] = raised.value.findings
        assert finding.code == "provider/broken"
        assert "broken-provider" in finding.detail
        assert finding.fix


def test_a_package_cannot_take_the_place_of_a_provider_that_comes_with_reign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path, "local", "class Thing:\n    name = 'local'\n    def schemas(self): return {'local.file': None}")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry()
    assert registry.types() == BUILT_IN_TYPES
    schema = registry.schema("local.file")
    assert schema is not None
    assert schema.type == "local.file"
