"""The live part of the screen: what of it fits, and that nothing in it wraps."""

from dataclasses import replace

import pytest
from rich.cells import cell_len

from reign.cli.forms import RUNNING
from reign.cli.frame import Frame, bar, cut, middle
from reign.cli.progress import Figures, Operation

FIGURES = Figures(total=14, done=7, running=3, failed=0, skipped=0, elapsed_s=72.4)
WEB = Operation('docker.container.web["eu"]', "create", "health", 0, 1, "503 from :8080, 0 of 2 good answers")
IMAGE = Operation("docker.image.api", "create", "creating", 60, 60)
DB = Operation("docker.container.db", "update", "retry 2/4", 0, 0, "throttled: the registry answered 429", 75.0)
RUN = [WEB, IMAGE, DB]


def frame(columns: int, lines: int = 24, operations: list[Operation] = RUN, encoding: str = "utf-8") -> list[str]:
    return Frame(encoding).lines(operations, FIGURES, RUNNING, 72.4, (columns, lines))


def test_a_wide_screen() -> None:
    assert frame(120) == [
        "",
        '  docker.container.web["eu"]  health     1m12s   503 from :8080, 0 of 2 good answers',
        "  docker.image.api            creating   12s",
        "  docker.container.db         retry 2/4  in 2s   throttled: the registry answered 429",
        "[##########----------] 7 of 14, 3 running, 4 waiting, 0 failed, 1m12s   Ctrl-C: finish these, then stop",
    ]


def test_what_a_provider_says_stands_where_it_says_more() -> None:
    said = replace(IMAGE, doing="pulling", said="61 %, 48 of 79 MB"), replace(WEB, said="starting")
    assert frame(120, operations=list(said))[1:3] == [
        "  docker.image.api            pulling  12s     61 %, 48 of 79 MB",
        '  docker.container.web["eu"]  health   1m12s   starting',
    ]


def test_an_ordinary_screen() -> None:
    assert frame(80) == [
        "",
        '  docker.container.web["eu"]  health     1m12s   503 from :8080, 0 of 2 good...',
        "  docker.image.api            creating   12s",
        "  docker.container.db         retry 2/4  in 2s   throttled: the registry ans...",
        "[#####-----] 7 of 14, 3 running, 4 waiting, 0 failed, 1m12s   Ctrl-C: stop",
    ]


def test_a_narrow_screen() -> None:
    assert frame(20) == ["", 'docke..."eu"] 1m12s', "docker...ge.api 12s", "docke...er.db in 2s", "7 of 14, 1m12s"]


@pytest.mark.parametrize(("lines", "more"), [(4, 6), (5, 5), (8, 2), (9, 0)])
def test_more_than_fits_is_counted(lines: int, more: int) -> None:
    shown = frame(80, lines, [*RUN, *RUN])
    assert len(shown) == lines - 1
    assert (f"  ... and {more} more" in shown) is (more > 0)


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_a_screen_of_hardly_any_lines(lines: int) -> None:
    assert 1 <= len(frame(80, lines)) <= max(1, lines - 1)


def test_columns_do_not_jump_when_the_longest_name_is_gone() -> None:
    drawn = Frame("utf-8")
    first = drawn.lines(RUN, FIGURES, RUNNING, 72.4, (120, 24))
    second = drawn.lines([IMAGE], FIGURES, RUNNING, 72.4, (120, 24))
    assert second[1] == first[2]


@pytest.mark.parametrize("columns", [1, 2, 5, 10, 20, 39, 40, 41, 79, 80, 200])
@pytest.mark.parametrize(
    "name", ["x" * 300, "日本語" * 50, "e\u0301" * 200, "👩‍👧" * 60, "\u202e\x1b[2J\n\t\x07", "ｱ" * 100, "", " "]
)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_no_line_is_wider_than_the_screen(columns: int, name: str, encoding: str) -> None:
    hostile = Operation(f'a.b["{name}"]', "create", "health", 0, 0, name)
    for line in frame(columns, 24, [hostile, WEB], encoding):
        assert cell_len(line) <= max(1, columns - 1)
        assert line.isprintable()
        line.encode(encoding)


def test_failures_and_what_was_skipped_for_them_are_counted() -> None:
    figures = Figures(total=1400, done=1300, running=3, failed=2, skipped=40, elapsed_s=3700)
    assert bar(figures, RUNNING, 200).startswith(
        "[##################--] 1,300 of 1,400, 3 running, 97 waiting, 2 failed, 40 skipped, 1h01m   Ctrl-C"
    )


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "abc"), ("abcdef", 5, "ab..."), ("日本語日本", 8, "日本 ..."), ("abc", 0, "")],
)
def test_cut(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("abcdefghij", 10, "abcdefghij"), ("abcdefghijk", 9, "abc...ijk"), ("日本語日本語", 10, "日本...語 ")],
)
def test_the_middle_is_left_out_of_a_name(text: str, width: int, shown: str) -> None:
    assert middle(text, width) == shown
