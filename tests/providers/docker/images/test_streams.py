"""How far a pull is, out of what an engine streams."""

from __future__ import annotations

from reign.ports import heard
from reign.providers.docker.images.streams import Output, Transfer


def test_a_transfer_is_counted_over_all_layers() -> None:
    said: list[tuple[str, str]] = []
    seen = Transfer("pulling", "Downloading")
    with heard(lambda text, doing: said.append((text, doing))):
        seen.see({"status": "Pulling from library/nginx", "id": "1.27"})
        seen.see({"status": "Downloading", "id": "a", "progressDetail": {"current": 10_000_000, "total": 40_000_000}})
        seen.see({"status": "Downloading", "id": "b", "progressDetail": {"current": 39_000_000, "total": 39_000_000}})
        seen.see({"status": "Pull complete", "id": "a", "progressDetail": {}})
        seen.see({"status": "Status: Downloaded newer image"})
    assert said == [
        ("25 %, 10 of 40 MB", "pulling"),
        ("62 %, 49 of 79 MB", "pulling"),
        ("100 %, 79 of 79 MB", "pulling"),
    ]


def test_lines_are_shown_without_colours_and_noise() -> None:
    output = Output()
    for text in ("\x1b[91mit went wrong\n\x1b[0m", f"#5 sha256:{'a' * 64}\n", "#5 0.1 done\n"):
        output.see(text)
    assert output.text() == "it went wrong\n#5 0.1 done"


def test_of_what_is_private_no_line_is_kept_or_said() -> None:
    said: list[str] = []
    output = Output(is_private=True)
    with heard(lambda text, _: said.append(text)):
        output.see("a secret line")
    assert (said, output.text()) == ([], "")
