"""Plans whose every name, value and message tries to be something else than text; each from the number it is made with."""

from random import Random

from reign.model.address import Address
from reign.model.finding import Finding, Place, Severity
from reign.model.plan import Action, Basis, Change, Check, Drift, OutputChange, Plan
from reign.model.values import Deferred, Secret, Sensitive, Spec, Unknown, Value
from reign.render.view import View

NASTY = (
    *(
        "</details>",
        "</summary>",
        "<details>",
        "</code></pre>",
        "<img src=x onerror=alert(1)>",
        "<script>",
        "-->",
        "<!-- -->",
    ),
    *(
        "```",
        "````",
        "~~~",
        "`",
        "``",
        "`a` `b",
        "```diff\n+ x",
        "\n```\n</details>\n",
        "\\`",
        "\\",
        "\\|",
        "\\\\|",
        "|",
        "||",
    ),
    *(
        "@team",
        "@org/team",
        "x@example.org",
        "#123",
        "org/repo#4",
        "GH-12",
        "4be1f02c9d7a",
        "4be1f02...4be1f03",
        ":tada:",
        ":100:",
    ),
    *(
        "![x](http://x.org/y.png)",
        "[x](javascript:a)",
        "[x]: http://y",
        "http://x.org",
        "www.x.org",
        "<http://x.org>",
        "[^1]",
        "$x$",
    ),
    *(
        "**b**",
        "__b__",
        "_a_",
        "~~s~~",
        "# h",
        "- [ ] task",
        "1. one",
        "> quote",
        "> [!CAUTION]",
        "---",
        "===",
        "    code",
        "a\n\nb",
    ),
    *(
        "&lt;b&gt;",
        "&#64;team",
        "&amp;",
        "<!doctype x>",
        "<?php ?>",
        "<![CDATA[",
        "a\r\nb",
        "\x00",
        "\x1b[2J",
        "\x07",
        "\t",
        "\x85",
    ),
    *(
        "\u202edcba\u202c",
        "\u200b",
        "\u200d",
        "\u2028",
        "\u2029",
        "\xa0",
        "\xad",
        "\ufeff",
        "\U000e0041",
        "\ud800",
        "\u3000",
    ),
    *(
        "宽字符",
        "é",
        "e\u0301" * 5,
        "🚀",
        "عربى",
        "n" * 300,
        "|---|---|",
        "\n| a | b |\n|---|---|\n",
        "%2D",
        "--",
        "- x",
        "+ y",
        "! z",
    ),
)

RANGES = ((0, 0x7F), (0, 0x7F), (0x80, 0x2FF), (0x2000, 0x20FF), (0, 0xFFFF), (0x1F300, 0x1F6FF), (0xE0000, 0xE007F))


class Hostile:
    """One plan and one view, and what they are made of."""

    def __init__(self, number: int) -> None:
        self.random = Random(number)

    def word(self) -> str:
        if self.random.random() < 0.7:
            return self.random.choice(NASTY)
        first, last = self.random.choice(RANGES)
        return "".join(chr(self.random.randint(first, last)) for _ in range(self.random.randint(1, 12)))

    def text(self) -> str:
        between = self.random.choice((" ", " ", "", "\n"))
        return between.join(self.word() for _ in range(self.random.randint(1, 4)))

    def value(self, depth: int = 2) -> Value:
        match self.random.randint(0, 12 if depth else 8):
            case 0:
                return self.random.choice((None, True, False, 0, -1.5, 10**20))
            case 1:
                return Unknown(self.some(self.text, 5), self.random.random() < 0.3)
            case 2:
                return self.random.choice((Sensitive(self.text()), Secret("", self.text(), "k"), Deferred(self.text())))
            case 3 | 4:
                return "\n".join(self.some(self.text, 8, 2))
            case 5 | 6 | 7 | 8:
                return self.text()
            case 9 | 10:
                return [self.value(depth - 1) for _ in range(self.random.randint(0, 3))]
            case _:
                return self.spec(depth - 1)

    def spec(self, depth: int = 2) -> Spec:
        return {self.text(): self.value(depth) for _ in range(self.random.randint(0, 4))}

    def some(self, make, most: int, least: int = 0) -> tuple:  # type: ignore[no-untyped-def,type-arg]
        return tuple(make() for _ in range(self.random.randint(least, most)))

    def maybe(self, make):  # type: ignore[no-untyped-def]
        return make() if self.random.random() < 0.5 else None

    def address(self) -> Address:
        key = self.random.choice((None, self.random.randint(0, 99), self.text()))
        return Address(self.text(), self.text(), key, self.random.choice(("managed", "managed", "data")))

    def finding(self) -> Finding:
        place = self.maybe(lambda: Place(self.text(), self.random.randint(1, 999), 5))
        severity = self.random.choice(list(Severity))
        return Finding(self.text(), self.text(), self.text(), severity, self.text(), place=place, fix=self.text())

    def change(self) -> Change:
        old, new = self.spec(), self.spec()
        action = self.random.choice([each for each in Action if each not in (Action.MOVE, Action.IMPORT)])
        return Change(
            self.address(),
            action,
            "c",
            before=None if action is Action.CREATE else {**old, **{key: old.get(key) for key in new}},
            after=None if action is Action.DELETE else {**new, **{key: self.value() for key in list(old)[:2]}},
            before_outputs=self.spec(1),
            after_outputs=self.spec(1),
            replace_paths=self.some(self.text, 2),
            reasons=self.some(self.text, 3),
            create_first=self.random.random() < 0.2,
            previous_address=self.maybe(self.address) if self.random.random() < 0.3 else None,
            import_id=self.maybe(self.text) if self.random.random() < 0.3 else None,
        )

    def check(self) -> Check:
        passed = self.random.choice((True, False, None))
        return Check(self.text(), True, self.random.choice(list(Severity)), self.text(), passed)

    def output(self) -> OutputChange:
        action = self.random.choice(("no-op", "create", "update", "delete"))
        return OutputChange(self.text(), action, self.value(1), self.value(1), sensitive=self.random.random() < 0.3)

    def plan(self) -> Plan:
        basis = Basis(
            *("0f3c", self.random.randint(0, 10**6), "", False, ""),
            git_sha=self.random.choice(("", "4be1f02c9d7a6e5b4c3d2e1f0a9b8c7d6e5f4a3b")),
            git_branch=self.maybe(self.text) or "",
            options=self.random.choice(({}, {"refresh": False})),
        )
        return Plan(
            *(self.text(), self.maybe(self.text) or "", basis, self.some(self.change, 8), ()),
            drift=self.some(lambda: Drift(self.address(), self.spec(), self.maybe(self.spec)), 3),
            outputs=self.some(self.output, 4),
            checks=self.some(self.check, 3),
            unseen=self.some(self.text, 8) if self.random.random() < 0.3 else (),
            findings=self.some(self.finding, 4),
            complete=self.random.random() < 0.8,
        )

    def view(self) -> View:
        return View(
            full=self.random.random() < 0.3,
            summary=self.random.random() < 0.3,
            refusals=self.some(self.finding, 3),
            saved=self.maybe(self.text) or "",
            command=self.random.choice(("reign", self.text())),
            next_step=self.random.random() < 0.8,
        )
