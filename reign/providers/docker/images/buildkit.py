"""An image built by BuildKit: its protocol is spoken by the docker command alone, which is handed all in files and variables.

What is sensitive goes to it in its environment, and never as a word of its command line.
"""

from __future__ import annotations

import csv
import ctypes
import io
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Timer

from reign.model.errors import ErrorKind, ProviderError
from reign.ports import Site
from reign.providers.docker.children import passed_on
from reign.providers.docker.contexts import Target
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import from_message, mapped
from reign.providers.docker.images.builder import Order, failed, registries
from reign.providers.docker.images.scratch import folder_on_the_way
from reign.providers.docker.images.streams import Output
from reign.providers.docker.images.transfer import signed_in_at
from reign.providers.sources import located

_PASSED_ON = ("DOCKER_CONFIG", "SSH_AUTH_SOCK", "XDG_*", "*_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_PROBE_S = 20
_ITS_OWN = ("ERROR", "error", "failed to ", "executor failed ")
"""How lines begin that the docker command says of itself: what a step says comes after a number."""
_PR_SET_PDEATHSIG = 1


def build(engine: Engine, target: Target, order: Order, site: Site) -> None:
    """Have the docker command build it on `target`. Raises ProviderError."""
    client = _client(tuple(os.environ.get("PATH", "").split(os.pathsep)))
    if client is None:
        raise ProviderError(
            ErrorKind.INVALID,
            "BuildKit cannot be used",
            f"To build {order.name}, BuildKit is needed (for secrets, ssh, or what the Dockerfile says), and no docker "
            "command on the PATH speaks to it.",
            "Install the docker command with its plugin buildx (docker-buildx-plugin), or leave away what needs it.",
        )
    with mapped(engine, order.doing), folder_on_the_way() as folder:
        if order.context:
            _unpack(order.context.archive(order.sha256), folder)
        env = passed_on(os.environ, *_PASSED_ON)
        words = [client, *_to(target), "build", "--progress=plain", *_words(order, folder, site, env)]
        _run(engine, order, words, {**env, "DOCKER_BUILDKIT": "1"})


@cache
def _client(folders: tuple[str, ...]) -> str | None:
    """The first docker command that builds with BuildKit."""
    env = {**passed_on(os.environ, "DOCKER_CONFIG", "XDG_*"), "DOCKER_BUILDKIT": "1"}
    for folder in folders:
        program = str(Path(folder, "docker"))
        if os.access(program, os.X_OK):
            with suppress(OSError, subprocess.TimeoutExpired):
                asked = [program, "build", "--help"]
                told = subprocess.run(asked, env=env, capture_output=True, timeout=_PROBE_S, check=False)
                if b"--secret" in told.stdout:
                    return program
    return None


def _to(target: Target) -> list[str]:
    words = ["--host", target.address]
    if target.tls:
        words.append("--tlsverify" if target.tls.verify else "--tls")
        pairs = (("ca", target.tls.ca), ("cert", target.tls.cert), ("key", target.tls.key))
        words += [word for name, path in pairs if path for word in (f"--tls{'ca' if name == 'ca' else ''}{name}", path)]
    return words


def _words(order: Order, folder: str, site: Site, env: dict[str, str]) -> list[str]:
    """The words after `build`. What is sensitive is put into `env`, and only its name into a word."""
    spec = order.spec
    pairs = [
        ("--tag", [order.name]),
        ("--label", [f"{name}={value}" for name, value in order.labels.items()]),
        ("--build-arg", [f"{name}={value}" for name, value in spec["args"].items()]),
        ("--cache-from", spec["cache_from"]),
        ("--add-host", spec["extra_hosts"]),
        ("--ulimit", [f"{name}={limit['soft']}:{limit['hard']}" for name, limit in spec["ulimits"].items()]),
        ("--ssh", [f"{name}={path}" if path else name for name, path in spec["ssh"].items()]),
        ("--secret", [*_secrets(order, site, env)]),
        *(
            (f"--{key.replace('_', '-')}", [spec[key]])
            for key in ("target", "network", "shm_size", "isolation")
            if spec.get(key)
        ),
        ("--platform", [order.platform] if order.platform else []),
    ]
    words = [word for option, values in pairs for value in values for word in (option, str(value))]
    words += [f"--{name.replace('_', '-')}" for name in ("no_cache", "pull") if spec[name]]
    if order.context:
        return [*words, "--file", str(Path(folder, order.context.dockerfile.sent_as)), "--", folder]
    dockerfile = ["--file", str(spec["dockerfile"])] if spec.get("dockerfile") else []
    return [*words, *dockerfile, "--", str(spec["context"])]


def _secrets(order: Order, site: Site, env: dict[str, str]) -> Iterator[str]:
    for number, (name, secret) in enumerate(order.spec["secrets"].items()):
        if secret.get("file") is not None:
            yield _quoted(f"id={name}", f"src={located(str(secret['file']), site)}")
            continue
        env[f"REIGN_SECRET_{number}"] = str(secret["value"])
        yield _quoted(f"id={name}", f"env=REIGN_SECRET_{number}")


def _quoted(*parts: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(parts)
    return line.getvalue()


def _unpack(archive: Iterator[bytes], folder: str) -> None:
    """The archive as files: whole, or ProviderError."""
    with tarfile.open(fileobj=_Pieces(archive), mode="r|") as tar:
        tar.extractall(folder, filter="fully_trusted")  # noqa: S202 - made by `Context.archive`, name by name


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._rest += piece
        end = len(self._rest) if size < 0 else size
        found, self._rest = self._rest[:end], self._rest[end:]
        return found


def _run(engine: Engine, order: Order, words: list[str], env: dict[str, str]) -> None:
    """Run it to its end, or to the deadline; its lines are progress, and the last ones tell why it failed."""
    output, said = Output(order.is_private), Output()
    with subprocess.Popen(
        words,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_ENDS_WITH_US,  # noqa: PLW1509 - one call of the kernel, and no lock
    ) as child:
        timer = Timer(engine.remaining_s(), _end, [child])
        timer.start()
        try:
            for line in child.stdout or ():
                text = line.decode(errors="replace")
                output.see(text)
                if not order.is_private or text.startswith(_ITS_OWN):
                    said.lines.append(text.strip())
        finally:
            timer.cancel()
            if child.poll() is None and child.wait() != 0:
                engine.remaining_s()
    if child.returncode != 0:
        engine.remaining_s()
        words_of_it = said.lines[-1] if said.lines else f"exit code {child.returncode}"
        with signed_in_at(registries(order)):
            raise failed(output, from_message(f"failed to solve: {words_of_it}", engine, order.doing), order)


def _ends_with_us() -> Callable[[], object] | None:
    """What the child does before it becomes the docker command: from then on a kill of this process ends it as well, so
    that nothing is built any more that nobody waits for. Loaded here, once: it runs where nothing may be loaded.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


_ENDS_WITH_US = _ends_with_us()


def _end(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
