"""The small parent of a command: it is told what to run, writes down that it begins, runs it, and writes down how it ended.

It outlives Reign, so nothing of Reign is imported here, and of the standard library only what loads at once: `posix` and
`_signal`, not `os` and `signal`, which take as long as all the rest. `run` has programs that change nothing, and that
nobody needs to remember, converse in the same way.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]
import posix
import select
import sys
import time
from _socket import CMSG_SPACE, socket
from errno import ENOENT, ENOTDIR
from fcntl import LOCK_UN, flock
from marshal import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

KEPT_BYTES = 1 << 20
TOLD_BYTES = select.PIPE_BUF - 16
_CHUNK_BYTES = 1 << 16
_GRACE_S = 2.0
_LOOK_S = 0.05
_LINGER_S = 1.0
_STEP_S = 0.0005
_NUMBER_BYTES = 4


class Stream:
    """What came through one pipe: the first `KEPT_BYTES` of it, and how much there was. `tell` is handed whole lines of it
    as they come, those that end in a carriage return too; of what comes at once the last `TOLD_BYTES`, and of a line that
    is longer nothing: what is sensitive could not be known in a part of it.
    """

    __slots__ = ("begun", "kept", "size", "tell")

    def __init__(self, tell: Teller | None = None) -> None:
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

    def _tell(self, tell: Teller, data: bytes) -> None:
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


class Teller:
    """Hands lines up through a pipe while a program runs. It waits for nobody: what finds no room is passed over."""

    __slots__ = ("pipe",)

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe
        posix.set_blocking(pipe, False)

    def __call__(self, lines: bytes) -> None:
        if lines and self.pipe >= 0:
            try:
                posix.write(self.pipe, dumps(lines))  # all of it or nothing, up to PIPE_BUF
            except BlockingIOError:
                pass
            except BrokenPipeError:
                self.pipe = -1


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
    left, ended_at = memoryview(stdin), 0.0
    streams = {program.out: out, program.err: err}
    poll = select.poll()
    for descriptor in streams:
        poll.register(descriptor, select.POLLIN)
    if program.feed >= 0:
        posix.set_blocking(program.feed, False)
        poll.register(program.feed, select.POLLOUT)
    while streams or program.feed >= 0:
        remaining = until - time.monotonic()
        if remaining <= 0:
            return False
        ready = poll.poll(min(remaining, _LOOK_S) * 1000)
        for descriptor, _ in ready:
            if descriptor == program.feed:
                left = _fed(program, poll, left)
            elif data := posix.read(descriptor, _CHUNK_BYTES):
                streams[descriptor].take(data)
            else:
                poll.unregister(descriptor)
                del streams[descriptor]
        if program.ended() is not None:
            ended_at = ended_at or time.monotonic()
            if not ready or time.monotonic() - ended_at > _LINGER_S:
                return True  # it has ended, and something it started holds its pipes
    return _awaited(program, until)


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


def _awaited(program: Program, until: float) -> bool:
    step = _STEP_S
    while program.ended() is None:
        if time.monotonic() >= until:
            return False
        time.sleep(step)
        step = min(2 * step, _LOOK_S)
    return True


def end(program: Program) -> None:
    """The whole group: asked first, then without asking."""
    _signal_group(program.pid, signal.SIGTERM)
    _awaited(program, time.monotonic() + _GRACE_S)
    _signal_group(program.pid, signal.SIGKILL)
    while not _awaited(program, time.monotonic() + _GRACE_S):
        pass


def _signal_group(pid: int, number: int) -> None:
    try:  # noqa: SIM105 - contextlib takes longer to load than all of this
        posix.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def boot_id() -> str:
    """What tells this run of this kernel from every other; empty where it does not say."""
    return _text_of("/proc/sys/kernel/random/boot_id").strip()


def start_of(pid: int | str) -> str:
    """When a process was started, by the kernel's count: no other of its number has the same. Empty where none is."""
    fields = _text_of(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] != "Z" else ""


def _text_of(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123 - pathlib takes too long to load
            return file.read()
    except OSError:
        return ""


def main() -> None:
    """Bear a parent for each command that is asked for, and end with whoever asks.

    The last argument names the descriptor of a socket. Each message on it brings three more: a record, open and locked; a
    pipe with what is to be done; and one for the answer.
    """
    if posix.fork():
        posix._exit(0)  # whoever started us need not wait for our end
    line = socket(fileno=int(sys.argv[-1]))
    posix.set_inheritable(line.fileno(), False)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, brought, _, _ = line.recvmsg(1, CMSG_SPACE(3 * _NUMBER_BYTES))
        numbers = brought[0][2] if brought else b""
        descriptors = [
            int.from_bytes(numbers[at : at + _NUMBER_BYTES], sys.byteorder)
            for at in range(0, len(numbers), _NUMBER_BYTES)
        ]
        if not message or posix.fork() == 0:
            line.close()
            break
        for descriptor in descriptors:
            posix.close(descriptor)
    if message:
        _watch(*descriptors)
    posix._exit(0)  # the interpreter has nothing to clear away, and takes its time


def _watch(record: int, asking: int, answering: int) -> None:
    """Do what is asked for, in a session of our own: its length in eight bytes, and a `Task` as marshal writes it.
    Lines of what comes out go up as bytes while it runs, where that may be told; the answer is what comes last.

    The lock of the record goes with us. Where the pipe ends early, whoever asked is gone, and nothing is begun.
    """
    posix.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _keep_on()
    for descriptor in (record, asking, answering):
        posix.set_inheritable(descriptor, False)
    asked = _all_of(asking)
    posix.close(asking)
    if len(asked) < 8 or len(asked) - 8 != int.from_bytes(asked[:8], "big"):
        return
    task = loads(asked[8:])  # noqa: S302 - from who started us
    answer = _answer(task, record, Teller(answering) if task["keeps"] else None)
    flock(record, LOCK_UN)
    posix.set_blocking(answering, True)
    try:  # noqa: SIM105
        _write_all(answering, dumps(answer))
    except BrokenPipeError:
        pass  # the record tells it
    posix.close(answering)
    _sync(record)


def _keep_on() -> None:
    """Whoever ends Reign, its terminal or the machine ends the command as well, if at all: how that ends is written down.

    With a handler, which a program is started without, and not ignored, which it would inherit.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def _answer(task: dict[str, Any], record: int, tell: Teller | None) -> tuple[Any, ...]:
    """What is handed over: how each program ended and what came out of it, and what kept the next one from doing so."""
    begun = (
        f'{{"pid": {posix.getpid()}, "start": "{start_of("self")}", "boot": "{boot_id()}", "at": {int(time.time())}}}\n'
    )
    try:
        _write_all(record, begun.encode())
        _sync(record)
    except OSError as error:
        return [], ("record", error.errno)
    folder = b""
    try:
        if task["script"] is not None:
            folder = _with_script(task)
        ended, problem = _run_all(task, tell)
    except OSError as error:
        ended, problem = [], ("script", error.errno)
    try:  # noqa: SIM105
        _write_all(record, _told(task, ended, problem))
    except OSError:
        pass  # without it the outcome is known as long as somebody listens
    if folder:
        _remove(folder)
    return ended, problem


def _run_all(task: dict[str, Any], tell: Teller | None) -> tuple[list[Any], Any]:
    """The programs one by one, up to the first that fails."""
    ended: list[Any] = []
    for argv, env in task["programs"]:
        limit_s = min(task["timeout_s"], task["until"] - time.monotonic())
        if limit_s <= 0:
            return ended, ("late", 0.0)
        until = time.monotonic() + limit_s
        try:
            program = _started(argv, env, task["cwd"], bool(task["stdin"]))
        except OSError as error:
            return ended, (error.strerror, error.errno)
        out, err = Stream(tell), Stream(tell)
        is_whole = converse(program, task["stdin"], out, err, until)
        if not is_whole:
            end(program)
        program.let_go()
        ended.append((program.code, bytes(out.kept), out.size, bytes(err.kept), err.size))
        if not is_whole:
            return ended, ("timeout", limit_s)
        if program.code != 0:
            break
    return ended, None


def _started(argv: list[bytes], env: dict[bytes, bytes], cwd: bytes, is_fed: bool) -> Program:
    """A program that has begun. Raises OSError with `start` or `cwd` for its text where it has not."""
    theirs_in, feed = posix.pipe() if is_fed else (posix.open("/dev/null", posix.O_RDONLY), -1)
    (out, theirs_out), (err, theirs_err), (told, telling) = posix.pipe(), posix.pipe(), posix.pipe()
    pid = posix.fork()
    if pid == 0:
        _become(argv, env, cwd, (theirs_in, theirs_out, theirs_err), telling)
    for descriptor in (theirs_in, theirs_out, theirs_err, telling):
        posix.close(descriptor)
    said = _all_of(told)
    posix.close(told)
    program = Program(pid, feed, out, err)
    if said:
        _awaited(program, time.monotonic() + _GRACE_S)
        program.let_go()
        number, _, stage = said.decode().partition(" ")
        raise OSError(int(number), stage)
    return program


def _become(
    argv: list[bytes], env: dict[bytes, bytes], cwd: bytes, streams: tuple[int, int, int], telling: int
) -> None:
    stage = "start"
    try:
        posix.setsid()
        for number, descriptor in enumerate(streams):
            posix.dup2(descriptor, number)
        for name in (signal.SIGPIPE, signal.SIGXFSZ):  # the interpreter ignores them
            signal.signal(name, signal.SIG_DFL)
        stage = "cwd"
        posix.chdir(cwd)
        stage = "start"
        _replace_by(argv, env)
    except BaseException as error:  # noqa: BLE001 - whatever it is, nothing of this may run on in a second process
        posix.write(telling, f"{getattr(error, 'errno', None) or 22} {stage}".encode())
    finally:
        posix._exit(255)


def _replace_by(argv: list[bytes], env: dict[bytes, bytes]) -> NoReturn:
    """Become the program, looked for on its own PATH. Raises OSError: the first that is not about one that is not there."""
    name, failed = argv[0], OSError(ENOENT, "")
    folders = [b""] if b"/" in name else env.get(b"PATH", b"/bin:/usr/bin").split(b":")
    for folder in folders:
        try:
            posix.execve(folder + b"/" + name if folder else name, argv, env)
        except OSError as error:
            if failed.errno == ENOENT and error.errno != ENOTDIR:
                failed = error
    raise failed


def _with_script(task: dict[str, Any]) -> bytes:
    """Write the script into a private folder, which is returned, and name it in the program."""
    at, beneath, name, data = task["script"]
    folder: bytes = beneath + b"/reign-" + posix.urandom(8).hex().encode()
    posix.mkdir(folder, 0o700)
    path = folder + b"/" + name
    descriptor = posix.open(path, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL, 0o600)
    try:
        _write_all(descriptor, data)
    except OSError:
        _remove(folder)
        raise
    finally:
        posix.close(descriptor)
    task["programs"][0][0][at] = path
    return folder


def _remove(folder: bytes) -> None:
    from shutil import rmtree

    rmtree(folder, ignore_errors=True)


def _told(task: dict[str, Any], ended: list[Any], problem: Any) -> bytes:
    """The end for the record, and what came out where that may stand on a disk."""
    codes = ", ".join(str(each[0]) for each in ended)
    why = f'["{problem[0]}", {problem[1]}]' if problem else "null"
    lines = f'{{"codes": [{codes}], "problem": {why}}}\n'.encode()
    said = [b"".join(each[at] for each in ended) for at in (1, 3)]
    if not task["keeps"] or any(form in text for form in task["hidden"] for text in said):
        return lines
    kept = ", ".join(
        f'["{_printable(out)}", {out_size}, "{_printable(err)}", {err_size}]'
        for _, out, out_size, err, err_size in ended
    )
    return lines + f'{{"outputs": [{kept}]}}\n'.encode()


def _printable(data: bytes) -> str:
    from binascii import b2a_base64

    return b2a_base64(data, newline=False).decode()


def _sync(descriptor: int) -> None:
    if sys.platform == "darwin":
        from fcntl import F_FULLFSYNC, fcntl

        fcntl(descriptor, F_FULLFSYNC)
    else:
        posix.fsync(descriptor)


def _all_of(descriptor: int) -> bytes:
    parts = []
    while part := posix.read(descriptor, _CHUNK_BYTES):
        parts.append(part)
    return b"".join(parts)


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[posix.write(descriptor, left) :]
