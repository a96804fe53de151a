"""What is looked up: before planning where it is known by what, else in the run; other projects' outputs among it."""

from __future__ import annotations

import pytest

from reign.app.look import state
from reign.model.errors import Failed
from reign.model.plan import Action
from reign.model.values import Sensitive, reveal

from .conftest import Folder


def told(folder: Folder, **options: object) -> dict[str, object]:
    """The project's outputs after an apply."""
    folder.apply(**options)  # type: ignore[arg-type]
    return {name: reveal(output.value) for name, output in state(folder.where, reveal=True).outputs.items()}


def test_a_chain_of_look_ups_is_known_at_plan(folder: Folder) -> None:
    folder.write(
        '  v: {type: value, spec: {value: "${data.last.stdout}"}}\n'
        "data:\n"
        "  last: {type: shell.command, spec: {read: [printf, '%s', \"<${data.middle.stdout}>\"]}}\n"
        "  middle: {type: shell.command, for_each: [a], spec: {read: [printf, '%s', \"${data.first.content}${each.key}\"]}}\n"
        "  first: {type: local.file, spec: {path: first}}\n".replace("data.middle.stdout", "data.middle['a'].stdout")
    )
    (folder.path / "first").write_text("one")
    (change,) = folder.plan().plan.actions()
    assert change.after == {"value": "<onea>"}
    assert folder.apply().status == "completed"
    assert folder.actions() == {}
    assert not [address for address in state(folder.where).resources if address.mode == "data"]
    (folder.path / "first").write_text("two")
    assert folder.actions() == {"value.v": "update"}


def test_what_is_known_only_later_is_read_in_the_run(folder: Folder) -> None:
    folder.write(
        "  f: {type: local.file, spec: {path: f, content: hi}}\n"
        '  v: {type: value, spec: {value: "${data.d.content}"}}\n'
        'data: {d: {type: local.file, spec: {path: "${resources.f.path}"}, depends_on: [f]}}\n'
        'outputs: {o: {value: "${data.d.content}"}}\n'
    )
    planned = folder.plan().plan
    assert [str(change.address) for change in planned.changes if change.action is Action.READ] == ["data.local.file.d"]
    assert told(folder) == {"o": "hi"}
    assert folder.actions() == {}
    assert told(folder, destroy=True) == {}


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("{type: local.file, spec: {path: missing}}", "data/not-found"),
        ("{type: shell.command, spec: {read: 'exit 7'}}", "data/unreachable"),
    ],
)
def test_what_cannot_be_looked_up_is_an_error_at_its_line(folder: Folder, spec: str, code: str) -> None:
    folder.write(f'  v: {{type: value, spec: {{value: "${{data.d}}"}}}}\ndata:\n  d: {spec}\n')
    with pytest.raises(Failed) as raised:
        folder.plan()
    (finding,) = raised.value.findings
    assert (finding.code, finding.place and finding.place.line) == (code, 6)


def test_each_is_asked_once_and_those_of_a_layer_at_once(folder: Folder) -> None:
    until = "i=0; until test -e at-$M; do i=$((i+1)); test $i -lt 500 || exit 9; sleep 0.02; done"
    wait = f"touch at-$N; {until}; echo x >> asked-$N"
    folder.write(
        '  v: {type: value, spec: {value: ["${data.a.stdout}", "${data.b.stdout}"]}}\n'
        f"data:\n  a: {{type: shell.command, spec: {{read: '{wait}', env: {{N: a, M: b}}}}}}\n"
        f"  b: {{type: shell.command, spec: {{read: '{wait}', env: {{N: b, M: a}}}}}}\n"
    )
    folder.plan()
    assert [(folder.path / f"asked-{name}").read_text() for name in "ab"] == ["x\n", "x\n"]


def test_what_data_tells_of_a_secret_is_not_shown(folder: Folder) -> None:
    folder.environ["SHOP"] = "canary-data"
    folder.write(
        '  f: {type: local.file, spec: {path: f, content: "${data.d.stdout}"}}\n'
        'data: {d: {type: shell.command, spec: {read: \'printf %s "$$X"\', env: {X: "${secret.x}"}}}}\n'.replace(
            "$$", "$"
        ),
        "secrets: {x: {env: SHOP}}\n",
    )
    (change,) = folder.plan().plan.actions()
    assert isinstance(change.after, dict)
    assert change.after["content"] == Sensitive("canary-data", "${data.d.stdout}")
    file = folder.save()
    assert b"canary" not in file
    folder.apply(file)
    assert (folder.path / "f").read_text() == "canary-data"
    assert folder.actions() == {}


def test_what_data_told_and_does_not_tell_any_more_is_refused(folder: Folder) -> None:
    folder.write(
        '  f: {type: local.file, spec: {path: f, content: "${data.d.stdout}"}}\n'
        "data: {d: {type: shell.command, spec: {read: cat there, sensitive_output: true}}}\n"
    )
    (folder.path / "there").write_text("canary")
    file = folder.save()
    assert b"canary" not in file
    (folder.path / "there").write_text("another")
    with pytest.raises(Exception, match="plan/secret-changed"):
        folder.apply(file)
    (folder.path / "there").write_text("canary")
    folder.apply(file)


# Other projects --------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(folder: Folder) -> tuple[Folder, Folder]:
    """A project, and another one beside it in the same work tree."""
    (folder.path / ".git").mkdir()
    made = []
    for name in ("net", "shop"):
        each = Folder(folder.path / name, dict(folder.environ))
        each.path.mkdir()
        made.append(each)
    net, shop = made
    net.environ["PASSWORD"] = "canary-net"
    net.write(
        "  v: {type: value, spec: {value: front}}\n"
        'outputs: {name: {value: "${resources.v.value}"}, pw: {value: "${secret.pw}", sensitive: true}}\n',
        "secrets: {pw: {env: PASSWORD}}\n",
    )
    shop.write(
        '  n: {type: value, spec: {value: "${data.net.outputs.name}"}}\n'
        '  p: {type: local.file, spec: {path: pw, content: "${data.net.outputs.pw}"}}\n'
        "data: {net: {type: project, spec: {path: ../net}}}\n"
        'outputs: {name: {value: "${data.net.outputs.name}"}}\n'
    )
    return net, shop


def test_outputs_of_another_project(two: tuple[Folder, Folder]) -> None:
    net, shop = two
    net.apply()
    changes = {str(change.address): change for change in shop.plan().plan.actions()}
    assert changes["value.n"].after == {"value": "front"}
    after = changes["local.file.p"].after
    assert isinstance(after, dict)
    assert after["content"] == Sensitive("canary-net", "${data.net.outputs.pw}")
    file = shop.save()
    assert b"canary" not in file
    shop.apply(file)
    assert (shop.path / "pw").read_text() == "canary-net"
    assert told(shop) == {"name": "front"}
    assert shop.actions() == {}
    net.environ["PASSWORD"] = "canary-new"
    net.apply()
    assert shop.actions() == {"local.file.p": "update"}


def refused(shop: Folder) -> tuple[str, str]:
    with pytest.raises(Failed) as raised:
        shop.plan()
    (finding,) = raised.value.findings
    assert "canary" not in str(finding)
    return finding.code, finding.detail


def test_a_project_that_cannot_be_read(two: tuple[Folder, Folder]) -> None:
    net, shop = two
    code, detail = refused(shop)
    assert code == "data/not-found"
    assert "../net" in detail
    net.apply()
    key = net.path / ".reign" / "key"
    kept = key.read_bytes()
    key.unlink()
    assert refused(shop)[0] == "data/unreachable"
    key.write_bytes(b"0" * 64)
    assert refused(shop)[0] == "data/unreachable"
    key.write_bytes(kept)
    shop.plan()
    text = (shop.path / "reign.yaml").read_text()
    for path in ("../..", "/", "../missing", "../net/reign.yaml"):
        (shop.path / "reign.yaml").write_text(text.replace("../net", path))
        assert refused(shop)[0].startswith("data/")


def test_a_project_with_environments_has_one_named(two: tuple[Folder, Folder]) -> None:
    net, shop = two
    text = (net.path / "reign.yaml").read_text()
    (net.path / "reign.yaml").write_text(
        text.replace("project: p\n", "project: p\nenvironments: {dev: {}, prod: {}}\n")
    )
    for env in ("dev", "prod"):
        net.env = env
        net.environ["PASSWORD"] = f"canary-{env}"
        net.apply()
    assert refused(shop)[0] == "data/unreachable"
    text = (shop.path / "reign.yaml").read_text()
    (shop.path / "reign.yaml").write_text(text.replace("../net", "//net, env: prod"))
    shop.apply()
    assert (shop.path / "pw").read_text() == "canary-prod"
