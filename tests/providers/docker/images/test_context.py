"""What a build context is: which files count, and that nothing outside of it is read."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from reign.model.errors import InvalidSpec, ProviderError
from reign.ports import Site
from reign.providers.docker.images.context import Context
from reign.providers.docker.images.reading import context_of, with_context
from reign.providers.docker.specs.image import IMAGE


def site(folder: Path) -> Site:
    return Site(str(folder), str(folder), str(folder / ".reign"), "lineage")


def context(folder: Path, **build: Any) -> Context:
    spec = IMAGE.normalize({"build": {"context": "app", **build}})
    assert isinstance(spec["build"], dict)
    return context_of(spec["build"], site(folder))


def digest(folder: Path, **build: Any) -> str:
    return context(folder, **build).digest()


def sent(folder: Path, **build: Any) -> dict[str, tarfile.TarInfo]:
    found = context(folder, **build)
    with tarfile.open(fileobj=io.BytesIO(b"".join(found.archive(found.digest())))) as tar:
        return {member.name: member for member in tar.getmembers()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    app = tmp_path / "app"
    (app / "sub").mkdir(parents=True)
    (app / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (app / "a.txt").write_text("a")
    (app / "sub" / "b.txt").write_text("b")
    return tmp_path


def test_the_archive_is_what_the_digest_is_of(folder: Path) -> None:
    (folder / "app" / "empty").mkdir()
    (folder / "app" / "link").symlink_to("../../etc/passwd")
    long = "sub/" + "n" * 200
    (folder / "app" / long).write_bytes(b"x" * 1000)
    found = sent(folder)
    assert list(found) == ["Dockerfile", "a.txt", "empty", "link", "sub", "sub/b.txt", long]
    assert (found["link"].linkname, found["link"].issym(), found["empty"].isdir()) == ("../../etc/passwd", True, True)
    assert found[long].size == 1000


@pytest.mark.parametrize(
    "change",
    [
        lambda app: (app / "a.txt").write_text("b"),
        lambda app: (app / "a.txt").chmod(0o755),
        lambda app: (app / "a.txt").rename(app / "c.txt"),
        lambda app: (app / "sub" / "b.txt").unlink(),
        lambda app: (app / "new").mkdir(),
        lambda app: (app / "link").symlink_to("a.txt"),
        lambda app: (app / "Dockerfile").write_text("FROM scratch\n"),
        lambda app: (app / ".dockerignore").write_text("a.txt"),
    ],
    ids=["content", "mode", "name", "gone", "folder", "link", "Dockerfile", "ignore"],
)
def test_what_could_make_another_image_counts(folder: Path, change: Any) -> None:
    before = digest(folder)
    change(folder / "app")
    assert digest(folder) != before


def test_what_makes_no_difference_does_not_count(folder: Path) -> None:
    (folder / "app" / ".dockerignore").write_text("*.log\n.dockerignore\n")
    before = digest(folder)
    os.utime(folder / "app" / "a.txt", (1, 1))
    (folder / "app" / "x.log").write_text("x")
    (folder / "app" / ".reign").mkdir()
    (folder / "app" / ".reign" / "key").write_text("secret")
    assert digest(folder) == before


def test_another_umask_makes_no_difference(folder: Path) -> None:
    (folder / "app" / "a.txt").chmod(0o644)
    (folder / "app" / "sub").chmod(0o755)
    before = digest(folder)
    (folder / "app" / "a.txt").chmod(0o664)
    (folder / "app" / "sub").chmod(0o775)
    assert digest(folder) == before
    assert sent(folder)["a.txt"].mode == 0o664
    (folder / "app" / "a.txt").chmod(0o666)
    assert digest(folder) != before


def test_of_the_state_nothing_is_sent(folder: Path) -> None:
    (folder / "app" / "sub" / ".Reign").mkdir()
    (folder / "app" / "sub" / ".Reign" / "key").write_text("secret")
    assert not [name for name in sent(folder) if "reign" in name.lower()]


def test_a_dockerfile_beside_the_context_goes_along_and_is_taken_out(folder: Path) -> None:
    (folder / "Other").write_text("FROM scratch\n")
    (folder / "app" / ".dockerignore").write_text("a.txt")
    found = context(folder, dockerfile="../Other")
    assert [*sent(folder, dockerfile="../Other")][-1] == found.dockerfile.sent_as
    assert found.dockerfile.content == b"FROM scratch\n"
    with tarfile.open(fileobj=io.BytesIO(b"".join(found.archive(found.digest())))) as tar:
        last = [member for member in tar.getmembers() if member.name == ".dockerignore"][-1]
        file = tar.extractfile(last)
        assert file is not None
        assert file.read().decode().splitlines() == ["a.txt", found.dockerfile.sent_as]


def test_a_dockerfile_that_is_ignored_builds_all_the_same(folder: Path) -> None:
    (folder / "app" / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
    found = context(folder)
    assert "Dockerfile" not in sent(folder)
    assert found.dockerfile.sent_as in sent(folder)


def test_an_ignore_file_of_its_own_goes_before_the_common_one(folder: Path) -> None:
    (folder / "app" / ".dockerignore").write_text("a.txt")
    (folder / "app" / "Dockerfile.dockerignore").write_text("sub")
    assert "a.txt" in sent(folder)
    assert "sub/b.txt" not in sent(folder)


def test_what_is_taken_back_from_a_folder_comes_without_the_folder(folder: Path) -> None:
    (folder / "app" / ".dockerignore").write_text("sub\n!sub/b.txt")
    assert [name for name in sent(folder) if name.startswith("sub")] == ["sub/b.txt"]


def test_a_context_that_changed_since_is_never_sent_whole(folder: Path) -> None:
    found = context(folder)
    pinned = found.digest()
    (folder / "app" / "a.txt").write_text("another")
    with pytest.raises(ProviderError, match="changed since the plan"):
        list(found.archive(pinned))


def test_a_folder_that_became_a_link_leads_nowhere(folder: Path) -> None:
    outside = folder / "outside"
    outside.mkdir()
    (outside / "b.txt").write_text("secret")
    found = context(folder)
    entries = list(found.entries())
    (folder / "app" / "sub").rename(folder / "moved")
    (folder / "app" / "sub").symlink_to(outside)
    assert "sub/b.txt" in [entry.name for entry in entries]
    with pytest.raises(OSError, match="sub"):
        found.open("sub/b.txt")


@pytest.mark.parametrize(
    ("build", "code", "path"),
    [
        ({"context": "nowhere"}, "spec/no-source", ("build", "context")),
        ({"context": ".."}, "spec/outside-root", ("build", "context")),
        ({"context": "/etc"}, "spec/outside-root", ("build", "context")),
        ({"context": "out"}, "spec/outside-root", ("build", "context")),
        ({"context": "app/a.txt"}, "spec/no-source", ("build", "context")),
        ({"context": ".reign"}, "spec/outside-root", ("build", "context")),
        ({"dockerfile": "Dockerfil"}, "docker/no-dockerfile", ("build", "dockerfile")),
        ({"dockerfile": "../../x"}, "spec/outside-root", ("build", "dockerfile")),
        ({"dockerfile": "sub"}, "spec/no-source", ("build", "dockerfile")),
    ],
)
def test_what_there_is_nothing_to_build_from(folder: Path, build: Any, code: str, path: Any) -> None:
    (folder / "out").symlink_to("/etc")
    (folder / ".reign").mkdir()
    spec = IMAGE.normalize({"build": {"context": "app", **build}})
    with pytest.raises(InvalidSpec) as refused:
        with_context(spec, site(folder))
    problem = refused.value.problems[0]
    assert (problem.code, problem.path) == (code, path)
    assert problem.fix
    assert code != "docker/no-dockerfile" or "`dockerfile: Dockerfile`" in problem.fix


def test_a_line_that_is_no_pattern_is_told(folder: Path) -> None:
    (folder / "app" / ".dockerignore").write_text("*.md\n[a\n")
    with pytest.raises(InvalidSpec) as refused:
        with_context(IMAGE.normalize({"build": "app"}), site(folder))
    [problem] = refused.value.problems
    assert "line 2 of its .dockerignore" in problem.detail
    assert problem.fix.startswith("Correct that line")


def test_a_pipe_in_the_context_is_told(folder: Path) -> None:
    os.mkfifo(folder / "app" / "pipe")
    with pytest.raises(InvalidSpec) as refused:
        with_context(IMAGE.normalize({"build": "app"}), site(folder))
    assert refused.value.problems[0].code == "docker/context"


def test_a_url_is_fetched_by_the_engine_and_has_no_digest(folder: Path) -> None:
    spec = IMAGE.normalize({"build": "https://example.com/app.git#main"})
    assert "context_sha256" not in with_context(spec, site(folder))


@pytest.mark.parametrize(
    ("line", "needs"),
    [
        ("RUN --mount=type=secret,id=x cat /run/secrets/x", True),
        ("# syntax=docker/dockerfile:1", True),
        ("COPY --link a b", True),
        ("RUN <<EOF", True),
        ("RUN echo a << b", False),
        ("COPY --from=build a b", False),
        ("RUN echo --mount", False),
    ],
)
def test_which_dockerfiles_need_buildkit(folder: Path, line: str, needs: bool) -> None:
    (folder / "app" / "Dockerfile").write_text(f"FROM scratch\n{line}\n")
    assert context(folder).dockerfile.needs_buildkit is needs
