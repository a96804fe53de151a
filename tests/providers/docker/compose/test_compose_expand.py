"""What a compose file stands for: names, labels, order, layers of files; and where what is wrong is told."""

from __future__ import annotations

from typing import Any

import pytest

from reign.model.values import Deferred, Sensitive, is_sensitive

SHOP = """
name: shop
x-env: &env {LOG: "${LEVEL:-info}"}
services:
  db:
    image: postgres:16
    environment: [POSTGRES_DB=app, "POSTGRES_PASSWORD=${DB_PASSWORD:?needed}"]
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: {test: [CMD, pg_isready]}
  migrate:
    image: api
    depends_on: {db: {condition: service_healthy}}
  api:
    image: api
    environment: {<<: *env, URL: "postgres://u:${DB_PASSWORD}@db"}
    depends_on:
      migrate: {condition: service_completed_successfully}
      db: {condition: service_healthy, restart: true}
    deploy: {replicas: 2, resources: {limits: {memory: 128m}}}
    networks: [back]
  debug: {image: busybox, profiles: [debug]}
volumes: {data: }
networks: {back: {internal: true}, unused: }
"""


def test_one_resource_for_each_thing_that_is_used(expand: Any) -> None:
    parts = expand({"compose.yaml": SHOP, ".env": "DB_PASSWORD=s3cret"})
    assert set(parts) == {
        *("network back", "network default", "volume data", "image db", "image api"),
        *("container db", "container migrate", "container api-1", "container api-2"),
    }
    assert {at.spec["name"] for at in parts.values()} >= {"shop_back", "shop_data", "shop-db-1", "shop-api-2"}


def test_the_order_follows_the_conditions(expand: Any) -> None:
    parts = expand({"compose.yaml": SHOP, ".env": "DB_PASSWORD=s3cret"})
    needs = [str(each) for each in parts["container api-1"].depends_on]
    assert {'docker.container.app["migrate"]', 'docker.container.app["db"]', 'docker.network.app["back"]'} <= set(needs)
    assert (parts["container db"].spec["wait"], parts["container migrate"].spec["wait"]) == ("healthy", "completed")
    assert parts["container api-1"].lifecycle.restart_triggered_by == ('docker.container.app["db"]',)
    assert parts["container db"].spec["image"] == Deferred('${resources.app.image["db"].reference}', "string")


def test_labels_are_those_that_compose_looks_for(expand: Any) -> None:
    labels = expand({"compose.yaml": SHOP, ".env": "DB_PASSWORD=s3cret"})["container api-2"].spec["labels"]
    told = {name.removeprefix("com.docker.compose."): value for name, value in labels.items()}
    assert told.pop("config-hash")
    assert told == {
        "project": "shop",
        "project.config_files": "reign.yaml",
        "service": "api",
        "oneoff": "False",
        "container-number": "2",
        "depends_on": "db:service_healthy:true,migrate:service_completed_successfully:false",
    }


def test_what_is_sensitive_stays_so_wherever_it_goes(expand: Any) -> None:
    parts = expand(SHOP, environment={"DB_PASSWORD": Sensitive("pw", "${secret.db}")})
    assert parts["container api-1"].spec["environment"]["URL"] == Sensitive(
        "postgres://u:pw@db", "postgres://u:${secret.db}@db"
    )
    assert parts["container db"].spec["environment"]["POSTGRES_PASSWORD"] == Sensitive("pw", "${secret.db}")
    private = expand({"compose.yaml": SHOP, ".env": "DB_PASSWORD=s3cret"})
    assert is_sensitive(private["container db"].spec["environment"]["POSTGRES_PASSWORD"])


def test_files_are_laid_over_each_other(expand: Any) -> None:
    below = """
services:
  web:
    image: nginx
    command: [a, b]
    environment: {A: 1, B: 2}
    ports: ["80:80"]
    cap_add: [A]
    volumes: ["./a:/data", "./b:/other"]
    labels: {x: y}
"""
    above = """
services:
  web:
    command: [c]
    environment: [B=3]
    ports: !override ["81:80"]
    cap_add: !reset []
    volumes: ["./c:/data"]
    labels: !reset null
"""
    spec = expand({"a.yaml": below, "b.yaml": above}, files=["a.yaml", "b.yaml"])["container web"].spec
    assert (spec["command"], spec["environment"], spec["ports"]) == (["c"], {"A": "1", "B": "3"}, ["81:80"])
    assert [mount["source"] for mount in spec["volumes"]] == ["./c", "./b"]
    assert "cap_add" not in spec
    assert "x" not in spec["labels"]


def test_services_extend_others_and_files_include_files_from_their_own_folders(expand: Any) -> None:
    files = {
        "compose.yaml": "include: [sub/more.yaml]\nservices:\n  web: {extends: {file: sub/base.yaml, service: base}}\n",
        "sub/base.yaml": 'services:\n  base: {image: nginx, volumes: ["./conf:/conf"], environment: {A: 1}}\n',
        "sub/more.yaml": 'services:\n  cache: {image: "redis:${TAG}"}\n',
        "sub/.env": "TAG=7",
    }
    parts = expand(files)
    assert parts["container web"].spec["volumes"][0]["source"] == "./sub/conf"
    assert (
        parts["image cache"].spec["name"] == "docker.io/library/redis:7"
        or "redis:7" in parts["image cache"].spec["name"]
    )


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("services:\n  web: {image: x, prots: [80]}\n", "spec/unknown-key", 2),
        ("services:\n  web:\n    image: x\n    networks: [gone]\n", "spec/unknown-key", 4),
        ('services:\n  web:\n    image: x\n    volumes: ["gone:/a"]\n', "spec/unknown-key", 4),
        ("services:\n  web:\n    image: x\n    depends_on: [gone]\n", "spec/unknown-key", 4),
        ("services:\n  web:\n    image: x:${GONE}\n", "docker/compose-variable", 3),
        ("services:\n  web:\n    environment: [GONE]\n    image: x\n", "docker/compose-variable", 3),
        ("services:\n  web:\n    restart: always\n", "spec/required", 2),
        ("services:\n  web:\n    image: x\n    extends: web\n", "docker/compose-circle", 4),
        (
            "services:\n  a: {image: x, depends_on: [b]}\n  b:\n    image: x\n    depends_on: [a]\n",
            "docker/compose-circle",
            5,
        ),
        ("include: [compose.yaml]\nservices: {}\n", "docker/compose-circle", 1),
        ('services:\n  web:\n    image: x\n    scale: 2\n    ports: ["80:80"]\n', "docker/compose-replicas", 5),
        ("name: My Shop\nservices: {}\n", "docker/compose-project", 1),
        ('services:\n  web:\n    image: x\n    volumes: ["~/a:/a"]\n', "docker/compose-home", 4),
        (
            "services:\n  web:\n    image: x\n    read_only: true\n    configs: [c]\nconfigs: {c: {content: hi}}\n",
            "docker/files",
            5,
        ),
        (
            "services:\n  web:\n    image: x\n    configs: [{source: c, mode: 0400}]\nconfigs: {c: {file: c}}\n",
            "docker/compose-key",
            4,
        ),
        (
            "services:\n  web: {image: x, depends_on: [b]}\n  b: {image: x, profiles: [p]}\n",
            "docker/compose-profile",
            2,
        ),
        ("jobs: {}\nservices: {}\n", "docker/compose-key", 1),
        ("a: [\n", "config/yaml-syntax", 2),
        ("services:\n  web:\n    image: x\n    image: y\n", "config/duplicate-key", 4),
    ],
)
def test_what_is_wrong_is_told_at_its_line(refused: Any, text: str, code: str, line: int) -> None:
    assert (code, line) in [(each.code, each.place.line) for each in refused(text)]


def test_nothing_outside_of_the_root_is_read(refused: Any) -> None:
    problems = refused("services:\n  web: {image: x, env_file: ../../../etc/passwd}\n")
    assert [each.code for each in problems] == ["spec/outside-root"]


def test_the_environment_of_the_process_is_not_read(refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAG", "1")
    assert [each.code for each in refused("services:\n  web: {image: 'x:${TAG}'}\n")] == ["docker/compose-variable"]


def test_keys_may_be_ignored_on_purpose(expand: Any) -> None:
    text = "services:\n  web: {image: x, develop: {watch: []}, deploy: {placement: {}}}\n"
    assert "container web" in expand(text, ignore=["develop", "deploy.placement"])
