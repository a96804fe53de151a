"""What the quickstart's README says of edits, drift, history and outputs."""

import hashlib
import json
import tarfile
from collections.abc import Callable

import pytest

from tests.plans.conftest import Copy


@pytest.fixture
def applied(copy: Callable[[str], Copy]) -> Copy:
    """The quickstart, applied."""
    project = copy("quickstart")
    project.done("apply", "--auto-approve")
    return project


def sums(project: Copy) -> dict[str, str]:
    """The manifest as name -> sha256."""
    lines = (project.folder / "build/SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def real_sums(project: Copy) -> dict[str, str]:
    """What the manifest has to say, from the files themselves."""
    build = project.folder / "build"
    return {
        path.relative_to(build).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in build.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }


def test_what_comes_out(applied: Copy) -> None:
    gateway = (applied.folder / "build/gateway.conf").read_text()
    assert gateway.startswith(
        "upstream shop {\n  server 127.0.0.1:8081;  # eu\n  server 127.0.0.1:8082;  # us\n}\n\nserver {\n  listen 8080;\n"
    )
    assert "return 503" not in gateway
    assert gateway.endswith("  location /api/ { proxy_pass http://shop; }\n}\n")
    assert (applied.folder / "build/public/index.html").read_text().endswith("<h1>Welcome to shop.example</h1>\n")
    assert len(sums(applied)) == 6
    assert sums(applied) == real_sums(applied)
    with tarfile.open(applied.folder / "shop.tar.gz") as release:
        assert {name for name in release.getnames() if name.endswith(".service")} == {
            "build/workers/eu.service",
            "build/workers/us.service",
        }


def test_the_outputs(applied: Copy) -> None:
    assert applied.done("output", "url", "--raw").strip() == "http://shop.example:8080/"
    outputs = json.loads(applied.done("output", "--json"))
    manifest = (applied.folder / "build/SHA256SUMS").read_bytes()
    assert outputs["manifest"]["value"] == hashlib.sha256(manifest).hexdigest()
    assert outputs["about"]["value"] == {"service": "shop", "domain": "shop.example", "regions": ["eu", "us"]}


def test_another_region(applied: Copy) -> None:
    applied.replace("reign.yaml", "us: 8082}", "us: 8082, ap: 8083}")
    planned = applied.done("plan", "--out", "region.plan")
    assert 'local.template.worker["ap"] will be created' in planned
    assert "+   server 127.0.0.1:8083;  # ap" in planned
    assert "shell.script.checksums will be updated in-place" in planned
    assert "0 to destroy." in planned

    applied.done("apply", "region.plan")
    assert sums(applied) == real_sums(applied)
    assert "workers/ap.service" in sums(applied)
    with tarfile.open(applied.folder / "shop.tar.gz") as release:
        assert "build/workers/ap.service" in release.getnames()
    assert "No changes." in applied.done("plan")


def test_a_region_less(applied: Copy) -> None:
    applied.replace("reign.yaml", "{eu: 8081, us: 8082}", "{eu: 8081}")
    applied.done("apply", "--auto-approve")
    assert not (applied.folder / "build/workers/us.service").exists()
    assert sums(applied) == real_sums(applied)
    assert "No changes." in applied.done("plan")


def test_maintenance_is_a_diff_of_the_gateway(applied: Copy) -> None:
    planned = applied.done("plan", "--var", "maintenance=true")
    assert "+   return 503;" in planned
    assert "-   root public;" in planned
    assert "No changes." in applied.done("plan"), "a plan changes nothing"


def test_a_line_in_a_template_reaches_every_unit(applied: Copy) -> None:
    applied.replace("templates/worker.service", "Restart=on-failure", "Restart=always")
    planned = applied.done("plan", "--full")
    for region in ("eu", "us"):
        assert f'local.template.worker["{region}"] will be updated in-place' in planned
    assert "+ Restart=always" in planned


def test_what_somebody_changed_is_put_back(applied: Copy) -> None:
    robots = applied.folder / "build/public/robots.txt"
    before = robots.read_bytes()
    robots.write_text("User-agent: *\n")
    planned = applied.done("plan")
    assert "Objects have changed outside of Reign" in planned
    assert 'local.file.page["robots.txt"] has changed' in planned
    applied.done("apply", "--auto-approve")
    assert robots.read_bytes() == before


def test_a_file_that_is_not_ours_is_left_alone(copy: Callable[[str], Copy]) -> None:
    project = copy("quickstart")
    (project.folder / "build").mkdir()
    (project.folder / "build/gateway.conf").write_text("mine\n")
    ran = project.reign("apply", "--auto-approve")
    assert ran.code != 0
    assert (project.folder / "build/gateway.conf").read_text() == "mine\n"


def test_the_history_is_a_table(applied: Copy) -> None:
    applied.replace("reign.yaml", "us: 8082}", "us: 8082, ap: 8083}")
    applied.done("apply", "--auto-approve")
    rows = json.loads(
        applied.done("sql", "select command, status, added, changed from runs order by started_at", "-o", "json")
    )
    assert [row["status"] for row in rows] == ["completed", "completed"]
    assert rows[0]["added"] > rows[1]["added"] == 1


def test_wrong_input_is_a_finding_with_its_place(applied: Copy) -> None:
    applied.replace("reign.yaml", "source: static/style.css", "sorce: static/style.css")
    before = applied.files()
    ran = applied.reign("plan")
    assert ran.code == 1
    line = next(
        n for n, text in enumerate((applied.folder / "reign.yaml").read_text().splitlines(), 1) if "sorce" in text
    )
    assert f"reign.yaml:{line}:" in ran.err
    assert 'did you mean "source"?' in ran.err
    assert "Traceback" not in ran.err
    assert applied.files() == before
