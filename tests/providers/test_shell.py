"""`shell.command` and `shell.script`: what is run, with what, for how long, and what comes out."""

import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reign.model.errors import ErrorKind, ProviderError
from reign.model.redact import Masks
from reign.model.resource import Allowance
from reign.model.values import Unknown
from reign.ports import heard
from reign.providers.registry import Registry
from reign.providers.shell.program import Program, Stream, converse
from tests.providers.conftest import Bench

C, S = "shell.command.a", "shell.script.a"


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_until(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited in vain"


@pytest.mark.parametrize(
    ("create", "stdout"),
    [
        ("echo $((1 + 1)); echo '*'", "2\n*"),
        (["echo", "$HOME", "*", 1, 1.5, True], "$HOME * 1 1.5 true"),
        ([["echo", "one"], "echo two | cat", {"command": "echo ${REIGN_1}", "with": {"REIGN_1": 3}}], "one\ntwo\n3"),
        ("printf 'a\\n\\n'", "a\n"),
        ("printf '\\377\\200a'", "\\xff\\x80a"),
        ("true", ""),
    ],
)
def test_the_three_forms_of_a_command(bench: Bench, create: Any, stdout: str) -> None:
    assert bench.create(C, {"create": create}).outputs["stdout"] == stdout


@pytest.mark.parametrize(
    "create",
    [None, "", "  ", [], [[]], [""], ["a", None], [["a", ["b"]]], [["a"], None], 1, {"command": "x"}, {"a": 1}, "x\0y",
     ["a", "x\0"], {"command": "x ${REIGN_1}", "with": {"REIGN_1": None}}, {"command": "x ${REIGN_1}", "with": {"REIGN_1": [1]}},
     ["a", "x" * 200_000], "x" * 200_000],
)  # fmt: skip
def test_what_is_no_command_is_a_problem(bench: Bench, create: Any) -> None:
    assert [path for path, _ in bench.refused("shell.command", {"create": create})] == [("create",)]


def test_a_chain_ends_at_the_first_failure(bench: Bench) -> None:
    bench.failed({"create": [["touch", "one"], "false", ["touch", "two"]]})
    assert list(bench.tree()) == ["project", "project/one"]


@pytest.mark.parametrize(
    ("create", "kind", "says"),
    [
        ("echo why >&2; exit 3", ErrorKind.FAULT, "exit code 3"),
        ("exit 126", ErrorKind.DENIED, "126"),
        ("no-such-program", ErrorKind.MISSING, "127"),
        (["no-such-program"], ErrorKind.MISSING, "no-such-program"),
        (["/"], ErrorKind.DENIED, "Permission denied"),
        ("kill -9 $$", ErrorKind.FAULT, "signal 9"),
    ],
)
def test_a_failure_says_how_and_shows_its_last_lines(bench: Bench, create: Any, kind: ErrorKind, says: str) -> None:
    error = bench.failed({"create": create})
    assert error.kind is kind
    assert says in error.detail
    assert "why" in error.detail or "why" not in str(create)
    assert error.partial is None


def test_a_shell_that_is_missing_is_named(bench: Bench) -> None:
    desired = bench.resource(C, {"create": "x", "shell": "pwsh", "env": {"PATH": "/nowhere"}})
    allowed = replace(desired, allow=(Allowance("danger/not-analysed", "meant"),))
    with pytest.raises(ProviderError) as raised:
        bench.registry.provider("shell").create(allowed, bench.call("op-1"))
    error = raised.value
    assert error.kind is ErrorKind.MISSING
    assert "pwsh" in error.detail


def hung(bench: Bench, create: str, names: Sequence[str]) -> ProviderError:
    """What is told of a command that hangs and had the time to write a number into each of `names` before."""
    files = [bench.project / name for name in names]
    for timeout in (1.5, 6, 25):
        for file in files:
            file.write_text("")
        error = bench.failed({"create": create, "timeout": timeout})
        assert error.kind is ErrorKind.TIMEOUT
        if all(file.read_text().strip().isdigit() for file in files):
            return error
    pytest.fail("the machine is too busy to start it")


@pytest.mark.parametrize("stubborn", ["", "trap '' TERM; "])
def test_a_command_that_hangs_is_killed_with_all_it_started(bench: Bench, stubborn: str) -> None:
    create = f"{stubborn}sleep 1000 & echo $! >child; echo $$ >parent; echo started >&2; wait; sleep 1000"
    error = hung(bench, create, ("child", "parent"))
    assert re.search(r"after (1.5|6|25) s", error.detail)
    assert "started" in error.detail
    for name in ("child", "parent"):
        wait_until(lambda name=name: gone(int((bench.project / name).read_text())))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the kernel does not say who started what")
def test_what_has_left_the_group_is_ended_as_well(bench: Bench) -> None:
    """In a session of its own, as a job of its own, and without a parent: whoever started it has ended."""
    create = """
        setsid sleep 1000 & echo $! >session
        (setsid sh -c 'echo $$ >orphan; exec sleep 1000' &)
        sh -m -c 'sleep 1000 & echo $! >job; wait' &
        sleep 1000
    """
    names = ("session", "orphan", "job")
    hung(bench, create, names)
    for name in names:
        wait_until(lambda name=name: gone(int((bench.project / name).read_text())))


def test_what_an_earlier_command_of_the_chain_left_running_is_not_ended(bench: Bench) -> None:
    create = ["sleep 1000 >/dev/null 2>&1 & echo $! >before", "sleep 1000"]
    assert bench.failed({"create": [create[0], ["sh", "-c", create[1]]], "timeout": 1}).kind is ErrorKind.TIMEOUT
    before = int((bench.project / "before").read_text())
    assert not gone(before)
    os.kill(before, 9)


def test_the_deadline_of_the_call_counts_over_the_whole_chain(bench: Bench) -> None:
    desired = bench.resource(C, {"create": [["sleep", "0.2"]] * 100, "timeout": 30})
    began = time.monotonic()
    with pytest.raises(ProviderError) as raised:
        bench.registry.provider("shell").create(desired, bench.call(deadline_s=0.5))
    assert raised.value.kind is ErrorKind.TIMEOUT
    assert time.monotonic() - began < 10


def test_lines_come_up_while_it_runs(bench: Bench) -> None:
    """Each is waited for before the next is printed, so all of them come, and at once."""
    told: list[str] = []

    def hear(text: str, doing: str) -> None:
        told.append(text)
        (bench.project / f"go{len(told)}").touch()
        assert doing == ""

    spec = {
        "create": [
            (
                "w() { until [ -e go$1 ]; do sleep 0.02; done; }; "
                "echo one; w 1; echo two >&2; w 2; printf '50 %%\\r'; w 3; printf half; echo; w 4"
            ),
            ["sh", "-c", "printf '\\377\\n'; until [ -e go5 ]; do sleep 0.02; done"],
            "printf unfinished",
        ]
    }
    with heard(hear):
        known = bench.create(C, spec)
    assert told == ["one", "two", "50 %", "half", "\\xff"]
    assert known.outputs["stdout"] == "one\n50 %\rhalf\n\\xff\nunfinished"


def test_nobody_hears_what_is_private_and_known_values_are_masked(bench: Bench) -> None:
    bench.registry = Registry(redact=Masks(["quiet-please"]))
    desired = bench.resource(C, {"create": "echo it is quiet-please"})
    told: list[str] = []
    with heard(lambda text, _: told.append(text)):
        bench.registry.provider("shell").create(desired, bench.call())
        bench.registry.provider("shell").create(desired, replace(bench.call("op-2"), is_private=True))
    assert told == ["it is (sensitive)"]


def test_a_flood_is_told_in_part_and_whole_lines_only(bench: Bench) -> None:
    flood = "print('x' * 100_000)\nfor n in range(200_000): print(f'<{n:06}>')\nprint('é' * 9000)\nprint('end')"
    told: list[str] = []
    with heard(lambda text, _: told.append(text)):
        known = bench.create(C, {"create": [sys.executable, "-c", flood]})
    assert str(known.outputs["stdout"]).endswith("bytes]")
    assert all(re.fullmatch(r"<\d{6}>|end", line) for line in told)


def test_who_listens_and_does_not_keep_up_holds_nothing_up(bench: Bench) -> None:
    """The pipe to who listens is full long before the command ends, which the first line waits for."""
    told: list[str] = []

    def hear(text: str, _: str) -> None:
        if not told:
            wait_until((bench.project / "ended").exists)
        told.append(text)

    with heard(hear):
        known = bench.create(C, {"create": "seq 1 100000; touch ended"})
    assert str(known.outputs["stdout"]).endswith("\n100000")
    assert len(told) < 100_000


def test_what_it_leaves_running_does_not_hold_it_up(bench: Bench) -> None:
    spec = {"create": "(sleep 1000; echo late) & echo $! >pid; echo done", "timeout": 60}
    began = time.monotonic()
    known = bench.create(C, spec)
    assert time.monotonic() - began < 30
    assert known.outputs["stdout"] == "done"
    pid = int((bench.project / "pid").read_text())
    assert not gone(pid)
    os.killpg(os.getpgid(pid), 9)


def test_a_hundred_megabytes_are_cut_and_marked(bench: Bench) -> None:
    known = bench.create(C, {"create": "yes | head -c 100000000; echo e >&2", "timeout": 100.0})
    stdout = str(known.outputs["stdout"])
    assert stdout.endswith("[cut by Reign: the first 1 MiB of 100000000 bytes]")
    assert len(stdout) < (1 << 20) + 100
    assert known.outputs["stderr"] == "e"


@pytest.mark.parametrize("create", ["cat", "head -c 3", "true"])
def test_stdin_is_read_as_far_as_the_command_reads_it(bench: Bench, create: str) -> None:
    text = "ü" * 300_000
    stdout = bench.create(C, {"create": create, "stdin": text}).outputs["stdout"]
    assert stdout == {"cat": text, "head -c 3": "ü\\xc3", "true": ""}[create]


class Hasty(Program):
    """Writes what it has to say right before it is seen to have ended."""

    __slots__ = ("late",)

    def ended(self) -> int | None:
        if self.code is None:
            os.write(self.late, b"the end")
            os.close(self.late)
            self.code = 0
        return self.code


def test_what_comes_right_before_the_end_is_read_as_late_as_that_may_be() -> None:
    for until in (time.monotonic() + 20, 0.0):
        (out, late), (err, kept) = os.pipe(), os.pipe()
        program, stream = Hasty(0, -1, out, err), Stream()
        program.late = late
        assert converse(program, b"", stream, Stream(), until)
        assert stream.kept == b"the end"
        program.let_go()
        os.close(kept)


def test_without_stdin_there_is_nothing_to_read(bench: Bench) -> None:
    assert bench.create(C, {"create": "cat"}).outputs["stdout"] == ""


def test_children_get_a_short_list_of_variables_and_what_env_names(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "AWS_SECRET_ACCESS_KEY",
        "REIGN_KEY",
        "GITHUB_TOKEN",
        "PYTHONPATH",
        "BASH_ENV",
        "LD_PRELOAD",
        "XLC_ALL",
    ):
        monkeypatch.setenv(name, "leaked")
    for name in ("CI", "LC_TIME", "TZ"):
        monkeypatch.setenv(name, "passed")
    known = bench.create(C, {"create": ["env"], "env": {"MINE": "1", "TZ": "mine"}})
    seen = dict(line.split("=", 1) for line in str(known.outputs["stdout"]).splitlines())
    assert "leaked" not in str(seen)
    assert (seen["CI"], seen["LC_TIME"], seen["TZ"], seen["MINE"]) == ("passed", "passed", "mine", "1")
    assert set(seen) <= {
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "TZ",
        "TMPDIR",
        "CI",
        "MINE",
        *(n for n in seen if n.startswith("LC_")),
    }


@pytest.mark.parametrize(
    "env", [{"A=B": "x"}, {"": "x"}, {"1A": "x"}, {"REIGN_1": "x"}, {"A": "x\0"}, {"A": "x" * 200_000}, {"A": ["x"]}]
)
def test_what_cannot_be_a_variable_is_a_problem(bench: Bench, env: Any) -> None:
    [(path, _)] = bench.refused("shell.command", {"create": "x", "env": env})
    assert isinstance(path, tuple)
    assert path[0] == "env"


def test_it_runs_in_the_project_folder_or_in_cwd(bench: Bench) -> None:
    (bench.project / "sub").mkdir()
    assert bench.create(C, {"create": "pwd -P"}).outputs["stdout"] == str(bench.project)
    assert bench.create(C, {"create": "pwd -P", "cwd": "sub"}).outputs["stdout"] == str(bench.project / "sub")


def test_cwd_stays_inside_the_root(bench: Bench) -> None:
    assert bench.refused("shell.command", {"create": "x", "cwd": "/tmp"}) == [(("cwd",), "spec/path")]
    (bench.project / "out").symlink_to(bench.top)
    for cwd in ("..", "out", "missing"):
        assert bench.failed({"create": "touch made", "cwd": cwd}).kind is ErrorKind.INVALID
    assert [path.name for path in bench.top.iterdir()] == ["project"]


def test_json_is_read_from_stdout(bench: Bench) -> None:
    known = bench.create(C, {"create": "echo '{\"a\": [1, 2.5, null]}'", "output": "json"})
    assert known.outputs["json"] == {"a": [1, 2.5, None]}
    assert bench.create(C, {"create": "echo '{}'"}).outputs["json"] is None


@pytest.mark.parametrize("create", ["echo x", "true", "echo NaN", "yes '[1]' | head -c 3000000"])
def test_bad_json_is_told_with_what_was_done(bench: Bench, create: str) -> None:
    error = bench.failed({"create": create, "output": "json"})
    assert error.kind is ErrorKind.INVALID
    assert error.partial is not None
    assert error.partial.outputs["exit_code"] == 0


# Update and delete


@pytest.mark.parametrize("field", ["create", "stdin", "env", "cwd", "shell", "triggers"])
def test_what_a_change_of_an_acting_field_means(bench: Bench, field: str) -> None:
    assert bench.acts({"create": "x"}, field) == "update"
    assert bench.acts({"create": "x", "update": "y"}, field) == "update"
    assert bench.acts({"create": "x", "delete": "z"}, field) == "replace"
    assert bench.acts({"create": "x", "update": "y", "delete": "z"}, field) == "update"
    assert bench.acts({"create": "x", "delete": Unknown(("a.b.c",))}, field) == "replace"


@pytest.mark.parametrize(
    "field",
    ["update", "delete", "read", "absent_codes", "timeout", "output", "sensitive_output", "on_unknown"],
)
def test_a_change_of_the_other_fields_is_only_recorded(bench: Bench, field: str) -> None:
    assert bench.acts({"create": "x", "delete": "z"}, field) == "recorded"


def test_an_update_runs_update_or_what_made_it_again(bench: Bench) -> None:
    known = bench.create(C, {"create": "echo made >>log"})
    again = bench.update(known, {"create": "echo made >>log", "triggers": {"a": 1}})
    bench.update(again, {"create": "echo made >>log", "update": "echo updated >>log", "triggers": {"a": 2}})
    assert (bench.project / "log").read_text() == "made\nmade\nupdated\n"
    assert again.external_id == known.external_id


def test_a_delete_runs_the_recorded_one_with_the_recorded_surroundings(bench: Bench) -> None:
    (bench.project / "sub").mkdir()
    known = bench.create(
        C,
        {
            "create": "true",
            "delete": 'printf \'%s %s\' "$A" "$(cat)" >log',
            "env": {"A": "b"},
            "cwd": "sub",
            "stdin": "in",
        },
    )
    bench.delete(known)
    assert (bench.project / "sub" / "log").read_text() == "b in"
    bench.delete(bench.create(C, {"create": "true"}))
