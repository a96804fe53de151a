"""The commands over a real project: what is printed where, what is changed, and which code it ends with."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.api.test_document import PLAN, STATE
from tests.cli.conftest import CLEAN, FILES, REIGN, Run

WHERE = {"sensitive": False, "type": "string", "value": "a.txt"}


def lines_of(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_from_nothing_to_nothing(reign: Run, folder: Path) -> None:
    first = reign("plan", "--detailed-exitcode")
    assert first.returncode == 2
    assert "Plan: 2 to add, 0 to change, 0 to destroy.\n" in first.stdout
    assert not (folder / ".reign").exists()

    applied = reign("apply", "-auto-approve")
    assert (applied.returncode, (folder / "a.txt").read_text()) == (0, "one\n")
    assert "Apply complete! Resources: 2 added, 0 changed, 0 destroyed.\n" in applied.stdout
    assert 'where: "a.txt"' in applied.stdout
    assert "local.file.a: Creation complete after 0s [id=a.txt]\n" in applied.stderr

    quiet = reign("plan", "--detailed-exitcode")
    assert (quiet.returncode, quiet.stdout.splitlines()[-1]) == (0, "No changes.")

    changed = reign("--var", "text=two", "plan")
    assert '~ content: "one\\n" -> "two\\n"' in changed.stdout
    assert "reign.yaml < --var text" in changed.stdout

    destroyed = reign("destroy", "--auto-approve")
    assert destroyed.returncode == 0
    assert "Destroy complete! Resources: 2 destroyed.\n" in destroyed.stdout
    assert not (folder / "a.txt").exists()


@pytest.mark.parametrize("text", ["environments: {dev: {}, prod: {}}\n", "resources: [\n"])
def test_init_needs_no_environment_and_no_sound_file(reign: Run, folder: Path, text: str) -> None:
    (folder / "reign.yaml").write_text(f"version: 1\nproject: shop\n{text}")
    begun = reign("init")
    assert (begun.returncode, begun.stderr) == (0, "")
    assert (folder / ".reign/reign.schema.json").is_file()
    assert not (folder / ".reign/env").exists()


def test_init_writes_all_or_nothing(reign: Run, folder: Path) -> None:
    (folder / "reign.yaml").unlink()
    (folder / ".reign").symlink_to(folder / "elsewhere")
    assert reign("init").returncode == 1
    assert not (folder / "reign.yaml").exists()
    (folder / ".reign").unlink()
    assert reign("init", REIGN_ENV="prod").returncode == 0
    assert reign("plan").returncode == 0


def test_without_a_terminal_nobody_is_asked(reign: Run, folder: Path) -> None:
    refused = reign("apply")
    assert refused.returncode == 4
    assert "[apply/not-approved]" in refused.stderr
    assert "Nothing was done." in refused.stderr
    assert not (folder / "a.txt").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--auto-approve=create"],
        ["--auto-approve", "--max-destroy", "0"],
        ["--auto-approve=create,delete", "-max-destroy=0"],
    ],
    ids=" ".join,
)
def test_what_was_not_approved_is_refused_as_a_whole(words: list[str], reign: Run, folder: Path) -> None:
    assert reign("apply", "--auto-approve=create").returncode == 0
    (folder / "reign.yaml").write_text((folder / "reign.yaml").read_text().replace("a.txt", "c.txt"))
    refused = reign("apply", *words)
    assert refused.returncode == 4
    assert (folder / "a.txt").exists()
    assert not (folder / "c.txt").exists()
    planned = reign("plan", *words)
    assert planned.returncode == 0
    assert "Apply will refuse this plan:" in planned.stdout


def test_plan_file(reign: Run, folder: Path) -> None:
    saved = reign("plan", "-out=new.plan")
    assert "Saved the plan to: new.plan      Apply exactly this: reign apply new.plan\n" in saved.stdout
    assert stat.S_IMODE((folder / "new.plan").stat().st_mode) == 0o600
    shown = reign("show", "new.plan")
    assert shown.stdout.split("\n\n")[1:-1] == saved.stdout.split("\n\n")[1:-2]
    document = json.loads(reign("show", "-json", "new.plan").stdout)
    jsonschema.validate(document, PLAN)

    assert reign("apply", "new.plan").returncode == 0
    assert (folder / "a.txt").read_text() == "one\n"
    again = reign("apply", "new.plan")
    assert again.returncode == 6


@pytest.mark.parametrize(
    "edit", [lambda data: data[:-20], lambda data: data.replace(b"a.txt", b"z.txt"), lambda _: b""]
)
def test_an_edited_plan_file_is_refused(edit, reign: Run, folder: Path) -> None:  # type: ignore[no-untyped-def]
    assert reign("plan", "--out", "new.plan").returncode == 0
    (folder / "new.plan").write_bytes(edit((folder / "new.plan").read_bytes()))
    refused = reign("apply", "new.plan")
    assert refused.returncode == 6
    assert "Traceback" not in refused.stderr
    assert not (folder / "a.txt").exists()


def test_a_plan_file_that_is_not_there(reign: Run) -> None:
    ended = reign("apply", "none.plan")
    assert ended.returncode == 1
    assert "[usage/cannot-read]" in ended.stderr


def test_a_plan_that_cannot_be_written(reign: Run) -> None:
    ended = reign("plan", "--out", "no/such/folder/new.plan")
    assert ended.returncode == 1
    assert "[usage/cannot-write]" in ended.stderr
    ended = reign("plan", "--out", ".")
    assert (ended.returncode, "[usage/cannot-write]" in ended.stderr) == (1, True)


def test_only_an_output_changes(reign: Run, folder: Path) -> None:
    assert reign("apply", "--auto-approve").returncode == 0
    (folder / "reign.yaml").write_text((folder / "reign.yaml").read_text() + "  more: {value: [1, x]}\n")
    planned = reign("plan", "--detailed-exitcode")
    assert planned.returncode == 2
    assert planned.stdout.split("\n\n")[1] == 'Changes to Outputs:\n  + more[0]: 1\n  + more[1]: "x"'
    assert reign("apply", "--auto-approve").returncode == 0
    told = json.loads(reign("output", "--json").stdout)
    assert told["more"] == {"sensitive": False, "type": ["tuple", ["number", "string"]], "value": [1, "x"]}


def test_what_is_left_is_gone_on_with(reign: Run, folder: Path) -> None:
    failing = '  c: {type: shell.command, spec: {create: "exit 1"}}\noutputs:'
    (folder / "reign.yaml").write_text((folder / "reign.yaml").read_text().replace("outputs:", failing))
    ended = reign("apply", "--auto-approve", "--var", "text=two", "--target", "c")
    assert ended.returncode == 7
    [run] = (path.name for path in (folder / ".reign" / "runs").iterdir())
    assert ended.stderr.endswith(f"Continue with: reign runs resume {run}     (exit 7)\n")


def test_closed_streams(reign: Run, folder: Path) -> None:
    opened = "import os, sys; from reign.cli.main import run; code = run(sys.argv[1:]); "
    opened += "number = os.open('.', os.O_RDONLY); os._exit(code if number > 2 else 99)"
    words = [sys.executable, "-c", opened, "apply", "--auto-approve"]
    ended = subprocess.run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words], cwd=folder, env=CLEAN, check=False)
    assert ended.returncode == 0
    assert (folder / "a.txt").read_text() == "one\n"
    assert reign("plan", "--detailed-exitcode").returncode == 0


def test_names_beyond_ascii(reign: Run, folder: Path) -> None:
    several = '{type: value, for_each: {"日本": 1, "x y": 2}, spec: {value: 1}}'
    (folder / "reign.yaml").write_text(f"version: 1\nproject: shop\nresources:\n  a: {several}\n")
    assert reign("apply", "--auto-approve").returncode == 0
    for name in ("a[日本]", 'a["日本"]', 'value.a["日本"]', "a[x y]", 'a["x y"]'):
        assert reign("state", "show", name).returncode == 0, name
    assert "b names nothing that is in the state." in reign("state", "show", "b").stderr


@pytest.mark.parametrize(
    "words", ["output", "show", "state list", "runs list", "timeline", "sql --assert SELECT(true)"]
)
def test_a_folder_without_a_project_is_no_empty_answer(words: str, reign: Run, folder: Path) -> None:
    (folder / "none").mkdir()
    ended = reign("-C", "none", *words.split())
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "[usage/no-project]" in ended.stderr


def test_two_forms_of_one_listing(reign: Run) -> None:
    ended = reign("state", "list", "--json", "-o", "csv")
    assert (ended.returncode, json.loads(ended.stdout)["errored"]) == (1, True)
    assert reign("state", "list", "--json", "-o", "json").stdout == "[]\n"


def test_a_device_is_not_replaced_by_a_plan(reign: Run) -> None:
    assert reign("plan", "--out", "/dev/null").returncode == 0
    assert not Path("/dev/null").is_file()


def test_json_only_on_stdout(reign: Run, folder: Path) -> None:
    planned = reign("plan", "--json", "--document-into", "plan.json")
    assert [line["type"] for line in lines_of(planned.stdout)] == [
        "version",
        "planned_change",
        "planned_change",
        "change_summary",
        "outputs",
    ]
    jsonschema.validate(json.loads((folder / "plan.json").read_text()), PLAN)
    applied = reign("apply", "--json", "--auto-approve")
    types = [line["type"] for line in lines_of(applied.stdout)]
    assert types.count("apply_complete") == 2
    assert types[-2:] == ["change_summary", "outputs"]
    jsonschema.validate(json.loads(reign("show", "--json").stdout), STATE)
    assert json.loads(reign("output", "--json").stdout) == {"where": WHERE}
    listed = json.loads(reign("state", "list", "-o", "json").stdout)
    assert [row["address"] for row in listed] == ["local.file.a", "local.file.b"]


def test_json_only_on_stdout_when_it_fails(reign: Run, folder: Path) -> None:
    (folder / "reign.yaml").write_text("version: 1\nproject: shop\nresorces: {}\n")
    for words in (["plan", "--json"], ["apply", "-json", "-auto-approve"]):
        ended = reign(*words)
        assert (ended.returncode, ended.stderr) == (1, "")
        first, *rest = lines_of(ended.stdout)
        assert first["type"] == "version"
        assert {line["type"] for line in rest} == {"diagnostic"}
    validated = reign("validate", "--json")
    assert validated.returncode == 1
    told = json.loads(validated.stdout)
    assert (told["valid"], told["error_count"]) == (False, len(told["diagnostics"]))
    assert told["diagnostics"][0]["range"]["filename"] == "reign.yaml"


def test_machine_outputs_are_stable(reign: Run, folder: Path) -> None:
    for name in ("one.json", "two.json"):
        assert reign("plan", "--document-into", name).returncode == 0
    one, two = (json.loads((folder / name).read_text()) for name in ("one.json", "two.json"))
    for document in (one, two):
        del document["timestamp"], document["x_reign"]["lineage"]
    assert one == two


def test_output(reign: Run) -> None:
    assert reign("apply", "-auto-approve").returncode == 0
    assert reign("output").stdout == 'where: "a.txt"\n'
    assert reign("output", "where").stdout == '"a.txt"\n'
    assert reign("output", "--raw", "where").stdout == "a.txt"
    assert reign("output", "-json", "where").stdout == '"a.txt"\n'
    unknown = reign("output", "wher")
    assert unknown.returncode == 1
    assert "Did you mean where?" in unknown.stderr


def test_state(reign: Run) -> None:
    nothing = reign("state", "list")
    assert (nothing.returncode, nothing.stdout, bool(nothing.stderr)) == (0, "", True)
    assert reign("apply", "-auto-approve").returncode == 0
    assert reign("state", "list").stdout.splitlines()[0].split() == [
        "address",
        "type",
        "provider",
        "external_id",
        "status",
        "protected",
    ]
    shown = reign("state", "show", "a").stdout
    assert shown.startswith("# local.file.a\n")
    assert '    path:    "a.txt"\n' in shown
    both = json.loads(reign("state", "show", "local.file.*", "--json").stdout)
    assert [row["address"] for row in both] == ["local.file.a", "local.file.b"]
    nothing = reign("state", "show", "aa")
    assert nothing.returncode == 1
    assert "[plan/no-match]" in nothing.stderr


def test_a_reader_who_leaves_early(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [*REIGN, "plan", "--detailed-exitcode"],
        cwd=folder,
        env=CLEAN,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (2, b"")


def test_paths_start_at_the_folder(reign: Run, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    ended = subprocess.run(
        [*REIGN, "-C", str(folder), "plan", "--out", "new.plan"],
        cwd=elsewhere,
        env=CLEAN,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0
    assert (folder / "new.plan").is_file()
    assert list(elsewhere.iterdir()) == []


def test_history(reign: Run) -> None:
    assert reign("apply", "-auto-approve").returncode == 0
    assert reign("destroy", "-auto-approve", "--target", "b").returncode == 0
    last, first = json.loads(reign("runs", "list", "--json").stdout)
    assert (first["command"], first["added"], last["command"], last["destroyed"]) == ("apply", 2, "destroy", 1)
    shown = json.loads(reign("runs", "show", first["run_id"], "--json").stdout)
    assert shown["project"] == "shop"
    assert [row["address"] for row in shown["operations"]] == ["local.file.a", "local.file.b"]
    assert f'run_id:        "{first["run_id"]}"' in reign("runs", "show", first["run_id"]).stdout
    assert reign("runs", "show", "none").returncode == 1
    happened = json.loads(reign("timeline", "-o", "json").stdout)
    assert [(row["address"], row["action"]) for row in happened] == [
        ("local.file.a", "create"),
        ("local.file.b", "create"),
        ("local.file.b", "delete"),
    ]
    assert [row["action"] for row in json.loads(reign("timeline", "b*", "--json").stdout)] == ["create", "delete"]
    ever = ("history", "prune", "--dry-run", "--older-than", "99999999999999d")
    assert "no whole segment of the journal is older than 0001-01-01" in reign(*ever).stdout


def test_sql(reign: Run, folder: Path) -> None:
    assert reign("apply", "-auto-approve").returncode == 0
    (folder / "question.sql").write_text("select address from resources order by address")
    asked = reign("sql", "-f", "question.sql", "-o", "csv")
    assert (asked.returncode, asked.stdout) == (0, "address\nlocal.file.a\nlocal.file.b\n")
    for query, code in [
        ("select count(*) = 2 from resources", 0),
        ("select count(*) = 3 from resources", 2),
        ("select null", 2),
        ("select true where false", 2),
        ("select true, true", 2),
        ("selec true", 1),
    ]:
        assert reign("sql", "--assert", query).returncode == code, query
    assert reign("sql", "select 1", "-f", "question.sql").returncode == 1
    assert reign("sql", "-f", "none.sql").returncode == 1


def test_drift_is_told_by_path(reign: Run, folder: Path) -> None:
    assert reign("apply", "--auto-approve").returncode == 0
    (folder / "a.txt").write_text("edited")
    (folder / "b.txt").unlink()
    assert reign("apply", "--auto-approve").returncode == 0
    asked = reign("sql", "select address, path, recorded, observed from drift where path not in ('sha256')", "--json")
    told = {(row["address"], row["path"]): (row["recorded"], row["observed"]) for row in json.loads(asked.stdout)}
    gone, nothing = told.pop(("local.file.b", ""))
    assert told == {("local.file.a", "content"): ('"one\\n"', '"edited"'), ("local.file.a", "bytes"): ("4", "6")}
    assert (json.loads(gone)["content"], nothing) == ("a.txt", "null")


def test_show_the_state(reign: Run) -> None:
    assert reign("show").stdout == "The state holds nothing.\n"
    assert reign("apply", "-auto-approve").returncode == 0
    assert reign("show").stdout.startswith("# local.file.a\n    backup:  false\n")
    assert reign("show", "--summary").stdout == "local.file.a\nlocal.file.b\n"


def test_what_was_taken_over_is_counted_in_front(folder: Path, reign: Run) -> None:
    (folder / "a.txt").write_text("by hand")
    (folder / "reign.yaml").write_text(f"{FILES}imports: [{{to: a, id: a.txt}}]\n")
    assert "Plan: 1 to import, 1 to add, 1 to change, 0 to destroy." in reign("plan").stdout
    told = reign("apply", "--auto-approve", "--json")
    [last] = [line for line in map(json.loads, told.stdout.splitlines()) if "Apply complete" in line["@message"]]
    assert last["@message"] == "Apply complete! Resources: 1 imported, 1 added, 1 changed, 0 destroyed."
    assert last["changes"]["import"] == 1
