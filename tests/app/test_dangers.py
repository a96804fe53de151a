"""What a command would do is told by a plan, refused by an apply, and done where the resource says why. Nothing here does harm:
every command ends before its dangerous words.
"""

from __future__ import annotations

import pytest

from reign.app.look import state
from reign.app.validate import validate
from reign.model.errors import Refused
from reign.model.finding import Finding, Severity

from .conftest import Folder

ENDS = "touch ran; exit 0; "
ALLOWED = 'allow: [{code: danger/erases, reason: "meant so"}], '


def dangers(findings: tuple[Finding, ...]) -> list[tuple[str, str, int]]:
    return [
        (each.address, each.place.file if each.place else "", each.place.line if each.place else 0)
        for each in findings
        if each.code.startswith("danger/") and each.severity is Severity.ERROR
    ]


@pytest.mark.parametrize("field", ["create", "read", "update", "delete"])
def test_every_command_of_a_resource_is_judged_and_nothing_runs(folder: Folder, field: str) -> None:
    commands = {"create": "touch ran", field: f"{ENDS}rm -rf /etc"}
    spec = "".join(f'\n      {name}: "{command}"' for name, command in commands.items())
    folder.write(f"  c:\n    type: shell.command\n    spec:{spec}\n")
    line = 6 + len(commands)
    assert dangers(folder.plan().plan.findings) == [("shell.command.c", "reign.yaml", line)]
    with pytest.raises(Refused) as raised:
        folder.apply()
    assert dangers(raised.value.findings)
    assert not (folder.path / "ran").exists()


def test_what_is_allowed_runs_and_its_reason_is_told(folder: Folder) -> None:
    folder.write(f'  c: {{type: shell.command, {ALLOWED}spec: {{create: "{ENDS}rm -rf /etc"}}}}\n')
    (note,) = [each for each in folder.plan().plan.findings if each.code == "danger/erases"]
    assert note.severity is Severity.INFO
    assert "meant so" in note.detail
    folder.apply()
    assert (folder.path / "ran").exists()


def test_another_code_or_a_day_that_is_past_allows_nothing(folder: Folder) -> None:
    for allow in ("{code: danger/disk, reason: x}", '{code: danger/erases, reason: x, until: "2001-01-01"}'):
        folder.write(f'  c: {{type: shell.command, allow: [{allow}], spec: {{create: "{ENDS}rm -rf /etc"}}}}\n')
        assert dangers(folder.plan().plan.findings)


def test_a_value_that_is_known_only_at_apply_is_judged_before_the_command_runs(folder: Folder) -> None:
    folder.write(
        '  where: {type: shell.command, spec: {create: "echo /etc"}}\n'
        f"  c: {{type: shell.command, spec: {{create: '{ENDS}rm -rf ${{resources.where.stdout}}'}}}}\n"
    )
    assert not dangers(folder.plan().plan.findings)
    done = folder.apply()
    assert done.status == "failed"
    assert not (folder.path / "ran").exists()


@pytest.mark.parametrize("call", ["bash run.sh", "./run.sh", ". ./run.sh", "cat run.sh | sh", "sudo -n sh < run.sh"])
def test_a_script_of_the_project_is_judged_with_the_command_that_runs_it(folder: Folder, call: str) -> None:
    (folder.path / "run.sh").write_text("set -e\nexit 0\nrm -rf /etc\n")
    folder.write(f'  c: {{type: shell.command, spec: {{create: "{call}"}}}}\n')
    ((address, _, _),) = dangers(folder.plan().plan.findings)
    assert address == "shell.command.c"


def test_a_script_is_told_at_its_own_line(folder: Folder) -> None:
    (folder.path / "run.sh").write_text(". ./more.sh\n")
    (folder.path / "more.sh").write_text("set -e\nexit 0\nrm -rf /etc\n")
    folder.write(
        "  c: {type: shell.command, spec: {create: bash run.sh}}\n  s: {type: shell.script, spec: {source: more.sh}}\n"
    )
    told = dangers(folder.plan().plan.findings)
    assert sorted(told) == [("shell.command.c", "more.sh", 3), ("shell.script.s", "more.sh", 3)]


@pytest.mark.parametrize(
    ("name", "text", "call", "line"),
    [
        ("Makefile", "all:\n\ttouch made\nclean: all\n\t@exit 0; rm -rf /etc\n", "make clean", 4),
        ("other.mk", "D = /etc\nclean:\n\texit 0; \\\n\t  rm -rf $(D)\n", "cd . && make -f other.mk", 3),
        ("package.json", '{"scripts": {\n "clean": "exit 0; rm -rf /etc"}}', "npm run clean", 2),
        ("jobs", "# daily\n0 3 * * * exit 0; rm -rf /etc\n", "exit 0; crontab jobs", 1),
    ],
)
def test_what_a_file_of_the_project_has_others_run_is_judged(
    folder: Folder, name: str, text: str, call: str, line: int
) -> None:
    (folder.path / name).write_text(text)
    folder.write(f'  c: {{type: shell.command, spec: {{create: "{call}"}}}}\n')
    ((address, _, told),) = dangers(folder.plan().plan.findings)
    assert address == "shell.command.c"
    assert told == line or name == "jobs"


@pytest.mark.parametrize("call", ["make", "make -n clean", "npm run build"])
def test_what_is_not_asked_for_is_not_judged(folder: Folder, call: str) -> None:
    (folder.path / "Makefile").write_text("all:\n\ttouch made\nclean:\n\texit 0; rm -rf /etc\n")
    (folder.path / "package.json").write_text('{"scripts": {"build": "true", "clean": "exit 0; rm -rf /etc"}}')
    folder.write(f'  c: {{type: shell.command, spec: {{create: "{call}"}}}}\n')
    assert not dangers(folder.plan().plan.findings)


def test_what_is_allowed_is_so_beside_another_error(folder: Folder) -> None:
    folder.write(
        f'  c: {{type: shell.command, {ALLOWED}spec: {{create: "{ENDS}rm -rf /etc"}}}}\n'
        "  d: {type: shell.command, health: {command: x, interval: 2}, spec: {create: x}}\n"
    )
    assert [each.code for each in validate(folder.where).findings if each.severity is Severity.ERROR] == [
        "config/duration"
    ]


def test_the_delete_of_what_is_only_in_the_state_is_judged(folder: Folder) -> None:
    folder.write(f'  c: {{type: shell.command, {ALLOWED}spec: {{create: "true", delete: "{ENDS}rm -rf /etc"}}}}\n')
    folder.apply()
    folder.write("  v: {type: value, spec: {value: 1}}\n")
    assert [address for address, _, _ in dangers(folder.plan().plan.findings)] == ["shell.command.c"]
    with pytest.raises(Refused):
        folder.apply()
    assert not (folder.path / "ran").exists()
    assert [str(each) for each in state(folder.where).resources] == ["shell.command.c"]


def test_power_shell_is_refused_unless_allowed(folder: Folder) -> None:
    folder.write('  c: {type: shell.command, spec: {create: "Get-Item x", shell: pwsh}}\n')
    (found,) = [each for each in folder.plan().plan.findings if each.code.startswith("danger/")]
    assert found.code == "danger/not-analysed"


@pytest.mark.parametrize("where", ["health: {command: '%s'}, ", "health: {command: [['true'], '%s']}, "])
def test_the_command_of_a_health_check_is_judged(folder: Folder, where: str) -> None:
    folder.write(f"  c: {{type: value, {where % (ENDS + 'rm -rf /etc')}spec: {{value: 1}}}}\n")
    assert dangers(folder.plan().plan.findings)
