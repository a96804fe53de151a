"""`python -m tests.services [--install] [COMMAND...]`: run a command beside the services, or hold them until interrupted.

--install gets the packages that are missing first: on Debian, as root or by sudo. The exit code is the command's; 1 where
the services cannot be had.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys

from tests.services.lease import Lease
from tests.services.machine import Unavailable, install


def main(words: list[str]) -> int:
    """As the module says."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is ended all the same
    try:
        if words[:1] == ["--install"]:
            words = words[1:]
            install()
        lease = Lease.taken()
        registry = lease.registry()
    except Unavailable as reason:
        print(reason, file=sys.stderr)
        return 1
    try:
        if words:
            return run(words)
        print(f"export DOCKER_HOST={lease.daemon.address}")
        print(f"# the registry {registry.host} takes {registry.user}, {registry.password}; all of it ends with Ctrl-C")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.read() if not sys.stdin.isatty() else input()
        return 0
    finally:
        lease.give_back()


def run(words: list[str]) -> int:
    """A command to its end, which an interrupt only asks for: its exit code."""
    asked: list[int] = []
    running: list[subprocess.Popen[bytes]] = []

    def end(number: int, _: object) -> None:
        asked.append(number)
        for each in running:
            each.terminate()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with subprocess.Popen(words) as process:
        running.append(process)
        if asked:  # before there was anything to end
            process.terminate()
        return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
