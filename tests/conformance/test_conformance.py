"""The one suite that every provider passes, the in-memory one and a third party's included (design.md, The provider seam)."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from reign.model.errors import ErrorKind, InvalidSpec, ProviderError
from reign.model.resource import Health, Observation, Readiness, Resource, Snapshot
from reign.model.values import Sensitive, Spec, Unknown, leaves, reveal
from reign.planning.shapes import Shapes
from reign.ports import Call, Lookup, Provider, Recall, Recalled
from reign.providers.registry import Registry
from reign.providers.wrap import DryRun, Wrapper
from tests.conformance.engine import ASKED_OF_AN_ENGINE, ON_AN_ENGINE
from tests.conformance.subjects import QUESTIONS, SUBJECTS, Question, Subject
from tests.services.machine import wait_for

WITHOUT_A_TRACE = {"value", "shell.command", "shell.script"}
"""Types that cannot be looked at and carry no mark. Nothing else may join them."""

KNOWN_BY_ID = {"docker.network", "docker.volume", "docker.container", "docker.image"}
"""Types on which no mark can be put that were not made with it: what was taken over is ours by the id in the state."""

EVERYBODYS = {"docker.image"}
"""Types of which some things carry no mark, because they are the same for all who name them: what is pulled."""

WITHOUT_A_RECORD = {"value"}
"""Of these, those whose lost answer cannot be recalled either: what touches nothing outside has lost nothing."""


def observed(subject: Subject, known: Snapshot | None = None, spec: Spec | None = None) -> Observation | None:
    seen = subject.provider.observe([subject.wanted(known, spec)], subject.call())[subject.address]
    assert not isinstance(seen, ProviderError), seen
    return seen


def visible(subject: Subject, spec: Spec) -> Spec:
    """What can be seen of it: the outside system is never told the rest."""
    shape = Shapes(subject.registry.schema).of(subject.type)
    return {name: value for name, value in spec.items() if shape is None or name not in shape.blind}


def traced(subject: Subject) -> None:
    if subject.type in WITHOUT_A_TRACE:
        pytest.skip("leaves nothing to look at, as pinned by WITHOUT_A_TRACE")


def claimed(subject: Subject) -> None:
    if subject.is_everybodys:
        pytest.skip("belongs to whoever names it, as pinned by EVERYBODYS")


def test_only_these_types_are_everybodys(subject: Subject) -> None:
    assert not subject.is_everybodys or subject.type in EVERYBODYS


def test_what_is_everybodys_is_made_once_for_all(subject: Subject) -> None:
    if not subject.is_everybodys:
        pytest.skip("stands for one project alone")
    mine, theirs = subject.create("op-1"), subject.create("op-2")
    assert (mine.external_id, mine.outputs) == (theirs.external_id, theirs.outputs)
    assert subject.count() == 1


def test_only_these_types_leave_no_trace(subject: Subject) -> None:
    schema = subject.registry.schema(subject.type)
    assert schema is not None
    assert (schema.marked, schema.observable) == ((False, False) if subject.type in WITHOUT_A_TRACE else (True, True))


def test_every_type_has_a_subject(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(sample)
    covered = {name.partition("-")[0] for name in (*SUBJECTS, *ON_AN_ENGINE)}
    registry = Registry()
    schemas = {name: registry.schema(name) for name in registry.types()}
    assert {name for name, schema in schemas.items() if schema and not schema.expands} <= covered
    assert {f"data.{name}" for name in registry.data_types()} == {*QUESTIONS, *ASKED_OF_AN_ENGINE}


def test_absent_is_none(subject: Subject) -> None:
    assert observed(subject) is None


def test_unreachable_is_an_error_and_not_absent(subject: Subject) -> None:
    traced(subject)
    subject.unreach()
    call = subject.call(settings=subject.broken)
    try:
        seen = subject.provider.observe([subject.wanted()], call)[subject.address]
    except ProviderError as error:
        seen = error
    assert isinstance(seen, ProviderError)
    assert seen.summary
    assert seen.detail
    assert seen.fix


def test_create_and_observe_agree(subject: Subject) -> None:
    known = subject.create()
    for seen in (observed(subject, known), None if subject.type in WITHOUT_A_TRACE else observed(subject)):
        if seen is not None:
            assert seen.owned
            assert visible(subject, seen.spec) == visible(subject, known.spec)
            assert seen.outputs == known.outputs
            assert seen.external_id == known.external_id


def test_outputs_are_those_of_the_schema(subject: Subject) -> None:
    schema = subject.registry.schema(subject.type)
    assert schema is not None
    assert set(subject.create().outputs) == set(schema.outputs)


def test_a_second_create_is_a_conflict(subject: Subject) -> None:
    traced(subject)
    claimed(subject)
    subject.create("op-1")
    with pytest.raises(ProviderError) as raised:
        subject.provider.create(subject.resource(), subject.call("op-2"))
    assert raised.value.kind is ErrorKind.CONFLICT
    assert raised.value.fix
    assert subject.count() == 1


def test_what_is_there_and_not_ours_is_a_conflict_and_stays(subject: Subject) -> None:
    traced(subject)
    claimed(subject)
    subject.strange()
    seen = observed(subject)
    assert seen is not None
    assert not seen.owned
    with pytest.raises(ProviderError) as raised:
        subject.create()
    assert raised.value.kind is ErrorKind.CONFLICT
    assert subject.count() == 1
    assert observed(subject) == seen


class Lossy(Wrapper):
    """Carries a create out and loses its answer."""

    def create(self, desired: Resource, call: Call) -> Observation:
        self.inner.create(desired, call)
        raise ProviderError(ErrorKind.TRANSIENT, "Connection lost")


def test_a_lost_answer_makes_no_twin(subject: Subject) -> None:
    traced(subject)
    with pytest.raises(ProviderError):
        Lossy(subject.provider).create(subject.resource(), subject.call("op-1"))
    found = subject.provider.observe([subject.wanted(key="op-1")], subject.call())[subject.address]
    assert isinstance(found, Observation)
    assert found.owned
    again = subject.provider.create(subject.resource(), subject.call("op-1"))
    assert again.external_id == found.external_id
    assert again.spec == found.spec
    assert subject.count() == 1


def test_what_leaves_no_trace_leaves_a_record(subject: Subject) -> None:
    schema = subject.registry.schema(subject.type)
    assert schema is not None
    assert schema.recalls == (subject.type in WITHOUT_A_TRACE - WITHOUT_A_RECORD)
    assert schema.recalls or schema.marked or not schema.effects


def recalling(subject: Subject) -> Recall:
    schema = subject.registry.schema(subject.type)
    assert schema is not None
    if not schema.recalls:
        pytest.skip("a lost answer is looked up by its mark")
    assert isinstance(subject.provider, Recall)
    return subject.provider


def test_a_lost_answer_of_a_recalling_type_is_recalled(subject: Subject) -> None:
    provider, desired, call = recalling(subject), subject.resource(), subject.call("op-1")
    assert provider.recall("create", desired, None, call).status == "not-done"
    made = subject.provider.create(desired, call)
    assert provider.recall("create", desired, None, call) == Recalled("done", made)
    known = subject.snapshot(desired, made, "op-1")
    changed, call = subject.resource(subject.changed), subject.call("op-2")
    now = subject.provider.update(changed, known, call)
    assert provider.recall("update", changed, known, call) == Recalled("done", now)
    known = replace(known, spec=changed.spec, outputs=now.outputs)
    subject.provider.delete(known, call)
    assert provider.recall("delete", None, known, call) == Recalled("done")
    assert subject.count() == 0


def test_what_is_forgotten_is_recalled_no_more(subject: Subject) -> None:
    provider, desired, call = recalling(subject), subject.resource(), subject.call("op-1")
    subject.provider.create(desired, call)
    for _ in range(2):
        provider.forget("create", call)
        assert provider.recall("create", desired, None, call).status == "not-done"


def test_recalling_changes_nothing(subject: Subject) -> None:
    provider, desired, call = recalling(subject), subject.resource(), subject.call("op-1")
    made = subject.provider.create(desired, call)
    for _ in range(2):
        assert provider.recall("create", desired, None, call) == Recalled("done", made)
    assert subject.count() == 1


def test_what_is_private_is_not_on_record(subject: Subject) -> None:
    provider, desired, call = recalling(subject), subject.resource(), replace(subject.call("op-1"), is_private=True)
    subject.provider.create(desired, call)
    found = provider.recall("create", desired, None, call)
    assert found.status == ("done" if subject.is_observable else "unknown")
    assert found.status == "done" or "sensitive" in found.reason


def test_update_and_observe_agree(subject: Subject) -> None:
    known = subject.create()
    desired = subject.resource(subject.changed)
    answer = subject.provider.update(desired, known, subject.call("op-2"))
    assert answer.external_id == known.external_id
    now = replace(known, spec=desired.spec, outputs=answer.outputs)
    seen = observed(subject, now, subject.changed)
    assert seen is not None
    assert seen.owned
    assert visible(subject, seen.spec) == visible(subject, desired.spec)
    assert seen.outputs == answer.outputs


def test_an_output_changes_only_with_what_it_follows(subject: Subject) -> None:
    known = subject.create()
    desired = subject.resource(subject.changed)
    answer = subject.provider.update(desired, known, subject.call("op-2"))
    schema = subject.registry.schema(subject.type)
    assert schema is not None
    changed = {name for name in desired.spec if desired.spec[name] != known.spec.get(name)}
    for name, output in schema.outputs.items():
        if answer.outputs[name] != known.outputs[name]:
            assert output.follows is None or changed & {*output.follows, name}, name


def test_update_of_what_is_gone_is_missing(subject: Subject) -> None:
    traced(subject)
    known = subject.create()
    subject.provider.delete(known, subject.call())
    with pytest.raises(ProviderError) as raised:
        subject.provider.update(subject.resource(subject.changed), known, subject.call("op-2"))
    assert raised.value.kind is ErrorKind.MISSING
    assert subject.count() == 0


def test_delete_twice_succeeds(subject: Subject) -> None:
    known = subject.create()
    subject.provider.delete(known, subject.call("op-2"))
    assert subject.count() == 0
    subject.provider.delete(known, subject.call("op-3"))
    if subject.type not in WITHOUT_A_TRACE:
        assert observed(subject, known) is None
        assert observed(subject) is None


def test_delete_of_what_is_not_ours_is_a_conflict(subject: Subject) -> None:
    traced(subject)
    claimed(subject)
    known = subject.create()
    with pytest.raises(ProviderError) as raised:
        subject.provider.delete(known, subject.call(lineage="another"))
    assert raised.value.kind is ErrorKind.CONFLICT
    assert subject.count() == 1


def test_it_can_be_made_again_after_delete(subject: Subject) -> None:
    subject.provider.delete(subject.create("op-1"), subject.call("op-2"))
    known = subject.create("op-3")
    seen = observed(subject, known)
    assert seen is not None
    assert seen.owned


def test_normalize_is_idempotent(subject: Subject) -> None:
    for spec in (subject.declared, subject.changed):
        once = subject.registry.normalize(subject.type, spec)
        assert subject.registry.normalize(subject.type, once) == once


def test_normalize_leaves_unknowns_in_place(subject: Subject) -> None:
    waiting = Unknown(("memory.item.a.id",))
    for name in subject.declared:
        spec = {**subject.declared, name: waiting}
        once = subject.registry.normalize(subject.type, spec)
        assert once.get(name, waiting) == waiting, name
        assert subject.registry.normalize(subject.type, once) == once, name


def test_normalize_does_not_change_what_it_is_given(subject: Subject) -> None:
    before = pickle.dumps(subject.declared)
    subject.registry.normalize(subject.type, subject.declared)
    assert pickle.dumps(subject.declared) == before


def test_every_problem_of_a_spec_is_told_at_once(subject: Subject) -> None:
    schema = subject.registry.schema(subject.type)
    assert schema is not None
    required = [name for name, field in schema.fields.items() if field.required]
    missing = {name: item for name, item in subject.declared.items() if name not in required}
    with pytest.raises(InvalidSpec) as raised:
        subject.registry.normalize(subject.type, {**missing, "no_such_key": 1})
    paths = {problem.path for problem in raised.value.problems}
    assert paths == {("no_such_key",), *((name,) for name in required)}
    assert all(problem.summary and problem.detail for problem in raised.value.problems)


def test_adopt_of_an_unknown_id_is_invalid(subject: Subject) -> None:
    with pytest.raises(ProviderError) as raised:
        subject.provider.adopt(subject.address, subject.unknown_id, subject.call())
    assert raised.value.kind is ErrorKind.INVALID
    assert raised.value.fix


def test_adopt_puts_the_mark_on_what_is_there(subject: Subject) -> None:
    traced(subject)
    subject.strange()
    taken = subject.provider.adopt(subject.address, subject.known_id, subject.call())
    known = Snapshot(subject.address, "", taken.external_id, taken.spec, taken.outputs)
    seen = observed(subject, None if subject.takes_marks else known)
    assert seen is not None
    assert taken.owned
    assert seen.owned
    assert seen.external_id == taken.external_id
    assert not subject.takes_marks or taken.external_id == subject.known_id
    assert subject.count() == 1


def test_check_never_raises(subject: Subject) -> None:
    assert subject.provider.check(subject.call()) == Health(True)
    if subject.type not in WITHOUT_A_TRACE:
        subject.unreach()
        found = subject.provider.check(subject.call(settings=subject.broken))
        assert not found.reachable
        assert found.summary
        assert found.detail


def test_what_was_made_is_ready(subject: Subject) -> None:
    seen = subject.provider.create(subject.resource(), subject.call())
    answers: list[Readiness] = []

    def is_settled() -> bool:
        answers.append(subject.provider.ready(subject.type, seen, subject.call()))
        return answers[-1].status != "waiting"

    assert wait_for(is_settled, 60)
    assert answers[-1] == Readiness("done")


def test_a_block_stands_for_itself(subject: Subject) -> None:
    block = subject.resource()
    assert list(subject.provider.expand(block, subject.call())) == [block]


def test_dry_run_changes_nothing(subject: Subject) -> None:
    dry: Provider = DryRun(subject.provider)
    seen = dry.create(subject.resource(), subject.call())
    assert subject.count() == 0
    assert observed(subject) is None
    known = subject.create()
    before, there = observed(subject, known), subject.count()
    dry.update(subject.resource(subject.changed), known, subject.call("op-2"))
    dry.adopt(subject.address, subject.known_id, subject.call("op-3", "another"))
    dry.delete(known, subject.call("op-4"))
    assert observed(subject, known) == before
    assert subject.count() == there
    assert seen.spec == known.spec


def test_no_time_left_is_a_timeout_and_nothing_is_done(subject: Subject) -> None:
    with pytest.raises(ProviderError) as raised:
        subject.provider.create(subject.resource(), replace(subject.call(), deadline_s=0.0))
    assert raised.value.kind is ErrorKind.TIMEOUT
    assert subject.count() == 0


def test_what_crosses_the_seam_pickles(subject: Subject) -> None:
    known = subject.create()
    wanted = subject.wanted(known, key="op-1")
    crossing = [
        subject.registry.schema(subject.type),
        subject.call(),
        wanted,
        known,
        subject.provider.observe([wanted], subject.call()),
        subject.provider.check(subject.call()),
        subject.provider.ready(subject.type, Observation(known.external_id, known.spec, known.outputs), subject.call()),
    ]
    for thing in crossing:
        again = pickle.loads(pickle.dumps(thing))
        assert again == thing
    for refused in (lambda: subject.provider.adopt(subject.address, subject.unknown_id, subject.call()),):
        with pytest.raises(ProviderError) as raised:
            refused()
        error = pickle.loads(pickle.dumps(raised.value))
        assert (error.kind, error.detail, error.fix) == (raised.value.kind, raised.value.detail, raised.value.fix)


# What is sensitive


class Watching(Wrapper):
    """Fails where something sensitive comes in that is not in clear."""

    def normalize(self, type: str, spec: Spec) -> Spec:
        assert not [value for _, value in leaves(spec) if isinstance(value, Sensitive)]
        return self.inner.normalize(type, spec)


def sensitive_places(subject: Subject) -> list[str]:
    """The fields in which something sensitive may stand."""
    schema = subject.registry.schema(subject.type)
    assert schema is not None
    fields = schema.fields
    return [name for name in subject.declared if not fields[name].identity and not fields[name].exposed]


def watched(subject: Subject) -> Registry:
    """Its registry, with the provider as it is under watch."""
    name = subject.address.provider
    return Registry({name: lambda: Watching(subject.provider)})


def test_no_provider_sees_what_is_not_in_clear_and_what_comes_out_is_marked(subject: Subject) -> None:
    registry = watched(subject)
    clear = registry.normalize(subject.type, subject.declared)
    for name in sensitive_places(subject):
        spec = {**subject.declared, name: Sensitive(subject.declared[name], "${secret.s}")}
        made = registry.normalize(subject.type, spec)
        assert reveal(made) == clear
        assert isinstance(made.get(name, Sensitive("")), Sensitive), name
        assert registry.normalize(subject.type, made) == made


def test_what_is_sensitive_stands_in_no_identity_and_in_no_command_line(subject: Subject) -> None:
    registry = watched(subject)
    schema = registry.schema(subject.type)
    assert schema is not None
    shown = {name for name in subject.declared if name not in sensitive_places(subject)}
    for name in shown:
        for value in (Sensitive(subject.declared[name], "${secret.s}"), Unknown(("secret.s",), sensitive=True)):
            with pytest.raises(InvalidSpec) as raised:
                registry.normalize(subject.type, {**subject.declared, name: value})
            codes = {problem.code for problem in raised.value.problems if problem.path == (name,)}
            assert codes == {"spec/sensitive-identity" if schema.fields[name].identity else "spec/sensitive-exposed"}
            assert all(problem.fix for problem in raised.value.problems)


# What is looked up


def test_what_is_there_is_told(question: Question) -> None:
    schema = question.registry.schema(question.type)
    assert schema is not None
    assert schema.data
    told = question.ask()
    assert told == question.told
    assert set(told) == set(schema.outputs)
    assert pickle.loads(pickle.dumps(told)) == told


def test_looking_changes_nothing(question: Question) -> None:
    def everything() -> dict[Path, tuple[int, bytes]]:
        files = [path for path in question.folder.rglob("*") if path.is_file()]
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before = everything()
    assert question.ask() == question.ask()
    assert everything() == before


def test_what_is_not_there_is_missing(question: Question) -> None:
    if question.missing is None:
        (question.folder / ".git").rename(question.folder / "git")
    with pytest.raises(ProviderError) as raised:
        question.ask(question.missing)
    assert raised.value.kind is ErrorKind.MISSING
    assert raised.value.detail
    assert raised.value.fix
    assert pickle.loads(pickle.dumps(raised.value)).kind is ErrorKind.MISSING


def test_what_is_looked_up_is_normalised_like_anything_else(question: Question) -> None:
    once = question.registry.normalize(question.type, question.spec)
    assert question.registry.normalize(question.type, once) == once
    for name in question.spec:
        waiting = Unknown(("memory.item.a.id",))
        assert question.registry.normalize(question.type, {**question.spec, name: waiting})[name] == waiting
    with pytest.raises(InvalidSpec):
        question.registry.normalize(question.type, {**question.spec, "no_such_key": 1})


def test_a_provider_without_data_says_so(subject: Subject) -> None:
    if subject.address.provider in {name.split(".")[1] for name in (*QUESTIONS, *ASKED_OF_AN_ENGINE)}:
        pytest.skip("has something to look up")
    provider = subject.provider
    assert isinstance(provider, Lookup)
    with pytest.raises(ProviderError) as raised:
        provider.look_up("data.x", {}, subject.call())
    assert raised.value.kind is ErrorKind.INVALID


# What can be read back


def readable(subject: Subject) -> None:
    schema = subject.registry.schema(subject.type)
    if schema is None or schema.observable_when is None or not subject.is_observable:
        pytest.skip("has no `read`")


def test_what_read_finds_first_is_found_and_neither_made_nor_deleted(subject: Subject) -> None:
    readable(subject)
    (subject.folder / "made").write_text("somebody's")
    seen = observed(subject)
    assert seen is not None
    assert seen.found
    taken = subject.provider.create(subject.resource(), replace(subject.call(), first=True))
    assert taken.found
    assert taken.outputs == seen.outputs
    known = Snapshot(subject.address, "", taken.external_id, subject.resource().spec, taken.outputs, found=True)
    subject.provider.delete(known, subject.call())
    assert (subject.folder / "made").read_text() == "somebody's"


def test_what_was_made_is_not_found(subject: Subject) -> None:
    readable(subject)
    made = subject.provider.create(subject.resource(), replace(subject.call(), first=True))
    assert not made.found
    known = subject.create("op-2")
    seen = observed(subject, known)
    assert seen is not None
    assert not seen.found


def test_another_output_later_is_drift_and_an_update_ends_it(subject: Subject) -> None:
    readable(subject)
    known = subject.create()
    assert known.spec["drift"] is None
    (subject.folder / "made").write_text("something else")
    seen = observed(subject, known)
    assert seen is not None
    assert seen.spec["drift"]
    assert seen.outputs != known.outputs
    made = subject.provider.update(subject.resource(subject.changed), known, subject.call("op-2"))
    now = replace(known, spec=subject.resource(subject.changed).spec, outputs=made.outputs)
    after = observed(subject, now, subject.changed)
    assert after is not None
    assert after.spec["drift"] is None


def test_what_is_gone_is_absent_and_needs_no_delete(subject: Subject) -> None:
    readable(subject)
    known = subject.create()
    (subject.folder / "made").unlink()
    assert observed(subject, known) is None
    subject.provider.delete(known, subject.call())
