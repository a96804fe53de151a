"""Connections by way of the user's own ssh: a `docker system dial-stdio` on the other host for each."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from typing import IO, Any
from urllib.parse import urlsplit

from reign.providers.docker.children import passed_on

_MOST_SAID = 2_000
_CONNECT_S = 10


class SshFailed(OSError):
    """ssh ended before an engine answered; the text is what it said."""


class _Socket(socket.socket):
    """Our end of a pair whose other end is the ssh command's input and output."""

    process: subprocess.Popen[bytes]
    said: IO[bytes]

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """As of any socket. Raises SshFailed where ssh has ended with an error instead of an answer."""
        try:
            size = super().recv_into(*args, **kwargs)
        except ConnectionError:
            self._tell()
            raise
        if size == 0:
            self._tell()
        return size

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        """The same."""
        try:
            super().sendall(*args, **kwargs)
        except ConnectionError:
            self._tell()
            raise

    def _tell(self) -> None:
        """Raise what ssh said, once it has closed its end."""
        try:
            code = self.process.wait(_CONNECT_S)
        except subprocess.TimeoutExpired:
            return
        if code != 0:
            self.said.seek(0)
            raise SshFailed(self.said.read(_MOST_SAID).decode(errors="replace").strip() or "it said nothing")

    def close(self) -> None:
        """End the command as well."""
        super().close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.said.close()


def words_of(address: str) -> list[str]:
    """The command that leads to the engine of an `ssh://user@host:port` address. It never asks anything."""
    parts = urlsplit(address)
    words = ["ssh", "-T", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={_CONNECT_S}"]
    words += ["-l", parts.username] if parts.username else []
    words += ["-p", str(parts.port)] if parts.port else []
    remote = ["docker", "system", "dial-stdio"]
    if parts.path not in ("", "/"):
        remote[1:1] = ["--host", f"unix://{parts.path}"]
    return [*words, "--", parts.hostname or "", *remote]


def dialled(address: str) -> _Socket:
    """A connection by way of ssh. Raises SshFailed where it cannot be started."""
    ours, theirs = socket.socketpair()
    said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the socket
    env = passed_on(os.environ, "SSH_AUTH_SOCK", "SSH_AGENT_PID")
    try:
        process = subprocess.Popen(
            words_of(address),
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=said,
            env=env,
            start_new_session=True,
        )
    except OSError as error:
        ours.close()
        said.close()
        raise SshFailed(error.strerror or str(error)) from error
    finally:
        theirs.close()
    made = _Socket(fileno=ours.detach())
    made.process, made.said = process, said
    return made
