"""What the analysis finds: codes with their words, and one danger with its place."""

from __future__ import annotations

from dataclasses import dataclass

ERASES = "danger/erases"
DISK = "danger/disk"
EXHAUSTS = "danger/exhausts"
REMOTE = "danger/remote-code"
HIDDEN = "danger/hidden-code"
LEAKS = "danger/leaks"
BACKDOOR = "danger/backdoor"
PERMISSIONS = "danger/permissions"
SYSTEM = "danger/system"
DEFENCES = "danger/defences"
UNREAD = "danger/not-analysed"

SUMMARIES = {
    ERASES: "It would erase what the system or its users need",
    DISK: "It would write over a disk",
    EXHAUSTS: "It would use up the machine",
    REMOTE: "It would run what the network sends",
    HIDDEN: "It would run what cannot be read beforehand",
    LEAKS: "It would give secrets away",
    BACKDOOR: "It would let others in",
    PERMISSIONS: "It would change who may do what on the whole system",
    SYSTEM: "It would stop the system, or change it at its core",
    DEFENCES: "It would take away what protects or watches the system",
    UNREAD: "It cannot be analysed",
}


@dataclass(frozen=True, slots=True)
class Danger:
    """One thing that a command would do. `start` and `end` are characters of its text, or of that of `file`, which it
    runs; `why` is a part of a sentence that says what the words there do, and quotes nothing that was put into it.
    """

    code: str
    why: str
    start: int = 0
    end: int = 0
    file: str = ""

    @property
    def summary(self) -> str:
        """Stable words for the code."""
        return SUMMARIES[self.code]
