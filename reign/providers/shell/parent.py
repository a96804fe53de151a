"""The small parent of a command: it is told what to run, writes down that it begins, runs it, and writes down how it ended.

It outlives Reign, so nothing of Reign is imported here, and of the standard library only what loads at once: `posix` and
`_signal`, not `os` and `signal`, which take as long as all the rest. `run` has programs that change nothing, and that
nobody needs to remember, run in the same way (`program`).
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]
import posix
import sys
import time
from _socket import CMSG_SPACE, socket
from errno import ENOENT, ENOTDIR
from fcntl import LOCK_UN, flock
from marshal import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING or __package__:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from reign.providers.shell.program import (
        GRACE_S,
        LINGER_S,
        Program,
        Stream,
        awaited,
        boot_id,
        children_of,
        converse,
        end,
        offspring,
        signal_all,
        start_of,
    )
else:  # in a process of its own, where there is no Reign
    from program import (
        GRACE_S,
        LINGER_S,
        Program,
        Stream,
        awaited,
        boot_id,
        children_of,
        converse,
        end,
        offspring,
        signal_all,
        start_of,
    )

_CHUNK_BYTES = 1 << 16
_NUMBER_BYTES = 4
_SET_CHILD_SUBREAPER = 36
"""See prctl(2)."""


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


class Guard:
    """Keeps the time of a program whose parent is killed: a process that waits for that, and holds the record meanwhile,
    so that nobody takes what still runs for what is over. `theirs`: a descriptor that it has no business with.
    """

    __slots__ = ("pipe",)

    def __init__(self, theirs: int) -> None:
        hearing, self.pipe = posix.pipe()
        if posix.fork() == 0:
            posix.setsid()
            posix.close(theirs)
            posix.close(self.pipe)
            try:
                _keep_time(hearing)
            finally:
                posix._exit(0)
        posix.close(hearing)

    def watch(self, pid: int, until: float) -> None:
        """Which program runs from now on, and until when; 0 for none."""
        try:  # noqa: SIM105
            posix.write(self.pipe, f"{pid} {until}\n".encode())
        except BrokenPipeError:
            pass  # it was ended itself

    def from_within(self, until: float) -> Callable[[], None]:
        """What has the process watched that calls it."""

        def begins() -> None:
            self.watch(posix.getpid(), until)

        return begins


def _keep_time(hearing: int) -> None:
    said = b"0 0\n"
    while heard := posix.read(hearing, _CHUNK_BYTES):
        said = heard
    pid, until = int(said.split()[-2]), float(said.split()[-1])
    start = start_of(pid) if pid else ""
    while start and start_of(pid) == start:
        time.sleep(min(LINGER_S, max(0.0, until - time.monotonic())))
        if time.monotonic() >= until and start_of(pid) == start:
            left = offspring(pid)
            signal_all(pid, left, signal.SIGTERM)
            time.sleep(GRACE_S)
            signal_all(pid, {pid: start} | left, signal.SIGKILL)


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
    _take_orphans()  # each that is borne does so for itself; what it takes is loaded here, once
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
    guard = Guard(answering)
    _take_orphans()
    answer = _answer(task, record, guard, Teller(answering) if task["keeps"] else None)
    flock(record, LOCK_UN)
    posix.set_blocking(answering, True)
    try:  # noqa: SIM105
        _write_all(answering, dumps(answer))
    except BrokenPipeError:
        pass  # the record tells it
    posix.close(answering)
    _sync(record)


def _take_orphans() -> None:
    """Have what outlives who started it come to us, so that it is found when the time is up. Linux alone has that."""
    try:
        import _ctypes

        control = _ctypes.dlsym(_ctypes.dlopen("", 0), "prctl")
        _ctypes.call_function(control, (_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
    except (ImportError, AttributeError, OSError):
        pass  # what leaves its group and its parent is not found then


def _keep_on() -> None:
    """Whoever ends Reign, its terminal or the machine ends the command as well, if at all: how that ends is written down.

    With a handler, which a program is started without, and not ignored, which it would inherit.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def _answer(task: dict[str, Any], record: int, guard: Guard, tell: Teller | None) -> tuple[Any, ...]:
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
        ended, problem = _run_all(task, guard, tell)
    except OSError as error:
        ended, problem = [], ("script", error.errno)
    try:  # noqa: SIM105
        _write_all(record, _told(task, ended, problem))
    except OSError:
        pass  # without it the outcome is known as long as somebody listens
    if folder:
        _remove(folder)
    return ended, problem


def _run_all(task: dict[str, Any], guard: Guard, tell: Teller | None) -> tuple[list[Any], Any]:
    """The programs one by one, up to the first that fails."""
    ended: list[Any] = []
    for argv, env in task["programs"]:
        limit_s = min(task["timeout_s"], task["until"] - time.monotonic())
        if limit_s <= 0:
            return ended, ("late", 0.0)
        until, spared = time.monotonic() + limit_s, frozenset(children_of(posix.getpid()))
        try:  # the program itself says that it begins: its parent may be killed at any moment
            program = _started(argv, env, task["cwd"], bool(task["stdin"]), guard.from_within(until))
        except OSError as error:
            return ended, (error.strerror, error.errno)
        out, err = Stream(tell), Stream(tell)
        is_whole = converse(program, task["stdin"], out, err, until)
        if not is_whole:
            end(program, posix.getpid(), spared)
        program.let_go()
        guard.watch(0, 0)
        ended.append((program.code, bytes(out.kept), out.size, bytes(err.kept), err.size))
        if not is_whole:
            return ended, ("timeout", limit_s)
        if program.code != 0:
            break
    return ended, None


def _started(
    argv: list[bytes], env: dict[bytes, bytes], cwd: bytes, is_fed: bool, begins: Callable[[], None]
) -> Program:
    """A program that has begun. `begins` is called in its process right before. Raises OSError with `start` or `cwd` for
    its text where it has not.
    """
    theirs_in, feed = posix.pipe() if is_fed else (posix.open("/dev/null", posix.O_RDONLY), -1)
    (out, theirs_out), (err, theirs_err), (told, telling) = posix.pipe(), posix.pipe(), posix.pipe()
    pid = posix.fork()
    if pid == 0:
        _become(argv, env, cwd, (theirs_in, theirs_out, theirs_err), telling, begins)
    for descriptor in (theirs_in, theirs_out, theirs_err, telling):
        posix.close(descriptor)
    said = _all_of(told)
    posix.close(told)
    program = Program(pid, feed, out, err)
    if said:
        awaited(program, time.monotonic() + GRACE_S)
        program.let_go()
        number, _, stage = said.decode().partition(" ")
        raise OSError(int(number), stage)
    return program


def _become(
    argv: list[bytes],
    env: dict[bytes, bytes],
    cwd: bytes,
    streams: tuple[int, int, int],
    telling: int,
    begins: Callable[[], None],
) -> None:
    stage = "start"
    try:
        posix.setsid()
        begins()
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
