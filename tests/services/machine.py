"""What this machine has and lets us do, and programs that outlive who started them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.programs import CACHE

FOLDER = CACHE / "services"
PATIENCE_S = 60.0
PACKAGES = {
    "dockerd": "docker.io",
    "containerd": "containerd",
    "runc": "runc",
    "iptables": "iptables",
    "ip": "iproute2",
    "docker-registry": "docker-registry",
    "htpasswd": "apache2-utils",
    "busybox": "busybox-static",
    "strace": "strace",
    "mkfs.ext4": "e2fsprogs",
}
"""Command -> the package of Debian that has it; the last two are what the harness of faults needs beside the services."""
POLICY = "/usr/sbin/policy-rc.d"
"""Where this ends with 101, Debian's packages do not start what they install."""
SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


class Unavailable(Exception):
    """A service cannot be had here, and why."""


def where(command: str) -> str:
    """The program, also from where only root looks. Raises Unavailable."""
    found = shutil.which(command, path=SYSTEM_PATH)
    if not found:
        raise Unavailable(f"{command} is not installed: `python -m tests.services --install` does that on Debian")
    return found


def as_root() -> list[str]:
    """What makes a command run as root. Raises Unavailable."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
        raise Unavailable("only root starts a Docker Engine, and sudo asks for a password or is not there")
    return ["sudo", "-n"]


def rooted(*words: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run it as root. Raises Unavailable with what it said where it fails."""
    ran = subprocess.run([*as_root(), *map(str, words)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if check and ran.returncode:
        raise Unavailable(f"{words[0]} failed: {ran.stderr.strip()[-300:]}")
    return ran


def install() -> None:
    """Get the packages whose commands are missing, without starting what they bring. Raises Unavailable."""
    lacking = [package for command, package in PACKAGES.items() if not shutil.which(command, path=SYSTEM_PATH)]
    if not lacking:
        return
    if not shutil.which("apt-get"):
        raise Unavailable(f"install these first, there is no apt-get here: {' '.join(lacking)}")
    quiet = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq")
    is_ours = not Path(POLICY).exists()
    try:
        if is_ours:
            rooted("sh", "-c", f"printf '#!/bin/sh\\nexit 101\\n' >{POLICY} && chmod 755 {POLICY}")
        rooted(*quiet, "update")
        rooted(*quiet, "install", "-y", "--no-install-recommends", *lacking)
    finally:
        if is_ours:
            rooted("rm", "-f", POLICY)


def start(words: Sequence[str | Path], log: Path) -> int:
    """Start a program that outlives this one and holds nothing of it: its process id."""
    script = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'
    ran = subprocess.run(
        ["sh", "-c", script, "sh", str(log), *map(str, words)],
        start_new_session=True, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(ran.stdout)


def lives(pid: int, sign: str = "") -> bool:
    """Whether a process runs, with `sign` in its command line: the number of one that ended is given out again."""
    try:
        return sign.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ") and not is_zombie(pid)
    except OSError:
        return False


def is_zombie(pid: int) -> bool:
    """Whether it ended, and nobody asked how."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def read_pid(file: Path, sign: str) -> int:
    """The process id that the file names, 0 where no such process runs."""
    try:
        pid = int(file.read_text())
    except (OSError, ValueError):
        return 0
    return pid if lives(pid, sign) else 0


def end(pid: int, sign: str) -> None:
    """End it, and wait until it has."""
    rooted("kill", "-TERM", str(pid), check=False)
    if not wait_for(lambda: not lives(pid, sign), PATIENCE_S):
        rooted("kill", f"-{signal.SIGKILL:d}", str(pid), check=False)
        wait_for(lambda: not lives(pid, sign), PATIENCE_S)


def wait_for(is_so: Callable[[], bool], patience_s: float) -> bool:
    """Whether it is so before patience ends."""
    until = time.monotonic() + patience_s
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def last_words(log: Path) -> str:
    """What a program that failed said at its end."""
    try:
        return log.read_text(encoding="utf-8", errors="backslashreplace").strip()[-600:]
    except OSError:
        return ""


def is_linux() -> bool:
    """Engines of one's own are started there only."""
    return sys.platform == "linux"
