"""A Docker Engine that is started for the tests, beside any other one that runs here."""

from __future__ import annotations

import grp
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker import APIClient
from docker.errors import APIError

from tests.services.images import make_images
from tests.services.machine import (
    PATIENCE_S,
    Unavailable,
    as_root,
    end,
    is_linux,
    last_words,
    lives,
    read_pid,
    rooted,
    start,
    wait_for,
    where,
)
from tests.services.network import BRIDGE, POOL, drop_bridge, have_bridge

LONGEST_SOCKET = 100
TRIES = 3
"""How often it is begun anew: on a machine with too much to do it gives up on its own containerd."""


@dataclass(frozen=True)
class Daemon:
    """One that keeps all it has in `folder`, its data in memory where that can be mounted: a disk is slow, and nothing of it
    is to last. `is_lonely`: it makes no bridge, and its containers have no network.
    """

    folder: Path
    is_lonely: bool = False
    room_mib: int = 4096

    @property
    def socket(self) -> Path:
        return self.folder / "d.sock"

    @property
    def address(self) -> str:
        """What DOCKER_HOST names."""
        return f"unix://{self.socket}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def pid(self) -> int:
        """Its process, 0 where none runs."""
        return read_pid(self.folder / "d.pid", str(self.folder))

    def api(self) -> APIClient:
        """A client of its own: to be closed."""
        return APIClient(self.address, version="auto", timeout=60)

    def answers(self) -> bool:
        """Whether it does, right now."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(5)
                line.connect(str(self.socket))
                line.sendall(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
                return b" 200 " in line.recv(64)
        except OSError:
            return False

    def start(self) -> None:
        """Have it there, whatever became of the one before. Raises Unavailable."""
        if self.answers() or (self.pid and self._comes(self.pid)):
            return
        if not is_linux():
            raise Unavailable("a Docker Engine of one's own is started on Linux only")
        if len(str(self.socket)) > LONGEST_SOCKET:
            raise Unavailable(f"no socket can stand at {self.socket}: the path is too long")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._have_room()
        (self.folder / "settings.json").write_text("{}")  # not this machine's own
        if not self.is_lonely:
            have_bridge()
        if not any(self._begins() for _ in range(TRIES)):
            raise Unavailable(f"dockerd did not start: {last_words(self.log)}")

    def _begins(self) -> bool:
        """Whether it comes, after what one before it may have left is away."""
        if pid := self.pid:
            end(pid, str(self.folder))
        for name in ("d.pid", "d.sock", "log"):
            rooted("rm", "-f", self.folder / name)
        return self._comes(start(self._words(), self.log))

    def _comes(self, pid: int) -> bool:
        """Whether it answers, before it ends or patience does: there may be much to do here."""
        return wait_for(lambda: self.answers() or not lives(pid), PATIENCE_S) and self.answers()

    def _have_room(self) -> None:
        rooted("mkdir", "-p", self.data)
        if str(self.data) not in mounted_below(self.folder):
            rooted("mount", "-t", "tmpfs", "-o", f"size={self.room_mib}m,mode=0711", "tests", self.data, check=False)

    def _words(self) -> list[str | Path]:
        bridged = (f"--bridge={BRIDGE}", f"--default-address-pool=base={POOL},size=24")
        for needed in ("containerd", "runc"):
            where(needed)
        return [
            *as_root(), "env", f"PATH={os.environ['PATH']}:/usr/sbin:/sbin", where("dockerd"),
            "--config-file", self.folder / "settings.json", "--data-root", self.data, "--exec-root", self.folder / "exec",
            "--pidfile", self.folder / "d.pid", "--host", self.address, "--group", grp.getgrgid(os.getegid()).gr_name,
            "--exec-opt", "native.cgroupdriver=cgroupfs", "--iptables=false", "--ip-masq=false",
            *(("--bridge=none",) if self.is_lonely else bridged),
        ]  # fmt: skip

    def stop(self) -> None:
        """End it, with all that stands in it."""
        runs = self.answers() or self._left()
        if runs:
            self.start()
            self.clean()
            end(self.pid, str(self.folder))
        for place in reversed(mounted_below(self.folder)):
            rooted("umount", "--lazy", place, check=False)
        if runs and not self.is_lonely:
            drop_bridge()

    def _left(self) -> bool:
        """Whether a killed one left its containers running."""
        return any(lives(int(each.name), f"{self.folder}/exec") for each in Path("/proc").glob("[0-9]*"))

    def clean(self) -> None:
        """Remove all that anybody made in it."""
        api = self.api()
        try:
            remove(api)
            with suppress(APIError):
                api.prune_builds()
        finally:
            api.close()

    def furnish(self) -> None:
        """Have the images there that the tests run."""
        api = self.api()
        try:
            make_images(api)
        finally:
            api.close()


def remove(api: APIClient, is_meant: Callable[[dict[str, Any]], bool] = lambda _: True) -> None:
    """Remove what is meant, of what the engine lists; images last. What is gone already, or still in use, is passed over."""
    for container in filter(is_meant, api.containers(all=True)):
        with suppress(APIError):
            api.remove_container(container["Id"], force=True, v=True)
    for network in filter(is_meant, api.networks(filters={"type": "custom"})):
        with suppress(APIError):
            api.remove_network(network["Id"])
    for volume in filter(is_meant, api.volumes()["Volumes"] or ()):
        with suppress(APIError):
            api.remove_volume(volume["Name"], force=True)
    names = [(image, name) for image in api.images() for name in image["RepoTags"] or [image["Id"]]]
    for name in (name for image, name in names if is_meant({**image, "RepoTags": [name]})):
        with suppress(APIError):
            api.remove_image(name, force=True)


def mounted_below(folder: Path) -> list[str]:
    """Where something is mounted, in the order in which that was done."""
    places = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    return [place for place in places if Path(place).is_relative_to(folder)]
