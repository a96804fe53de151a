"""What a container wrote, as lines."""

import pytest

from reign.providers.docker.showing import whole_lines


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        ([], []),
        ([b"a\nb\n"], ["a", "b"]),
        ([b"a", b"b\r\nc"], ["ab", "c"]),
        ([b"\n", b"", b"\n"], ["", ""]),
        ([b"\xc3", b"\xa9\n\xff\n"], ["\u00e9", "\\xff"]),
    ],
)
def test_lines_are_whole_however_they_come(parts: list[bytes], lines: list[str]) -> None:
    assert list(whole_lines(parts)) == lines
