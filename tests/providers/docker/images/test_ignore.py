"""What .dockerignore leaves out: the rules of the docker command, case by case."""

from __future__ import annotations

import pytest

from reign.providers.docker.images.ignore import read_ignored

CASES = {
    "a name at the top": ("foo", ["foo", "foo/a"], ["a/foo", "foobar"]),
    "a slash in front and behind": ("/foo/", ["foo", "foo/a"], ["a/foo"]),
    "a star stays in one name": ("*.log", ["a.log"], ["a/b.log"]),
    "one folder down": ("*/temp*", ["a/temp", "a/temporary", "a/temp/x"], ["temp", "a/b/temp"]),
    "any depth": ("**/*.go", ["a.go", "a/b.go", "a/b/c.go"], ["a.goo"]),
    "all below": ("a/**", ["a/b", "a/b/c"], ["a", "b"]),
    "in the middle": ("a/**/z", ["a/z", "a/b/z", "a/b/c/z", "a/z/x"], ["z", "b/z"]),
    "everything but": ("*\n!README.md\n!src", ["a", "b/c"], ["README.md", "src", "src/a"]),
    "the last one that matches": ("*.md\n!R*.md\nREADME-x.md", ["a.md", "README-x.md"], ["README.md"]),
    "taken back below": ("a\n!a/b", ["a", "a/c"], ["a/b", "a/b/d"]),
    "comments, blanks, a mark in front": ("\ufeff# no\n\n  x  \n", ["x"], ["# no", "# no/a"]),
    "one character": ("a?c", ["abc"], ["ac", "a/c", "abbc"]),
    "a choice": ("[a-c]x\n[^a]y", ["ax", "cx", "by"], ["dx", "ay"]),
    "escaped": ("\\*x\n\\!y", ["*x", "!y"], ["ax", "y"]),
    "dots": ("./a/../b/./c", ["b/c"], ["a", "b"]),
    "going up goes nowhere": ("../x\na/../../y\n/../z", ["z"], ["x", "y"]),
    "nothing": (".\n/\n", [], ["a"]),
    "folders within a name": ("a**b", ["ab", "a/b", "ax/b", "a/x/b"], ["axb", "a/xb"]),
    "anything behind a name": ("a**", ["a", "ab", "ab/c"], ["ba"]),
    "anything before a name": ("**.log", ["a.log", "a/b.log"], ["a.logs"]),
    "folders before a wildcard": ("**a*", ["a", "ab", "x/ab"], ["xa"]),
    "lines end at line feeds alone": ("a\x0bb\r\nc", ["a\x0bb", "c"], ["a", "b"]),
    "what was taken back stays so below": ("a\n!a/b\na/b/c", ["a/b/c", "a/b/c/d"], ["a/b", "a/b/d"]),
    "a rule that changes nothing does not count below": ("a/*\n!a", ["a/x"], ["a"]),
    "letters count": ("FOO", ["FOO"], ["foo"]),
    "special characters stand for themselves": ("a+b(c).x", ["a+b(c).x"], ["aab(c).x", "a+bcxx"]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_left_out(case: str) -> None:
    text, out, kept = CASES[case]
    rules = read_ignored(text)
    assert [path for path in out if not rules.leaves_out(path)] == []
    assert [path for path in kept if rules.leaves_out(path)] == []


@pytest.mark.parametrize("line", ["[a", "[]", "[b-a]", "[a-]", "a\\", "!", "! /"])
def test_a_line_that_is_no_pattern_is_told_with_its_number(line: str) -> None:
    with pytest.raises(ValueError, match=r"line 2 of its \.dockerignore"):
        read_ignored(f"# one\n{line}\n")


def test_a_folder_is_gone_into_only_where_something_may_come_back() -> None:
    rules = read_ignored("node_modules\nsrc\n!src/keep/*.txt\n!**/x")
    assert not rules.leaves_out_all_of("src")
    assert not rules.leaves_out_all_of("node_modules")
    assert not read_ignored("a\n!**.x").leaves_out_all_of("a")
    assert read_ignored("node_modules\nsrc\n!src/keep").leaves_out_all_of("node_modules")


def test_no_pattern_takes_long() -> None:
    rules = read_ignored(f"{'**/' * 60}x\n{'*a' * 60}b\n!{'**/a/' * 40}z\n")
    assert not rules.leaves_out("/".join(["a"] * 200))
    assert not rules.leaves_out("a" * 3000)
