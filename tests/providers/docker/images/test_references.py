"""Names of images, however they are written."""

from __future__ import annotations

import pytest
from pydantic_core import PydanticCustomError

from reign.providers.docker.images.references import canonical, read_reference, tagged

DIGEST = f"sha256:{'a1' * 32}"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("nginx", "nginx:latest"),
        ("nginx:1.27", "nginx:1.27"),
        ("docker.io/library/nginx:1.27", "nginx:1.27"),
        ("index.docker.io/nginx", "nginx:latest"),
        ("library/nginx", "nginx:latest"),
        ("team/app:v1", "team/app:v1"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/a/b:1", "localhost:5000/a/b:1"),
        ("127.0.0.1:5000/app", "127.0.0.1:5000/app:latest"),
        ("[::1]:5000/app:1", "[::1]:5000/app:1"),
        ("ghcr.io/Team/app", None),
        ("Registry/app:1", "Registry/app:1"),
        (f"nginx@{DIGEST}", f"nginx@{DIGEST}"),
        (f"nginx:1.27@{DIGEST}", f"nginx:1.27@{DIGEST}"),
        ("a/library/b", "a/library/b:latest"),
        ("Nginx", None),
        ("nginx:", None),
        ("nginx:a b", None),
        ("nginx@sha256:12", None),
        ("", None),
        ("-x", None),
        ("a//b", None),
        ("a___b", None),
        ("a" * 64, None),
        (DIGEST, None),
        ("x" * 300, None),
        ("https://nginx", None),
        ("nginx\n", None),
    ],
)
def test_one_text_for_each(written: str, text: str | None) -> None:
    if text is None:
        with pytest.raises(PydanticCustomError):
            canonical(written)
        return
    assert canonical(written) == text
    assert canonical(text) == text


def test_what_the_engine_and_the_registry_are_asked_for() -> None:
    found = read_reference(f"nginx:1.27@{DIGEST}")
    assert (found.registry, found.path, found.repository) == ("docker.io", "library/nginx", "nginx")
    assert (found.wire, found.version) == (f"nginx@{DIGEST}", DIGEST)
    assert read_reference("127.0.0.1:5000/a:1").at(DIGEST).text == f"127.0.0.1:5000/a@{DIGEST}"


def test_a_digest_is_given_to_nothing() -> None:
    with pytest.raises(PydanticCustomError, match="refused"):
        tagged(f"nginx@{DIGEST}")
