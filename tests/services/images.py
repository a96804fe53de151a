"""Images that need nothing from anywhere: busybox, with all that a container wants, as one layer."""

from __future__ import annotations

import io
import subprocess
import tarfile
from functools import cache

from docker import APIClient

from tests.services.machine import where

PLAIN = "reign-tests/plain:1"
"""busybox, and no settings at all."""
FURNISHED = "reign-tests/furnished:1"
"""The same, with settings of its own of every kind that an image may bring."""
BUSYBOX = "busybox:1.36"
"""What files in plans/ begin with, which others pull."""
HEALTHY = "reign-tests/healthy:1"
"""A web server on port 8080 with a healthcheck, as user `app`: it serves /www, a volume."""

SETTINGS: dict[str, tuple[str, ...]] = {
    PLAIN: (),
    BUSYBOX: ('CMD ["sh"]',),
    FURNISHED: (
        "ENV FROM_IMAGE=yes PATH=/image/bin:/usr/bin:/bin",
        "LABEL org.example.brought=by-image",
        "EXPOSE 9000/tcp 9001/udp",
        "VOLUME /image-data",
        "WORKDIR /srv",
        "USER app",
        'HEALTHCHECK --interval=1s --timeout=30s --retries=3 CMD ["true"]',
        'ENTRYPOINT ["/bin/sh", "-c"]',
        "CMD [\"trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done\"]",
    ),
    HEALTHY: (
        "EXPOSE 8080/tcp",
        "VOLUME /www",
        "USER app",
        'HEALTHCHECK --interval=1s --timeout=30s --retries=3 CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/"]',
        'CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]',
    ),
}
FILES = {
    "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/srv:/bin/sh\n",
    "etc/group": b"root:x:0:\napp:x:1000:\nextra:x:1001:app\n",
    "www/index.html": b"it works\n",
}
FOLDERS = {"tmp": 0o1777, "root": 0o700, "srv": 0o777, "www": 0o755, "bin": 0o755, "etc": 0o755, "var": 0o755}


def make_images(api: APIClient) -> None:
    """Have all of them in the engine. For one caller at a time: an image that is made anew has another id."""
    there = {tag for image in api.images() for tag in image["RepoTags"] or ()}
    for name, settings in SETTINGS.items():
        if name not in there:
            repository, _, tag = name.partition(":")
            api.import_image_from_data(root_file_system(), repository, tag, list(settings))


@cache
def root_file_system() -> bytes:
    """A tar of it. Raises Unavailable where there is no busybox."""
    busybox = where("busybox")
    applets = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout.split()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, mode in FOLDERS.items():
            tar.addfile(entry(name, tarfile.DIRTYPE, mode))
        with open(busybox, "rb") as program:  # noqa: PTH123 - a file to be read as such
            data = program.read()
        for name, content in {"bin/busybox": data, **FILES}.items():
            made = entry(name, tarfile.REGTYPE, 0o755 if name.startswith("bin/") else 0o644)
            made.size = len(content)
            tar.addfile(made, io.BytesIO(content))
        for applet in applets:
            if applet != "busybox":
                link = entry(f"bin/{applet}", tarfile.SYMTYPE, 0o777)
                link.linkname = "busybox"
                tar.addfile(link)
    return packed.getvalue()


def all_in_one_layer() -> io.BytesIO:
    """The context of a build that makes an image of it, for any platform."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, data in {"Dockerfile": b"FROM scratch\nADD all.tar /\n", "all.tar": root_file_system()}.items():
            made = entry(name, tarfile.REGTYPE, 0o644)
            made.size = len(data)
            tar.addfile(made, io.BytesIO(data))
    packed.seek(0)
    return packed


def entry(name: str, type: bytes, mode: int) -> tarfile.TarInfo:
    """One member, of root, that is the same every time."""
    made = tarfile.TarInfo(name)
    made.type, made.mode = type, mode
    return made
