"""The stream, against Terraform's UI messages."""

import json
from dataclasses import replace

import pytest

from reign.api.diagnostic import diagnostic
from reign.api.lines import took, version
from reign.api.run import Looked, Running, failure, progressed
from reign.api.stream import planned, summary
from reign.app.nouns import Look
from reign.model.address import Address
from reign.model.event import Event, EventKind
from reign.model.finding import Finding, Place
from reign.model.plan import Action, Counts, Plan


def test_every_line_is_a_message(plan: Plan) -> None:
    lines = [version(), *planned(plan)]
    for line in lines:
        assert {"@level", "@message", "@module", "type"} <= set(line)
        assert line["@module"] == "reign.ui"
        assert json.loads(json.dumps(line)) == line
    assert lines[0]["type"] == "version"
    assert lines[0]["ui"] == "1.2"


def test_planned_changes(shapes: Plan) -> None:
    lines = list(planned(shapes))
    actions = {
        line["change"]["resource"]["addr"]: line["change"]["action"]
        for line in lines
        if line["type"] == "planned_change"
    }
    assert actions["value.left"] == "remove"
    assert actions["value.b"] == "move"
    assert actions["value.c"] == "import"
    assert actions["data.git.head"] == "read"
    assert actions["value.first"] == "replace"
    first = next(change for change in shapes.changes if change.address.text == "value.first")
    immutable = replace(shapes, drift=(), changes=(replace(first, reason="replace_because_cannot_update"),))
    assert next(planned(immutable))["change"]["reason"] == "cannot_update"
    (indexed,) = [
        line["change"] for line in lines if line.get("change", {}).get("resource", {}).get("addr") == "value.n[1]"
    ]
    assert indexed["resource"]["resource_key"] == 1
    assert indexed["reason"] == "delete_because_count_index"
    (drifted,) = [line for line in lines if line["type"] == "resource_drift"]
    assert drifted["@message"] == "local.file.lost: Drift detected (delete)"
    (counted,) = [line for line in lines if line["type"] == "change_summary"]
    assert counted["@message"].startswith("Plan: 2 to import, 2 to add, 3 to change, ")
    (told,) = [line for line in lines if line["type"] == "outputs"]
    assert told["outputs"]["token"] == {"sensitive": True, "action": "create"}


def test_nothing_sensitive_is_told(sensitive: Plan) -> None:
    told = json.dumps(list(planned(sensitive)))
    assert "hunter2" not in told
    assert "$reign" not in told


def test_summaries_say_what_tools_look_for() -> None:
    counts = Counts(add=2, change=1, destroy=0)
    assert summary(counts, "plan")["@message"] == "Plan: 2 to add, 1 to change, 0 to destroy."
    assert summary(counts, "apply")["@message"] == "Apply complete! Resources: 2 added, 1 changed, 0 destroyed."
    assert summary(Counts(destroy=3), "destroy")["@message"] == "Destroy complete! Resources: 3 destroyed."
    assert summary(counts, "apply", complete=False)["@message"].startswith("Apply incomplete!")


def test_diagnostic_has_its_place() -> None:
    finding = Finding(
        "config/unknown-key",
        "Unknown key",
        "Why.",
        address="value.a",
        place=Place("reign.yaml", 12, 7, 10),
        excerpt=((11, "x"), (12, "      enviroment: 1")),
        fix="Rename it.",
        related=(Place("reign.yaml", 3, 1),),
        overlay_of=Place("base.yaml", 7, 3),
    )
    told = diagnostic(finding)
    assert told["severity"] == "error"
    assert told["detail"] == "Why.\nFix: Rename it."
    assert told["x_reign"]["related"] == ["reign.yaml:3:1"]
    assert told["x_reign"]["overlay_of"] == "base.yaml:7:3"
    assert told["range"]["start"] == {"line": 12, "column": 7}
    assert told["range"]["end"] == {"line": 12, "column": 17}
    snippet = told["snippet"]
    assert snippet["code"][snippet["highlight_start_offset"] : snippet["highlight_end_offset"]] == "enviroment"


def event(kind: EventKind, **data: object) -> Event:
    return Event(kind, "r1", "2026-11-21T10:00:00.000000", address="value.a", data=data)


def test_a_run_as_lines() -> None:
    error = {"kind": "timeout", "summary": "Too slow", "detail": "", "fix": ""}
    events = [
        event(EventKind.INTENT, verb="update", action="update"),
        event(EventKind.RETRY, attempt=1, wait_s=2.0, error=error),
        event(EventKind.RESULT, verb="update", outcome="done", duration_s=1.4, snapshot={"external_id": "new"}),
        event(EventKind.RESULT, verb="create", outcome="failed", duration_s=3.0, error=error),
        event(EventKind.SKIPPED, action="create", because="value.b"),
        event(EventKind.RECORDED, action="forget", snapshot=None, previous=None),
        event(EventKind.RUN_ENDED, status="failed"),
    ]
    lines = list(Running({"value.a": "old"}).lines(events))
    assert [line["type"] for line in lines] == [
        "apply_start",
        "reign_retry",
        "apply_complete",
        "apply_errored",
        "diagnostic",
        "reign_skipped",
        "reign_recorded",
    ]
    assert lines[0]["hook"]["id_value"] == "old"
    assert lines[2]["hook"] | {"resource": None} == {
        "resource": None,
        "action": "update",
        "id_key": "id",
        "id_value": "new",
        "elapsed_seconds": 1,
    }
    assert lines[2]["@message"] == "value.a: Modifications complete after 1s [id=new]"
    assert lines[3]["@level"] == lines[4]["@level"] == "error"
    assert failure(events[3]).code == "apply/timeout"


@pytest.mark.parametrize("create_first", [False, True])
def test_each_half_of_a_replace_names_its_own_object(create_first: bool) -> None:
    gone = [
        event(EventKind.INTENT, verb="delete", action="replace"),
        event(EventKind.RESULT, verb="delete", outcome="done", duration_s=0.0, snapshot=None),
    ]
    pushed_aside = {"deposed": {"external_id": "old"}} if create_first else {}
    made = [
        event(EventKind.INTENT, verb="create", action="replace"),
        event(
            EventKind.RESULT,
            verb="create",
            outcome="done",
            duration_s=0.0,
            snapshot={"external_id": "new"},
            **pushed_aside,
        ),
    ]
    lines = Running({"value.a": "old"}).lines(made + gone if create_first else gone + made)
    told = [(line["type"], line["hook"]["action"], line["hook"].get("id_value")) for line in lines]
    halves = [
        [("apply_start", "delete", "old"), ("apply_complete", "delete", None)],
        [("apply_start", "create", None), ("apply_complete", "create", "new")],
    ]
    first, second = reversed(halves) if create_first else halves
    assert told == first + second


def test_what_was_pushed_aside_before_goes_by_its_own_id() -> None:
    events = [
        event(EventKind.INTENT, verb="delete", action="update"),
        event(EventKind.RESULT, verb="delete", outcome="done", duration_s=0.0, deposed=None),
        event(EventKind.INTENT, verb="update", action="update"),
    ]
    lines = list(Running({"value.a": "now"}, {"value.a": "aside"}).lines(events))
    assert [line["hook"].get("id_value") for line in lines] == ["aside", None, "now"]


def test_what_is_looked_at_is_told_as_terraform_tells_it() -> None:
    looked = Looked()
    web, data = Look(Address("docker.container", "web", "eu"), "3f2a"), Look(Address("git", "head", mode="data"))
    begun = list(looked.lines("start", [web, Look(Address("value", "new")), data], 10.0))
    ended = list(looked.lines("complete", [web, Look(Address("value", "new")), data], 75.4))
    assert [line["type"] for line in begun] == ["refresh_start", "apply_start"]
    assert [line["type"] for line in ended] == ["refresh_complete", "apply_complete"]
    assert begun[0]["@message"] == 'docker.container.web["eu"]: Refreshing state... [id=3f2a]'
    assert ended[0]["@message"] == 'docker.container.web["eu"]: Refresh complete [id=3f2a]'
    assert (begun[0]["hook"]["id_key"], begun[0]["hook"]["id_value"]) == ("id", "3f2a")
    assert begun[1]["@message"] == "data.git.head: Refreshing..."
    assert ended[1]["@message"] == "data.git.head: Refresh complete after 1m5s"
    assert (ended[1]["hook"]["action"], ended[1]["hook"]["elapsed_seconds"]) == ("read", 65)


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0s"), (59.6, "1m0s"), (3605, "1h0m5s"), (10, "10s")])
def test_durations_are_written_as_terraform_writes_them(seconds: float, text: str) -> None:
    assert took(seconds) == text


def test_what_was_pushed_aside_is_a_delete_of_its_own(shapes: Plan) -> None:
    (change,) = [change for change in shapes.changes if change.deposed]
    told = [
        line["change"]["action"] for line in planned(replace(shapes, drift=(), changes=(change,))) if "change" in line
    ]
    assert told == ["delete", *([change.action.value] if change.action.value != "no-op" else [])]


def test_of_a_move_and_an_import_at_once_the_move_is_told(shapes: Plan) -> None:
    moved = next(change for change in shapes.changes if change.previous_address and not change.import_id)
    both = replace(shapes, drift=(), changes=(replace(moved, action=Action.NOOP, import_id="x"),))
    told = next(planned(both))["change"]
    assert (told["action"], told["importing"]) == ("move", {"id": "x"})


def test_reasons_of_ours_are_apart(example: Plan) -> None:
    told = [line["change"] for line in planned(example) if line["type"] == "planned_change"]
    assert {"reason": "update_because_drift"} in [change.get("x_reign") for change in told]
    assert all("reason" not in change for change in told if "x_reign" in change)


def test_what_still_runs_is_told_as_terraform_tells_it() -> None:
    line = progressed('docker.container.web["eu"]', "create", 20)
    assert line["type"] == "apply_progress"
    assert line["@message"] == 'docker.container.web["eu"]: Still creating... [20s elapsed]'
    assert (line["hook"]["action"], line["hook"]["elapsed_seconds"]) == ("create", 20)
    assert line["hook"]["resource"]["resource_key"] == "eu"


def test_what_is_waited_for_is_told() -> None:
    data = {"for": "healthy", "reason": "503 from :8080", "good": 0, "needed": 2}
    (line,) = Running({}).lines([Event(EventKind.WAITING, "r1", "", address="value.a", data=data)])
    assert (line["type"], line["@message"]) == ("reign_waiting", "value.a: Not healthy yet")
    assert (line["wanted"], line["reason"]) == ("healthy", "503 from :8080")
    assert (line["good_answers"], line["needed_answers"]) == (0, 2)
    assert line["hook"]["resource"]["addr"] == "value.a"
