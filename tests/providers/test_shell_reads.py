"""`read` of `shell.command` and `shell.script`: what is there, and what of it is told."""

from dataclasses import replace
from typing import Any

import pytest

from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation
from reign.model.values import Unknown
from reign.ports import Wanted
from tests.providers.conftest import Bench

C, S = "shell.command.a", "shell.script.a"

READ: dict[str, Any] = {
    "create": "echo one >it; echo made",
    "read": "cat it 2>/dev/null || exit 1",
    "delete": "rm -f it",
}


def seen(bench: Bench, spec: dict[str, Any], known: Any = None, address: str = C) -> Observation | None:
    answer = bench.observe(address, spec, known)
    assert not isinstance(answer, ProviderError), answer
    return answer


def test_outputs_come_from_read_after_every_write(bench: Bench) -> None:
    known = bench.create(C, READ)
    assert known.outputs == {"stdout": "one", "stderr": "", "exit_code": 0, "json": None}
    changed = {**READ, "update": "echo two >it", "triggers": {"a": 1}}
    assert bench.update(known, changed).outputs["stdout"] == "two"


def test_read_may_print_json(bench: Bench) -> None:
    spec = {"create": "echo not json; echo '{\"a\": 1}' >it", "read": "cat it", "output": "json"}
    assert bench.create(C, spec).outputs["json"] == {"a": 1}


@pytest.mark.parametrize(
    ("read", "codes", "answer"),
    [
        ("exit 1", None, None),
        ("exit 3", [3, 4], None),
        ("exit 1", [3], None),
        ("exit 0", None, "there"),
        ("exit 2", None, ErrorKind.FAULT),
        ("exit 3", [4], ErrorKind.FAULT),
        ("exit 127", None, ErrorKind.MISSING),
        ("kill -9 $$", None, ErrorKind.FAULT),
        ("sleep 100", None, ErrorKind.TIMEOUT),
        (["no-such-program"], None, ErrorKind.MISSING),
        ([["true"], ["false"], ["true"]], None, None),
    ],
)
def test_what_the_exit_code_of_read_means(bench: Bench, read: Any, codes: Any, answer: Any) -> None:
    spec = {"create": "true", "read": read, "absent_codes": codes, "timeout": 1}
    told = bench.observe(C, spec)
    if isinstance(answer, ErrorKind):
        assert isinstance(told, ProviderError)
        assert told.kind is answer
        assert told.fix
    else:
        assert (told is None) == (answer is None)


@pytest.mark.parametrize("codes", [[0], [256], ["x"], 3, [1.5]])
def test_what_is_no_exit_code_is_a_problem(bench: Bench, codes: Any) -> None:
    [(path, _)] = bench.refused("shell.command", {"create": "x", "absent_codes": codes})
    assert isinstance(path, tuple)
    assert path[0] == "absent_codes"


def test_absent_right_after_a_create_is_a_failed_create(bench: Bench) -> None:
    error = bench.failed({**READ, "create": "echo elsewhere >other"})
    assert error.kind is ErrorKind.FAULT
    assert error.partial is None
    assert "`read`" in error.detail


def test_a_read_that_fails_right_after_a_create_leaves_what_was_made(bench: Bench) -> None:
    error = bench.failed({**READ, "read": "exit 7"})
    assert error.partial is not None
    assert error.partial.outputs["stdout"] == "made"


def test_what_is_there_before_the_first_create_is_found(bench: Bench) -> None:
    (bench.project / "it").write_text("theirs\n")
    found = seen(bench, READ)
    assert found is not None
    assert (found.found, found.outputs["stdout"]) == (True, "theirs")
    provider, desired = bench.registry.provider("shell"), bench.resource(C, READ)
    made = provider.create(desired, replace(bench.call(), first=True))
    assert (made.found, made.outputs["stdout"]) == (True, "theirs")
    bench.delete(replace(bench.recorded(desired, made), found=True))
    assert (bench.project / "it").read_text() == "theirs\n"


def test_a_create_that_is_not_the_first_is_run_whatever_is_there(bench: Bench) -> None:
    (bench.project / "it").write_text("theirs\n")
    assert bench.create(C, READ).outputs["stdout"] == "one"


def test_what_an_intent_without_an_answer_made_is_not_found(bench: Bench) -> None:
    bench.create(C, READ)
    desired = bench.resource(C, READ)
    lost = Wanted(desired.address, desired, key="op-9")
    answer = bench.registry.provider("shell").observe([lost], bench.call())[desired.address]
    assert isinstance(answer, Observation)
    assert (answer.found, answer.external_id) == (False, "op-9")


def test_another_output_is_drift_and_the_same_is_none(bench: Bench) -> None:
    known = bench.create(C, READ)
    same = seen(bench, READ, known)
    assert same is not None
    assert same.spec == known.spec
    (bench.project / "it").write_text("other\n")
    other = seen(bench, READ, known)
    assert other is not None
    assert other.spec["drift"]
    assert {**other.spec, "drift": None} == known.spec
    assert bench.acts({"create": "x"}, "drift") == bench.acts({"create": "x"}, "create") == "update"
    assert bench.acts(READ, "drift") == bench.acts(READ, "create") == "replace"


def test_a_read_that_is_worded_anew_tells_of_the_same_thing(bench: Bench) -> None:
    known = bench.create(C, READ)
    told = seen(bench, {**READ, "read": "wc -c <it"}, known)
    assert told is not None
    assert told.outputs["stdout"] == "4"
    assert told.spec["drift"] is None


def test_what_was_made_is_asked_about_as_it_was_made(bench: Bench) -> None:
    spec = {"create": 'echo x >"$N"', "read": 'cat "$N"', "delete": 'rm "$N"', "env": {"N": "a"}}
    known = bench.create(C, spec)
    told = seen(bench, {**spec, "env": {"N": "b"}}, known)
    assert told is not None
    assert told.outputs["stdout"] == "x"


def test_without_read_or_where_it_is_not_known_the_state_is_believed(bench: Bench) -> None:
    known = bench.create(C, {"create": "echo x"})
    told = seen(bench, {"create": "echo x"}, known)
    assert told is not None
    assert (told.spec, told.outputs) == (known.spec, known.outputs)
    assert seen(bench, {"create": "echo x"}) is None
    assert seen(bench, {"create": "x", "read": Unknown(("a.b.c",))}) is None
    schema = bench.registry.schema("shell.command")
    assert schema is not None
    assert not schema.is_observable(known.spec)
    assert schema.is_observable({}, bench.registry.normalize("shell.command", READ))


def test_a_hundred_are_read_at_once_and_one_that_fails_fails_alone(bench: Bench) -> None:
    def wanted(number: int) -> Wanted:
        desired = bench.resource(
            f"shell.command.a[{number}]", {"create": "x", "read": f"echo {number}; exit $(( {number} % 3 ))"}
        )
        return Wanted(desired.address, desired)

    items = [wanted(number) for number in range(30)]
    answers = bench.registry.provider("shell").observe(items, bench.call())
    assert list(answers) == [item.address for item in items]
    for number, answer in enumerate(answers.values()):
        kind = {0: Observation, 1: type(None), 2: ProviderError}[number % 3]
        assert isinstance(answer, kind)


def test_a_delete_is_not_run_where_read_says_that_it_is_gone(bench: Bench) -> None:
    known = bench.create(C, {**READ, "delete": "rm it"})
    (bench.project / "it").unlink()
    bench.delete(known)


def test_outputs_are_sensitive_where_it_is_said(bench: Bench) -> None:
    schema = bench.registry.schema("shell.command")
    assert schema is not None
    for said, hidden in ((True, {"stdout", "stderr", "json"}), (False, set()), (None, set())):
        spec = bench.registry.normalize("shell.command", {"create": "x", "sensitive_output": said})
        assert {name for name, output in schema.outputs.items() if output.is_sensitive(spec)} == hidden


def test_a_script_reads_back_as_well(bench: Bench) -> None:
    known = bench.create(S, {"script": "echo x >it", "read": ["cat", "it"]})
    assert known.outputs["stdout"] == "x"
