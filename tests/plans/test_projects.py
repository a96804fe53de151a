"""Whole lives of projects from the command line: planned, applied, drifted, mended, changed and destroyed."""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from tests.plans.conftest import Copy

NOTHING = "No changes."


def unchanged(project: Copy, *words: str) -> None:
    """There is nothing left to do."""
    again = project.reign(*words, "plan", "--detailed-exitcode")
    assert (again.code, NOTHING in again.out) == (0, True), again.out + again.err


# A workstation: a tree of files, tools that are installed where they are missing, two environments, a secret.


@pytest.fixture
def workstation(copy: Callable[[str], Copy]) -> Copy:
    return copy("workstation")


def test_dotfiles_drift_and_are_mended(workstation: Copy) -> None:
    workstation.done("apply", "--auto-approve")
    home = workstation.folder / "home"
    (home / ".vimrc").write_text("set nonumber\n")
    (home / ".local/bin/greet").unlink()
    planned = workstation.done("plan")
    assert 'local.file.dotfiles[".vimrc"] has changed' in planned
    assert 'shell.command.tool["greet"] has been deleted' in planned
    assert "Plan: 1 to add, 1 to change, 0 to destroy." in planned
    workstation.done("apply", "--auto-approve")
    assert (home / ".vimrc").read_text() == "set number\nsyntax on\n"
    assert os.access(home / ".local/bin/greet", os.X_OK)
    unchanged(workstation)


def test_a_tool_that_was_there_is_found_and_stays(workstation: Copy) -> None:
    own = workstation.folder / "home/.local/bin/greet"
    own.parent.mkdir(parents=True)
    own.write_text("#!/bin/sh\necho mine\n")
    own.chmod(0o755)
    workstation.done("apply", "--auto-approve")
    assert own.read_text() == "#!/bin/sh\necho mine\n"
    unchanged(workstation)
    workstation.done("destroy", "--auto-approve")
    assert own.read_text() == "#!/bin/sh\necho mine\n"
    assert not (own.parent / "uuid").exists()


def test_each_environment_has_a_state_and_a_secret_of_its_own(workstation: Copy) -> None:
    workstation.done("apply", "--auto-approve")
    (workstation.folder / "server").mkdir()
    server = ("--env", "server", "--var", "home=server")
    workstation.done(*server, "apply", "--auto-approve")
    unchanged(workstation, *server)
    unchanged(workstation)
    made = [workstation.done(*words, "output", "vault", "--raw").strip() for words in ((), ("--env", "server"))]
    assert made[0] != made[1]
    assert [len(secret) for secret in made] == [40, 40]
    written = [(workstation.folder / name / ".config/vault/password").read_text() for name in ("home", "server")]
    assert written == [f"{secret}\n" for secret in made]
    kept = b"".join(path.read_bytes() for path in (workstation.folder / ".reign").rglob("*") if path.is_file())
    assert not any(secret.encode() in kept for secret in made)
    assert "alias ll" not in (workstation.folder / "server/.profile").read_text()
    refused = workstation.reign(*server, "destroy", "--auto-approve")
    assert refused.code == 4
    assert "local.template.profile" in refused.err
    assert (workstation.folder / "server/.vimrc").exists()


def test_an_unknown_environment_names_the_nearest(workstation: Copy) -> None:
    wrong = workstation.reign("--env", "servr", "plan")
    assert wrong.code == 1
    assert "server" in wrong.err


# A preview: a server that has to answer before anything relies on it.


@pytest.fixture
def preview(copy: Callable[[str], Copy]) -> Iterator[Copy]:
    project = copy("preview")
    yield project
    project.done("destroy", "--auto-approve")


def answer(project: Copy) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{project.environ['REIGN_VAR_port']}/", timeout=5) as page:
        return str(page.read().decode())


def test_the_server_answers_dies_and_is_started_again(preview: Copy) -> None:
    preview.done("apply", "--auto-approve")
    assert '<a href="welcome.html">' in answer(preview)
    os.kill(int((preview.folder / "server.pid").read_text()), 9)
    (preview.folder / "server.pid").unlink()
    planned = preview.done("plan")
    assert "shell.command.server has been deleted" in planned
    preview.done("apply", "--auto-approve")
    assert '<a href="welcome.html">' in answer(preview)
    unchanged(preview)


def test_one_more_page(preview: Copy) -> None:
    preview.done("apply", "--auto-approve")
    (preview.folder / "pages/ask.md").write_text("# Ask\n")
    assert 'local.template.page["ask"] will be created' in preview.done("plan")
    preview.done("apply", "--auto-approve")
    assert '<a href="ask.html">' in answer(preview)
    unchanged(preview)


# A handover: what exists is taken over, renamed, let go and removed although it was protected.


def test_a_project_is_handed_over(copy: Callable[[str], Copy]) -> None:
    project = copy("handover")
    after = (project.folder / "reign.yaml").read_text()
    (project.folder / "reign.yaml").write_text((project.folder / "before.yaml").read_text())
    project.done("apply", "--auto-approve")
    kept = (project.folder / "notes/en.txt").stat().st_ino
    protected = project.reign("destroy", "--auto-approve")
    assert (protected.code, "local.file.archive" in protected.err) == (4, True)

    (project.folder / "reign.yaml").write_text(after)
    planned = project.done("plan", "--out", "handover.plan")
    for line in (
        '# local.file.note has moved to local.file.note["en"]',
        '# (imported from "legacy/motd")',
        "# (its protection is lifted: the archive moved to another project)",
        "# local.file.draft will no longer be managed by Reign, but will not be destroyed",
        "Plan: 1 to import, 6 to add, 1 to change, 2 to destroy.",
        "1 to forget.",
    ):
        assert line in planned, planned
    project.done("apply", "handover.plan")
    unchanged(project)
    files = project.files()
    assert (project.folder / "notes/en.txt").stat().st_ino == kept, "a renamed one is not made again"
    assert files["legacy/motd"] == b"Maintained by reign.\n"
    assert files["notes/draft.txt"] == b"Not finished.\n"
    assert "notes/archive.txt" not in files

    (project.folder / "notes/de.txt").write_text("anders\n")
    assert 'local.file.note["de"] has changed' in project.done("plan")
    project.done("apply", "--auto-approve")
    assert (project.folder / "notes/de.txt").read_text() == "Übergeben.\n"

    project.done("destroy", "--auto-approve")
    left = {name for name in project.files() if not name.endswith(("/", ".yaml", ".plan", ".bak", "motd.orig"))}
    assert left == {"LICENCE.txt", "notes/draft.txt"}


# Two projects: one reads what the other gives, with secrets from everywhere.

CANARIES = ("hunter2-hunter2", "api-from-the-vault-9f2c", "tls-private-key-4c1b", "not-for-production")


@pytest.fixture
def platform(copy: Callable[[str], Copy]) -> Copy:
    project = copy("platform")
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "begin"]):
        subprocess.run([*git, *words], cwd=project.folder, check=True, env=project.environ)
    project.environ.update(SHOP_DB=CANARIES[0], REIGN_TRUST="1")
    return project


def test_one_project_reads_another(platform: Copy) -> None:
    shop, network = ("-C", "shop", "--env", "dev"), ("-C", "network", "--env", "dev")
    early = platform.reign(*shop, "plan")
    assert (early.code, "Nothing was ever applied there" in early.err) == (1, True), early.err
    platform.done(*network, "apply", "--auto-approve")
    seen = [platform.done(*shop, "plan", "--out", "shop.plan"), platform.done(*shop, "show", "--json", "shop.plan")]
    seen.append(platform.done(*shop, "apply", "shop.plan"))
    unchanged(platform, *shop)
    conf = (platform.folder / "shop/out/shop-0.conf").read_text()
    assert "dsn postgres://shop:hunter2-hunter2@db/0" in conf
    assert "server dev.example.org 10.0.0.0/24" in conf

    (platform.folder / "shop/out/signature").unlink()
    seen.append(platform.done(*shop, "plan"))
    assert "shell.script.sign has been deleted" in seen[-1]
    seen.append(platform.done(*shop, "apply", "--auto-approve"))
    unchanged(platform, *shop)

    platform.environ["SHOP_DB"] = "another-password"
    stale = platform.reign(*shop, "apply", "shop.plan")
    assert stale.code == 6
    changed = platform.done(*shop, "plan")
    assert "Plan: 0 to add, 2 to change, 0 to destroy." in changed
    platform.environ["SHOP_DB"] = CANARIES[0]

    state = platform.done(*shop, "show", "--json")
    told = "".join([*seen, changed, stale.err, state, platform.done(*shop, "sql", "from events", "-o", "json")])
    kept = [path for name in ("shop", "network") for path in (platform.folder / name / ".reign").rglob("*")]
    kept.append(platform.folder / "shop/shop.plan")
    blob = (platform.folder / "shop/scripts/vault.py").read_bytes()
    written = b"".join(path.read_bytes() for path in kept if path.is_file()).replace(blob, b"")
    for canary in CANARIES:
        assert canary not in told
        assert canary.encode() not in written

    signed = json.loads(platform.done(*shop, "output", "signed", "--json"))
    assert len(signed) == 32
    platform.done(*shop, "destroy", "--auto-approve")
    assert not (platform.folder / "shop/out").exists()
    platform.done(*network, "destroy", "--auto-approve")


def test_a_secret_that_is_not_there(platform: Copy) -> None:
    platform.done("-C", "network", "--env", "dev", "apply", "--auto-approve")
    del platform.environ["SHOP_DB"]
    shutil.rmtree(platform.folder / "shop/keys")
    failed = platform.reign("-C", "shop", "--env", "dev", "plan")
    assert failed.code == 1
    assert "SHOP_DB" in failed.err
    assert "keys/tls.key" in failed.err
    assert "reign.yaml:" in failed.err
