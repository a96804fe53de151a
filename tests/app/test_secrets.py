"""What must not be shown is shown nowhere: not in the state, not in plan files, not on any screen."""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from reign.app.look import outputs, state
from reign.model.address import parse_address
from reign.model.errors import Failed
from reign.model.values import Sensitive, reveal

from .conftest import Folder

CANARIES = {
    "env": 'env "canary" ä/1',
    "file": 'file "canary" ö/2',
    "command": 'command "canary" ü/3',
    "variable": 'variable "canary" é/4',
    "plain": 'environment "canary" è/5',
}
HEAD = """\
variables:
  token: {type: string, sensitive: true}
secrets:
  env: {env: SHOP_DB}
  file: {file: ../keys/tls.key}
  command: {command: [cat, ../keys/op]}
  made: {generate: {length: 24}}
"""
RESOURCES = """\
  conf:
    type: local.file
    spec:
      path: conf
      content: "${secret.env} ${secret.file} ${secret.command} ${secret.made} ${var.token} ${env.SHOP_PLAIN}"
  v: {type: value, spec: {value: {user: shop, all: ["${secret.env}", "${secret.file}", "${env.SHOP_PLAIN}"]}}}
  c:
    type: shell.command
    spec:
      create: 'printf "%s %s" "$A" "$B" >&2; printf "%s\\n" "$A" "$B"'
      read: 'printf "%s\\n" "$A" "$B"'
      env: {A: "${secret.command}", B: "${var.token}"}
  follows: {type: value, spec: {value: "got ${resources.c.stdout}"}}
  t: {type: local.template, spec: {path: t, template: "made=${made}", vars: {made: "${secret.made}"}}}
outputs:
  url: {value: "postgres://u:${secret.env}@h", sensitive: true}
  made: {value: "${secret.made}", sensitive: true}
  user: {value: shop}
"""


def forms(value: str) -> set[bytes]:
    """A value as it is, and as others write it."""
    raw = value.encode()
    texts = {
        value,
        quote(value, safe=""),
        quote(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
    }
    # Inside a longer text base64 depends on what stands in front: the middle of each of the three ways.
    inside = {base64.b64encode(b"x" * front + raw)[4:-4] for front in range(3)}
    return {text.encode() for text in texts} | {base64.b64encode(raw).rstrip(b"=")} | inside


LOOKS = """\
output
output --json
output url
show
show --json
state list
state show c
state show conf --json
runs list
timeline
validate --json
config show
sql "SELECT * FROM reign.events"
sql "SELECT * FROM reign.resources" -o json
sql "SELECT * FROM reign.resource_history"
sql "SELECT * FROM reign.attempts"
"""


class Shop:
    """A project that holds every kind of what is sensitive, driven as a user does."""

    def __init__(self, top: Path) -> None:
        self.folder = Folder(top / "shop")
        self.path = self.folder.path
        (top / ".git").mkdir(parents=True)
        self.path.mkdir()
        (top / "keys").mkdir()
        (top / "keys/tls.key").write_text(CANARIES["file"] + "\n")
        (top / "keys/op").write_text(CANARIES["command"] + "\n")
        self.folder.environ |= {
            "SHOP_DB": CANARIES["env"],
            "SHOP_PLAIN": CANARIES["plain"],
            "REIGN_VAR_token": CANARIES["variable"],
        }
        self.seen: dict[str, bytes] = {}
        self.write(RESOURCES)

    def write(self, resources: str, head: str = HEAD) -> None:
        self.folder.write(resources, head)

    def run(self, *words: str, code: int | None = None) -> str:
        """One command; all that it prints is kept."""
        done = subprocess.run(
            [sys.executable, "-m", "reign", "-C", str(self.path), *words],
            env={**self.folder.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(self.path.parent / "home")},
            stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip
        self.seen[f"{len(self.seen)}: {' '.join(words)}"] = done.stdout + done.stderr
        assert code is None or done.returncode == code, (done.stdout + done.stderr).decode()
        return (done.stdout + done.stderr).decode()

    def written(self) -> Iterator[tuple[str, bytes]]:
        """All that Reign wrote but the files that were asked for."""
        yield from self.seen.items()
        for path in self.path.rglob("*"):
            if path.is_file() and path.name not in ("reign.yaml", "conf", "t"):
                yield str(path), path.read_bytes()

    def shows_nothing(self, *more: str) -> None:
        """No canary, in whatever form, is anywhere."""
        values = [*CANARIES.values(), *more]
        for where, data in self.written():
            for value in values:
                found = [form for form in forms(value) if form in data]
                assert not found, f"{found} in {where}:\n{data.decode(errors='replace')[:2000]}"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "top")


def test_nothing_is_shown_through_a_whole_life(shop: Shop) -> None:
    for words in (
        ["plan"],
        ["plan", "--json"],
        ["plan", "--out", "file", "--full"],
        ["show", "file"],
        ["show", "--json", "file"],
    ):
        shop.run(*words, code=0)
    shop.run("apply", "file", code=0)
    content = (shop.path / "conf").read_text()
    made = content.split(CANARIES["command"] + " ")[1].split(" ")[0]
    assert content == " ".join(
        [*[CANARIES[key] for key in ("env", "file", "command")], made, CANARIES["variable"], CANARIES["plain"]]
    )
    assert len(made) == 24
    assert "No changes." in shop.run("plan", code=0)
    for line in LOOKS.splitlines():
        shop.run(*shlex.split(line))
    shop.shows_nothing(made)
    (shop.path / "conf").write_text(f"drifted {CANARIES['env']}")
    for words in (["plan"], ["plan", "--refresh-only"], ["plan", "--json"], ["plan", "--out", "file", "--markdown"]):
        shop.run(*words)
    shop.run("apply", "--json", "--auto-approve", code=0)
    assert (shop.path / "conf").read_text() == content
    shop.write(RESOURCES.replace("postgres", "mysql").replace("{user: shop", "{user: other"))
    shop.run("apply", "--auto-approve", code=0)
    shop.run("destroy", "--auto-approve", code=0)
    shop.shows_nothing(made)


def test_what_is_asked_for_is_told_to_scripts(shop: Shop) -> None:
    shop.run("apply", "--auto-approve", code=0)
    assert shop.run("output", "url", "--raw") == f"postgres://u:{CANARIES['env']}@h"
    assert json.loads(shop.run("output", "url", "--json")) == f"postgres://u:{CANARIES['env']}@h"
    assert reveal(outputs(shop.folder.where, reveal="url")["url"].value) == f"postgres://u:{CANARIES['env']}@h"


def test_nothing_is_shown_when_things_go_wrong(shop: Shop) -> None:
    for create in (
        'echo "failed with $A" >&2; exit 3',
        'echo "$A" | base64 -w0 >&2; exit 3',
        'echo "$A"; echo "{\\"a\\": \\"$A\\"}" >&2; kill -9 $$',
        "no-such-program-$A",
    ):
        text = f"  c:\n    type: shell.command\n    spec: {{create: {json.dumps(create)}, env: {{A: '${{secret.command}}'}}}}\n"
        shop.write(text)
        shop.run("apply", "--auto-approve", code=7)
        shop.run("apply", "--auto-approve", "--json", code=7)
        shop.run("sql", "SELECT * FROM reign.attempts")
        shop.run("sql", "SELECT * FROM reign.errors")
    shop.write("  f: {type: local.file, spec: {path: '${secret.env}', content: x}}\n")
    shop.run("plan", code=1)
    shop.write("  f: {type: local.file, spec: {path: x, content: x, mode: '${secret.env}'}}\n")
    shop.run("plan", code=1)
    shop.write("  f: {type: local.file, count: '${secret.env}', spec: {path: x, content: x}}\n")
    shop.run("plan", code=1)
    shop.write("  f: {type: local.file, spec: {path: x, content: '${secret.env | json | first | number}'}}\n")
    shop.run("plan", code=1)
    shop.shows_nothing()


# Sources -------------------------------------------------------------------------------------------------------------

USES = "  f: {type: local.file, spec: {path: out, content: '${secret.x}'}}\n"


def source(folder: Folder, written: str) -> str | None:
    """What a file is made of by a secret that comes from there; None and the code of the finding where it cannot be had."""
    folder.write(USES, f"secrets: {{x: {written}}}\n")
    folder.apply()
    return (folder.path / "out").read_text()


def refused(folder: Folder, written: str) -> str:
    folder.write(USES, f"secrets: {{x: {written}}}\n")
    with pytest.raises(Failed) as raised:
        folder.plan()
    (finding,) = raised.value.findings
    assert finding.place is not None
    assert finding.place.line == 3
    assert "canary" not in f"{finding.detail} {finding.fix}"
    assert finding.fix
    return f"{finding.code}: {finding.detail}"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("{env: NAME}", "canary"),
        ("{env: EMPTY}", ""),
        ("{file: one}", "canary"),
        ("{file: two}", "canary\n"),
        ("{file: none}", "canary"),
        ("{command: [cat, one]}", "canary"),
        ("{command: 'cat two; printf tail'}", "canary\n\ntail"),
        ("{command: [[printf, a], [printf, b]]}", "ab"),
        ('{command: \'printf "%s" "${NAME:-unset} ${PATH:+set}"\'}'.replace("${", "$${"), "unset set"),
        ("{command: [pwd]}", None),
    ],
)
def test_where_a_value_comes_from(folder: Folder, written: str, value: str | None) -> None:
    folder.environ |= {"NAME": "canary", "EMPTY": ""}
    for name, text in (("one", "canary\n"), ("two", "canary\n\n"), ("none", "canary")):
        (folder.path / name).write_text(text)
    assert source(folder, written) == (str(folder.path) if value is None else value)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{env: MISSING}", "secret/missing-variable: The value of the secret x comes from the variable MISSING"),
        ("{file: missing}", "secret/file: "),
        ("{file: ../outside}", "secret/file: "),
        ("{file: link}", "secret/file: "),
        ("{file: large}", "secret/file: "),
        ("{file: .reign/key}", "secret/file: "),
        ("{file: bytes}", "secret/file: "),
        ("{command: [no-such-program]}", "secret/command: "),
        ("{command: 'echo canary-123; echo canary-123 failed >&2; exit 4'}", "secret/command: The command of the secret x ended"),
        ("{command: 'head -c 2000000 /dev/zero | tr \"\\\\0\" a'}", "secret/command: "),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_had(folder: Folder, written: str, said: str) -> None:
    (folder.path / "link").symlink_to("/etc/hostname")
    (folder.path / "large").write_bytes(b"a" * (1 << 20) + b"b")
    (folder.path / "bytes").write_bytes(b"\xff\xfe")
    assert refused(folder, written).startswith(said)


def test_a_secret_that_nothing_reads_is_not_asked_for(folder: Folder) -> None:
    folder.write("  v: {type: value, spec: {value: 1}}\n", "secrets: {x: {command: [touch, ran]}, y: {env: MISSING}}\n")
    folder.apply()
    assert not (folder.path / "ran").exists()


def test_a_secret_is_asked_for_once(folder: Folder) -> None:
    two = USES + USES.replace("f:", "g:").replace("out", "out2")
    folder.write(two, "secrets: {x: {command: 'echo x >> ran; echo value'}}\n")
    folder.plan()
    assert (folder.path / "ran").read_text() == "x\n"


# Generated -----------------------------------------------------------------------------------------------------------


def test_a_secret_is_made_once_and_kept(folder: Folder) -> None:
    head = "secrets: {x: {generate: {length: 40}}, y: {generate: {length: 8}}}\n"
    folder.write(USES, head)
    folder.apply()
    first = (folder.path / "out").read_text()
    assert len(first) == 40
    assert list(state(folder.where).secrets) == ["x"], "nothing reads the other one"
    assert folder.actions() == {}
    folder.write(USES.replace("'${secret.x}'", "'again ${secret.x} ${secret.y}'"), head)
    folder.apply()
    again = (folder.path / "out").read_text()
    assert again.startswith(f"again {first} ")
    assert len(again) == len(f"again {first} ") + 8
    folder.apply(destroy=True)
    folder.write(USES, head)
    folder.apply()
    assert (folder.path / "out").read_text() == first


def test_of_two_plans_that_would_make_it_only_one_does(folder: Folder) -> None:
    folder.write(USES, "secrets: {x: {generate: {length: 40}}}\n")
    first, second = folder.save(), folder.save()
    folder.apply(first)
    made = (folder.path / "out").read_text()
    with pytest.raises(Exception, match="plan/foreign"):
        folder.apply(second)
    folder.apply()
    assert (folder.path / "out").read_text() == made


# Keys ----------------------------------------------------------------------------------------------------------------


def test_a_missing_and_another_key_are_refused(folder: Folder) -> None:
    folder.write(USES, "secrets: {x: {env: NAME}}\n")
    folder.environ["NAME"] = "canary"
    folder.apply()
    key = folder.path / ".reign" / "key"
    kept = key.read_bytes()
    for code, change in (("state/no-key", key.unlink), ("state/other-key", lambda: key.write_bytes(b"0" * 64))):
        change()
        for use in (folder.plan, folder.apply, lambda: state(folder.where, reveal=True)):
            with pytest.raises(Failed) as raised:
                use()
            assert raised.value.findings[-1].code == code
    key.write_bytes(kept)
    folder.environ["REIGN_KEY"] = "another"
    with pytest.raises(Failed) as raised:
        folder.plan()
    assert raised.value.findings[-1].code == "state/other-key"
    assert state(folder.where).resources[parse_address("local.file.f")].external_id == "out", (
        "what is no secret needs no key"
    )


def test_outputs_that_are_no_secret_need_no_key(folder: Folder) -> None:
    head = "secrets: {x: {env: NAME}}\noutputs: {x: {value: '${secret.x}', sensitive: true}, y: {value: plain}}\n"
    folder.write(USES, head)
    folder.environ["NAME"] = "canary"
    folder.apply()
    assert reveal(outputs(folder.where, reveal="x")["x"].value) == "canary"
    (folder.path / ".reign" / "key").unlink()
    assert outputs(folder.where, reveal="y")["y"].value == "plain"
    with pytest.raises(Failed):
        outputs(folder.where, reveal="x")


@pytest.mark.parametrize("kind", ["empty", "blank", "folder", "link", "pipe"])
def test_what_is_no_key_is_not_taken_for_one(
    folder: Folder, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Encrypted with nothing is not encrypted, and nobody waits for a pipe."""
    folder.write(USES, "secrets: {x: {env: NAME}}\n")
    folder.environ |= {"NAME": "canary", "REIGN_KEY": " \n"}
    key = folder.path / ".reign" / "key"
    key.parent.mkdir()
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "key"
    elsewhere.write_text("k" * 64)
    make: dict[str, Callable[[], object]] = {
        "empty": key.touch,
        "blank": lambda: key.write_text("\n"),
        "folder": key.mkdir,
        "link": lambda: key.symlink_to(elsewhere),
        "pipe": lambda: os.mkfifo(key),
    }
    make[kind]()
    with pytest.raises(Failed) as raised:
        folder.apply()
    assert raised.value.findings[-1].code == "state/bad-key"
    assert not (folder.path / "out").exists()


def test_a_line_break_at_its_end_makes_no_other_key(folder: Folder) -> None:
    folder.write(USES, "secrets: {x: {env: NAME}}\n")
    folder.environ |= {"NAME": "canary", "REIGN_KEY": "k" * 32}
    folder.apply()
    folder.environ["REIGN_KEY"] += "\n"
    assert folder.actions() == {}


def test_what_is_read_from_something_sensitive_is_not_kept_in_clear(folder: Folder) -> None:
    """No part of it repeats the whole: the JSON that a command printed is hidden where the text of it is."""
    folder.environ["NAME"] = '{"user": "canary-user", "password": ["canary-word", 1234567891]}'
    spec = """create: 'printf %s "$A"', output: json, env: {A: "${secret.x}"}"""
    text = f"  c: {{type: shell.command, spec: {{{spec}}}}}\n"
    folder.write(text, "secrets: {x: {env: NAME}}\n")
    folder.apply()
    written = b"".join(path.read_bytes() for path in (folder.path / ".reign").rglob("*") if path.is_file())
    assert [word for word in (b"canary-user", b"canary-word", b"1234567891") if word in written] == []
    assert folder.actions() == {}


@pytest.mark.parametrize("prints", ['printf %s "${A#*:}"', 'printf %s "$A" | base64', 'printf %s "${A#*:}" | base64'])
def test_what_a_command_makes_of_a_secret_is_not_in_the_first_plan(folder: Folder, prints: str) -> None:
    """Nothing has been kept yet by which it would be told: what is known by itself is looked for, in all its forms."""
    folder.environ["NAME"] = "canary-word"
    run = prints.replace("${", "$${")
    folder.write(
        f"""\
  c: {{type: shell.command, spec: {{create: 'true', read: '{run}', env: {{A: "u:${{secret.x}}"}}}}}}
  v: {{type: value, spec: {{value: "${{data.d.stdout}}"}}}}
data:
  d: {{type: shell.command, spec: {{read: '{run}', env: {{A: "u:${{secret.x}}"}}}}}}
""",
        "secrets: {x: {env: NAME}}\n",
    )
    plan = folder.plan().plan
    (seen,) = (change.before_outputs["stdout"] for change in plan.changes if change.address.name == "c")
    assert isinstance(seen, Sensitive)
    (value,) = ((change.after or {})["value"] for change in plan.changes if change.address.name == "v")
    assert isinstance(value, Sensitive)


def test_a_project_keeps_no_key_file_where_the_environment_has_one(folder: Folder) -> None:
    folder.environ |= {"NAME": "canary", "REIGN_KEY": "k" * 32}
    folder.write(USES, "secrets: {x: {env: NAME}}\n")
    folder.apply()
    assert folder.actions() == {}
    assert not (folder.path / ".reign" / "key").exists()


def test_nothing_is_imported_for_secrets_where_there_are_none(folder: Folder) -> None:
    folder.write("  v: {type: value, spec: {value: 1}}\n")
    folder.apply()
    code = (
        "import sys; from pathlib import Path; from reign.app.nouns import Where; from reign.app.plan import make_plan\n"
        f"from reign.planning import Options; make_plan(Where(Path({str(folder.path)!r})), Options())\n"
        "print([name for name in ('cryptography', 'reign.providers.shell', 'ssl', 'http.client') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
