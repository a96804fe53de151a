"""Who has a port of the machine that a container wants."""

from __future__ import annotations

from pathlib import Path

from reign.providers.docker.containers.looking import listed
from reign.providers.docker.engine import Engine


def is_local(engine: Engine) -> bool:
    """Whether its containers share the network of this machine."""
    return engine.address.startswith("unix://")


def taker(engine: Engine, port: str) -> str:
    """Who has a port: a container of this engine, or a program of this machine; empty where nobody can tell."""
    for each in listed(engine):
        if any(str(place.get("PublicPort")) == port for place in each.raw.get("Ports") or ()):
            return f"the container {each.name}"
    return _program(int(port)) if is_local(engine) else ""


def _program(port: int) -> str:
    """The program of this machine that listens on a port, as far as this user may see that."""
    inodes = {inode for table in ("tcp", "tcp6", "udp", "udp6") for inode in _listeners(Path("/proc/net", table), port)}
    if not inodes:
        return ""
    sockets = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        if _holds(process, sockets):
            return f"the program {_name(process)} (process {process.name})"
    return "a program of this machine"


def _listeners(table: Path, port: int) -> list[str]:
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return []
    rows = [line.split() for line in lines]
    listening = "0A" if table.name.startswith("tcp") else "07"
    return [row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == listening]


def _holds(process: Path, sockets: set[str]) -> bool:
    try:
        return any(str(link.readlink()) in sockets for link in (process / "fd").iterdir())
    except OSError:
        return False


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "of another user"
