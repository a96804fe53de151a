"""Options of a command, taken apart."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Options:
    """`flags` are the options by name (`r`, `recursive`), `values` those with a value, `rest` what is no option."""

    flags: set[str] = field(default_factory=set)
    values: list[tuple[str, str]] = field(default_factory=list)
    rest: tuple[str, ...] = ()

    def has(self, *names: str) -> bool:
        """Whether one of them is given; a long one may be cut short, as GNU takes it."""
        given = {*self.flags, *(name for name, _ in self.values)}
        return any(name in given or _is_short_for(name, given) for name in names)

    def of(self, *names: str) -> list[str]:
        """The values of these options."""
        return [value for name, value in self.values if name in names]


def _is_short_for(name: str, given: Collection[str]) -> bool:
    return len(name) > 1 and any(len(each) > 3 and name.startswith(each) for each in given)


def options(words: Sequence[str], takes: str = "", takes_long: Collection[str] = (), *, stops: bool = False) -> Options:
    """Take `words` apart. takes: letters with a value; stops: at the first word that is no option."""
    made, at = Options(), 0
    rest: list[str] = []
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            rest += words[at:]
            break
        if word.startswith("--"):
            name, has_value, value = word[2:].partition("=")
            if has_value:
                made.values.append((name, value))
            elif name in takes_long and at < len(words):
                made.values.append((name, words[at]))
                at += 1
            else:
                made.flags.add(name)
        elif word.startswith("-") and len(word) > 1:
            at = _short(word, words, at, takes, takes_long, made)
        elif stops:
            rest += words[at - 1 :]
            break
        else:
            rest.append(word)
    made.rest = tuple(rest)
    return made


def _short(word: str, words: Sequence[str], at: int, takes: str, takes_long: Collection[str], made: Options) -> int:
    if word[1:] in takes_long:  # one dash, long name: find, java, openssl
        if at < len(words):
            made.values.append((word[1:], words[at]))
        return at + 1
    for place, letter in enumerate(word[1:], 1):
        if letter in takes:
            if word[place + 1 :]:
                made.values.append((letter, word[place + 1 :]))
                return at
            if at < len(words):
                made.values.append((letter, words[at]))
            return at + 1
        made.flags.add(letter)
    return at
