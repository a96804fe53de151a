"""Running one program in a process group of its own: what it is fed, what comes out of it, and how it is ended with all that
it has started.

Loaded by Reign for programs that change nothing, and by the small parent of those that do (`parent`), for whose sake
nothing of Reign is imported here, and of the standard library only what loads at once.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]
import posix
import select
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

KEPT_BYTES = 1 << 20
TOLD_BYTES = select.PIPE_BUF - 16
_CHUNK_BYTES = 1 << 16
GRACE_S = 2.0
_LOOK_S = 0.05
LINGER_S = 1.0
_STEP_S = 0.0005
_MOST_LOOKS = 16
"""Each takes `_CHUNK_BYTES`; all together, what the largest pipe holds."""


class Stream:
    """What came through one pipe: the first `KEPT_BYTES` of it, and how much there was. `tell` is handed whole lines of it
    as they come, those that end in a carriage return too; of what comes at once the last `TOLD_BYTES`, and of a line that
    is longer nothing: what is sensitive could not be known in a part of it.
    """

    __slots__ = ("begun", "kept", "size", "tell")

    def __init__(self, tell: Callable[[bytes], None] | None = None) -> None:
        self.kept = bytearray()
        self.size = 0
        self.begun = b""
        self.tell = tell

    def take(self, data: bytes) -> None:
        """More of it."""
        self.size += len(data)
        if len(self.kept) < KEPT_BYTES:
            self.kept += data[: KEPT_BYTES - len(self.kept)]
        if self.tell is not None:
            self._tell(self.tell, data)

    def _tell(self, tell: Callable[[bytes], None], data: bytes) -> None:
        end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if end:
            whole, self.begun = self.begun + data[:end], b""
            if len(whole) > TOLD_BYTES:
                whole = whole[_next_line(whole, len(whole) - TOLD_BYTES) :]
            tell(whole)
        self.begun = (self.begun + data[end:])[: TOLD_BYTES + 1]


def _next_line(data: bytes, at: int) -> int:
    """Where the first line begins that does so behind `at`."""
    ends = [end for end in (data.find(b"\n", at), data.find(b"\r", at)) if end >= 0]
    return min(ends) + 1


class Program:
    """A program that runs in a process group of its own. `feed`, `out` and `err` are our ends of its pipes, -1 for none."""

    __slots__ = ("code", "err", "feed", "out", "pid")

    def __init__(self, pid: int, feed: int, out: int, err: int) -> None:
        self.pid, self.feed, self.out, self.err = pid, feed, out, err
        self.code: int | None = None

    def ended(self) -> int | None:
        """Its exit code, or minus the number of the signal that killed it; None while it runs."""
        if self.code is None:
            pid, status = posix.waitpid(self.pid, posix.WNOHANG)
            if pid:
                self.code = posix.waitstatus_to_exitcode(status)
        return self.code

    def let_go(self) -> None:
        """Close our ends."""
        for descriptor in (self.feed, self.out, self.err):
            if descriptor >= 0:
                posix.close(descriptor)
        self.feed = self.out = self.err = -1


def converse(program: Program, stdin: bytes, out: Stream, err: Stream, until: float) -> bool:
    """Feed and read it until it ends; False when `until` came first.

    What it left running in the background lives on; only its output is read no further.
    """
    left, ended_at, looks = memoryview(stdin), 0.0, 0
    streams = {program.out: out, program.err: err}
    poll = select.poll()
    for descriptor in streams:
        poll.register(descriptor, select.POLLIN)
    if program.feed >= 0:
        posix.set_blocking(program.feed, False)
        poll.register(program.feed, select.POLLOUT)
    while streams or program.feed >= 0:
        has_ended = (
            program.ended() is not None
        )  # asked before what came is looked for: after its end, that is all of it
        remaining = until - time.monotonic()
        if remaining <= 0 and not has_ended:
            return False
        ready = poll.poll(max(0.0, min(remaining, _LOOK_S)) * 1000)
        for descriptor, _ in ready:
            if descriptor == program.feed:
                left = _fed(program, poll, left)
            elif data := posix.read(descriptor, _CHUNK_BYTES):
                streams[descriptor].take(data)
            else:
                poll.unregister(descriptor)
                del streams[descriptor]
        if has_ended:
            ended_at, looks = ended_at or time.monotonic(), looks + 1
            if not ready or (looks > _MOST_LOOKS and time.monotonic() - ended_at > LINGER_S):
                return True  # something that it started holds its pipes
    return awaited(program, until)


def _fed(program: Program, poll: select.poll, left: memoryview) -> memoryview:
    """Write some; a program that reads no further is no error."""
    try:
        left = left[posix.write(program.feed, left[:_CHUNK_BYTES]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:
        left = left[len(left) :]
    if not left:
        poll.unregister(program.feed)
        posix.close(program.feed)
        program.feed = -1
    return left


def awaited(program: Program, until: float) -> bool:
    step = _STEP_S
    while program.ended() is None:
        if time.monotonic() >= until:
            return False
        time.sleep(step)
        step = min(2 * step, _LOOK_S)
    return True


def end(program: Program, above: int = 0, spared: frozenset[int] = frozenset()) -> None:
    """The whole group, and what has left it: asked first, then without asking.

    What has left it is known by who started it, so what outlived that only below `above`, where the kernel has orphans
    come to that process. `spared`: what was there before the program.
    """
    left = offspring(above or program.pid, spared)
    signal_all(program.pid, left, signal.SIGTERM)
    awaited(program, time.monotonic() + GRACE_S)
    for pid in [above or program.pid, *left]:
        left |= offspring(pid, spared)
    signal_all(program.pid, left, signal.SIGKILL)
    while not awaited(program, time.monotonic() + GRACE_S):
        pass


def signal_all(group: int, left: dict[int, str], number: int) -> None:
    """Signal a group, and each of `left` that is still the same process."""
    _signal(posix.killpg, group, number)
    for pid, start in left.items():
        if start and start_of(pid) == start:
            _signal(posix.kill, pid, number)


def _signal(send: Callable[[int, int], None], pid: int, number: int) -> None:
    try:  # noqa: SIM105 - contextlib takes longer to load than all of this
        send(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def offspring(pid: int, spared: frozenset[int] = frozenset()) -> dict[int, str]:
    """Whatever a process has started, and that in turn, each with its start; without `spared`."""
    found: dict[int, str] = {}
    parents = [pid]
    while parents:
        for child in children_of(parents.pop()):
            if child not in found and child not in spared:
                found[child] = start_of(child)
                parents.append(child)
    return found


def children_of(pid: int) -> list[int]:
    """What a process has started, or has come to it, and is still there; nothing where the kernel does not say."""
    try:
        threads = posix.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    return [int(child) for each in threads for child in _text_of(f"/proc/{pid}/task/{each}/children").split()]


def start_of(pid: int | str) -> str:
    """When a process was started, by the kernel's count: no other of its number has the same. Empty where none is."""
    fields = _text_of(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] != "Z" else ""


def boot_id() -> str:
    """What tells this run of this kernel from every other; empty where it does not say."""
    return _text_of("/proc/sys/kernel/random/boot_id").strip()


def _text_of(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123 - pathlib takes too long to load
            return file.read()
    except OSError:
        return ""
