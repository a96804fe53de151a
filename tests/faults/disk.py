"""Disks of our own: a small one in memory, and one that can lose its power."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SHUTDOWN, WITHOUT_A_FLUSH = 0x8004587D, 2
"""ext4's ioctl that ends all writing at once, as a loss of power does."""
BYTES = 64 << 20


@dataclass
class Disk:
    """An ext4 of its own, on a file."""

    image: Path
    path: Path

    def mount(self) -> None:
        """Have it there."""
        subprocess.run(["mount", "-o", "loop", str(self.image), str(self.path)], check=True, capture_output=True)

    def unmount(self) -> None:
        """Away with it, once nobody stands on it any more."""
        until = time.monotonic() + 20
        while subprocess.run(["umount", str(self.path)], check=False, capture_output=True).returncode:
            if time.monotonic() > until:
                subprocess.run(["umount", "--lazy", str(self.path)], check=False)
                raise AssertionError("somebody stays on the disk")
            time.sleep(0.02)

    def lose_power(self) -> None:
        """Nothing is written from now on, and what was not synced never will be."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", WITHOUT_A_FLUSH))
        finally:
            os.close(descriptor)

    def again(self) -> None:
        """Power is back, on a copy: who copied the machine's mounts meanwhile, as a container does that begins, keeps the
        file system that was shut down, and mounting the same device would show that one again.
        """
        self._settle()
        self.unmount()
        lost = self.image.rename(self.image.with_suffix(".lost"))
        subprocess.run(["cp", "--sparse=always", str(lost), str(self.image)], check=True)
        lost.unlink()
        self.mount()

    def _settle(self) -> None:
        """What is on its way to the disk arrives."""
        device = self.path.stat().st_dev
        under_way = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/inflight")
        until = time.monotonic() + 20
        while under_way.read_text().split() != ["0", "0"]:
            assert time.monotonic() < until, "the disk does not come to rest"
            time.sleep(0.002)


@contextmanager
def disk(top: Path) -> Iterator[Disk]:
    """A new one, with a folder for a project."""
    made = Disk(top / "image", top / "disk")
    with made.image.open("wb") as image:
        image.truncate(BYTES)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(made.image)], check=True, capture_output=True)
    made.path.mkdir()
    made.mount()
    (made.path / "project").mkdir()
    try:
        yield made
    finally:
        made.unmount()


@contextmanager
def small_disk(disk: Path, files: int) -> Iterator[Path]:
    """A disk of 8 MiB in memory."""
    disk.mkdir()
    options = "size=8m,mode=0700" + (",nr_inodes=200" if files else "")
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "reign-faults", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def unmount_below(folder: Path) -> None:
    """All disks of a trial that came to no end."""
    mounted = Path("/proc/mounts")
    places = [line.split()[1] for line in mounted.read_text().splitlines()] if mounted.exists() else []
    for place in places:
        if Path(place).is_relative_to(folder):
            subprocess.run(["umount", "--lazy", place], check=False)
